package waygate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
)

// TestEncoders writes and reads bodies that aren't built in.
func TestEncoders(t *testing.T) {
	t.Parallel()
	kinds := func(encode waygate.Encoder, decode waygate.Decoder) func(*waygate.Config) {
		return func(c *waygate.Config) {
			c.Kinds.Encoders, c.Kinds.Decoders = map[string]waygate.Encoder{"own": encode}, map[string]waygate.Decoder{"own": decode}
		}
	}
	a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "own"}, Response: "own"}
	good := func(v any) (string, []byte, error) { return "application/x-own", []byte(fmt.Sprint("<", v, ">")), nil }
	read := func(typ string, body []byte) (any, error) {
		return map[string]any{"type": typ, "body": string(body)}, nil
	}
	w := always(200, `<x>`)
	_, acme := ready(t, w, api(a), kinds(good, read))
	res, err := acme.Invoke(t.Context(), "api.a", map[string]any{"k": 1})
	must(t, err)
	if got := w.last(t); got.body != "<map[k:1]>" || got.header.Get("Content-Type") != "application/x-own" || got.header.Get("Accept") != "*/*" {
		t.Errorf("sent %+v", got)
	}
	if diff := cmp.Diff(any(map[string]any{"type": "application/json", "body": "<x>"}), res.Value()); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		encode waygate.Encoder
		decode waygate.Decoder
		kind   waygate.Kind
		says   string
	}{
		"encoder fails":      {func(any) (string, []byte, error) { return "", nil, errors.New("can't") }, read, waygate.KindInvalidInput, "can't"},
		"encoder's sentinel": {func(any) (string, []byte, error) { return "", nil, fmt.Errorf("x: %w", waygate.ErrStore) }, read, waygate.KindStore, "own"},
		"encoder panics":     {func(any) (string, []byte, error) { panic("ouch") }, read, waygate.KindConfig, "own"},
		"encoder's bad type": {func(any) (string, []byte, error) { return "a\r\nX: y", nil, nil }, read, waygate.KindConfig, "own"},
		"decoder fails":      {good, func(string, []byte) (any, error) { return nil, errors.New("can't") }, waygate.KindInvalidResponse, "can't"},
		"decoder's sentinel": {good, func(string, []byte) (any, error) { return nil, fmt.Errorf("x: %w", waygate.ErrMissing) }, waygate.KindMissing, "own"},
		"decoder panics":     {good, func(string, []byte) (any, error) { panic("ouch") }, waygate.KindConfig, "own"},
		"decoder's func":     {good, func(string, []byte) (any, error) { return func() {}, nil }, waygate.KindInvalidResponse, "func"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `<x>`)
			_, acme := ready(t, w, api(a), kinds(c.encode, c.decode))
			_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"k": 1})
			failure(t, err, c.kind)
			says(t, err, c.says)
			if want := strings.HasPrefix(name, "decoder"); (len(w.seen()) == 1) != want {
				t.Errorf("%d requests", len(w.seen()))
			}
		})
	}
	t.Run("no type", func(t *testing.T) {
		t.Parallel()
		w := always(200, `<x>`)
		_, acme := ready(t, w, api(a), kinds(func(any) (string, []byte, error) { return "", []byte("x"), nil }, read))
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"k": 1})
		must(t, err)
		if got, there := w.last(t).header["Content-Type"]; there {
			t.Errorf("sent the type %q", got)
		}
	})
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		_, acme := ready(t, always(200, `<x>`), api(a), kinds(func(v any) (string, []byte, error) {
			if _, ok := v.(map[string]any)["f"].(waygate.File); !ok {
				return "", nil, fmt.Errorf("f is a %T", v)
			}
			return "a/b", nil, nil
		}, read))
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"f": waygate.FileBytes("n", "", nil)})
		must(t, err)
	})
}
