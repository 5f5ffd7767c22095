package waygate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/validation"
)

// TestCoercedSecretStaysHidden gives numbers as secrets that the input's coercion writes in another way.
func TestCoercedSecretStaysHidden(t *testing.T) {
	t.Parallel()
	for text, form := range map[string]string{
		"1234567.50":       "1234567.5",
		"12345678e2":       "1234567800",
		"12345678.0":       "12345678",
		"1234567800000e-5": "12345678",
		" 1234567.50 ":     "1234567.5",
	} {
		a := waygate.HTTPAction{ID: "pay", Method: "POST", Path: "/pay", InputSchema: json.RawMessage(
			`{"type":"object","properties":{"pin":{"type":"number"},"bad":{"type":"integer"}}}`),
			Validation: waygate.Validation{Input: validation.Coerce}}
		if strings.HasPrefix(text, " ") {
			a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "pin", To: "pin", Trim: true}}}
		}
		_, acme := ready(t, always(500, fmt.Sprintf(`{"message":"no such pin %s"}`, form)), api(a), bodiesKept)
		in := map[string]any{"pin": secret.New(text)}
		p, err := acme.Preview(t.Context(), "api.pay", in)
		must(t, err)
		if strings.Contains(fmt.Sprint(p), form) {
			t.Errorf("%q: the preview shows %s", text, p.Body)
		}
		_, err = acme.Invoke(t.Context(), "api.pay", in)
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), form) {
			t.Errorf("%q: the error says %v", text, err)
		}
		if rec := jsonText(t, recordsOf(t, acme)); strings.Contains(rec, form) || !strings.Contains(rec, secret.Redacted) {
			t.Errorf("%q: the record says %s", text, rec)
		}
	}
}

// TestNestedCallHidesWhatItsMappingMakes passes a secret of the outer call on as text, to an action whose mapping changes it.
func TestNestedCallHidesWhatItsMappingMakes(t *testing.T) {
	t.Parallel()
	inner := waygate.HTTPAction{ID: "inner", Method: "POST", Path: "/x",
		InputMapping: &mapping.Mapping{Fields: []mapping.Field{{From: "key", To: "key", Case: mapping.Upper}}}}
	outer := waygate.ActionFunc(waygate.ActionInfo{ID: "outer"}, func(ctx context.Context, call *waygate.Call) (*waygate.Response, error) {
		_, err := call.Invoke(ctx, "inner", call.Input)
		return nil, err
	})
	_, acme := ready(t, always(400, `{"message":"bad key OPEN-SESAME-PLEASE"}`), api(outer, inner), bodiesKept)
	_, err := acme.Invoke(t.Context(), "api.outer", map[string]any{"key": secret.New("open-sesame-please")})
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "OPEN-SESAME") {
		t.Errorf("the error says %v", err)
	}
	if rec := jsonText(t, recordsOf(t, acme)); strings.Contains(rec, "OPEN-SESAME") || !strings.Contains(rec, secret.Redacted) {
		t.Errorf("the records say %s", rec)
	}
}

// TestPreviewMappingHidesShortSecrets holds the promise for what is too short to be looked for in text.
func TestPreviewMappingHidesShortSecrets(t *testing.T) {
	t.Parallel()
	a := waygate.HTTPAction{ID: "pay", Method: "POST", Path: "/pay", InputMapping: &mapping.Mapping{Fields: []mapping.Field{
		{From: "pin", To: "number", Type: mapping.TypeNumber, Keep: true}, {From: "word", To: "word", Case: mapping.Upper}}}}
	_, acme := ready(t, always(200, `{}`), api(a))
	p, err := acme.PreviewMapping(t.Context(), "api.pay", waygate.MappingSample{Direction: waygate.MapInput,
		Value: map[string]any{"pin": secret.New("1234"), "word": secret.New("abc"), "other": "abcd", "n": 5}})
	must(t, err)
	if got, want := jsonText(t, p.Value), `{"n":5,"number":"[redacted]","other":"abcd","pin":"[redacted]","word":"[redacted]"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func bodiesKept(c *waygate.Config) { c.RecordBodies = true }
