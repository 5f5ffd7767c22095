package openapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/waygatetest"
)

// load loads a document of a test.
func load(t *testing.T, name, text string) *openapi.Document {
	t.Helper()
	d, err := openapi.Load(t.Context(), openapi.Bytes(name, []byte(text)), openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// imported imports a document in YAML, and checks what holds of each import.
func imported(t *testing.T, text string, o openapi.ImportOptions) *openapi.Result {
	t.Helper()
	res, err := load(t, "test.yaml", text).Import(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, res)
	return res
}

// checkReport holds what checkCounts does, and that each action can be registered.
func checkReport(t *testing.T, res *openapi.Result) {
	t.Helper()
	checkCounts(t, res)
	if err := waygatetest.New(t).Register(t.Context(), res.Integration); err != nil {
		t.Errorf("register: %v", err)
	}
}

// checkCounts holds the equation, and that skips and notes tell where and why.
func checkCounts(t *testing.T, res *openapi.Result) {
	t.Helper()
	r := res.Report
	if r.Total != r.Imported+r.Filtered+r.Skipped || r.Skipped != len(r.Skips) || r.Imported != len(res.Integration.Actions) {
		t.Errorf("total %d, imported %d, filtered %d, skipped %d; %d skips, %d actions", r.Total, r.Imported, r.Filtered, r.Skipped, len(r.Skips), len(res.Integration.Actions))
	}
	for _, s := range r.Skips {
		if s.Method == "" || s.Path == "" || s.Pointer == "" || s.Line < 1 || s.Code == "" || s.Detail == "" {
			t.Errorf("a skip that doesn't tell all: %+v", s)
		}
	}
	for _, n := range r.Notes {
		if n.Line < 1 || n.Code == "" || n.Detail == "" {
			t.Errorf("a note that doesn't tell all: %+v", n)
		}
	}
}

// action is an imported action by its id.
func action(t *testing.T, res *openapi.Result, id string) waygate.HTTPAction {
	t.Helper()
	for _, a := range res.Integration.Actions {
		if h, ok := a.(waygate.HTTPAction); ok && h.ID == id {
			return h
		}
	}
	t.Fatalf("there is no action %q: %v, %v", id, res.Integration.Actions, res.Report.Skips)
	return waygate.HTTPAction{}
}

// text is a value as JSON.
func text(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// codes lists the codes of notes, each once, in order.
func codes(notes []openapi.Note) string {
	var list []string
	for _, n := range notes {
		if !strings.Contains(" "+strings.Join(list, " ")+" ", " "+string(n.Code)+" ") {
			list = append(list, string(n.Code))
		}
	}
	return strings.Join(list, " ")
}
