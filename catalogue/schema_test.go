package catalogue_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/yamltree"
	"github.com/waygate-go/waygate/validation"
)

// compiledSchema is the schema in the default engine.
func compiledSchema(t *testing.T) validation.Schema {
	t.Helper()
	s, err := validation.Kaptinlin{}.Compile(catalogue.Schema())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// treeOf reads a file of a catalogue.
func treeOf(t *testing.T, name string, text []byte) any {
	t.Helper()
	if path.Ext(name) != ".json" {
		doc, err := yamltree.Parse(text, yamltree.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text = doc.JSON()
	}
	tree, _, err := jsontree.Parse(text, jsontree.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return tree
}

// TestSchemaAccepts shows that real files fit the schema, as do those that are written.
func TestSchemaAccepts(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	seen := 0
	err := fs.WalkDir(os.DirFS("testdata"), ".", func(name string, d fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || d.IsDir() || strings.HasPrefix(name, "fuzz") || path.Base(name)[0] == '_' || ext != ".yaml" && ext != ".json" {
			return err
		}
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			return err
		}
		seen++
		if bad := schema.Validate(t.Context(), treeOf(t, name, text)); len(bad) > 0 {
			t.Errorf("%s: %+v", name, bad)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 11 {
		t.Errorf("only %d files were seen", seen)
	}
}

// TestSchemaRefuses shows that each of the bad definitions that can be told by their form doesn't fit.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	for name, c := range badFiles() {
		if c.beyondSchema {
			continue
		}
		text := c.text
		if c.name == "" {
			c.name = "a.yaml"
		}
		if bad := schema.Validate(t.Context(), treeOf(t, c.name, []byte(text))); len(bad) == 0 {
			t.Errorf("%s: the schema takes it:\n%s", name, text)
		}
	}
	for name, text := range map[string]string{
		"a text": `"x"`, "no base": `{"id":"a","auth":{"kind":"none"}}`, "no auth": `{"id":"a","base_url":"x"}`,
		"action without id": `{"method":"GET"}`, "list of texts": `["x"]`, "action of a list": `[{"id":"a","method":"get"}]`,
		"nested scheme": `{"id":"a","base_url":"x","auth":{"kind":"any","schemes":[{"kind":"all","schemes":[{"kind":"bearer","tokn":"x"}]}]}}`,
	} {
		if bad := schema.Validate(t.Context(), treeOf(t, "a.json", []byte(text))); len(bad) == 0 {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}

// TestSchemaIsACopy shows that a caller can't change the schema.
func TestSchemaIsACopy(t *testing.T) {
	t.Parallel()
	catalogue.Schema()[0] = 'x'
	committed, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), string(catalogue.Schema())); diff != "" {
		t.Error(diff)
	}
	if err := json.Unmarshal(catalogue.Schema(), new(any)); err != nil {
		t.Error(err)
	}
}
