package santhosh_test

import (
	"errors"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/validation/santhosh"
)

// TestGateway holds that the one line of the package's documentation is all: what a
// call sends was coerced and validated by this engine.
func TestGateway(t *testing.T) {
	t.Parallel()
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Engine: santhosh.Engine{
		Documents: map[string][]byte{"https://example.com/id.json": []byte(`{"type":"integer"}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := gw.Register(t.Context(), waygate.Integration{
		ID: "api", BaseURL: "https://api.example.com", Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "add", Method: "POST", Path: "/things", Validation: waygate.Validation{Input: "coerce"},
			InputSchema: []byte(`{"required":["id"],"properties":{"id":{"$ref":"https://example.com/id.json"},"state":{"default":"open"}}}`),
		}},
	}); err != nil {
		t.Fatal(err)
	}
	acme := gw.Tenant("acme")
	preview, err := acme.Preview(t.Context(), "api.add", map[string]any{"id": "7"})
	if err != nil || preview.Body != `{"id":7,"state":"open"}` {
		t.Errorf("got %+v, %v", preview, err)
	}
	_, err = acme.Preview(t.Context(), "api.add", map[string]any{"id": "seven"})
	var e *waygate.Error
	if !errors.As(err, &e) || e.Kind != waygate.KindInvalidInput || len(e.Fields) != 1 || e.Fields[0].Pointer != "/id" {
		t.Errorf("err = %v", err)
	}
}
