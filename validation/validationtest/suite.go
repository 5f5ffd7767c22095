package validationtest

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

// SuiteCount says how an engine does in one file of the JSON-Schema-Test-Suite
// (github.com/json-schema-org/JSON-Schema-Test-Suite).
type SuiteCount struct {
	Draft string // draft2020-12 or draft7
	File  string // type.json, optional/bignum.json
	Total int    // cases
	Wrong int    // cases that were answered wrongly
	// Refused is how many cases belong to a schema that was not compiled.
	Refused int
}

// Passed is how many cases were answered rightly.
func (c SuiteCount) Passed() int { return c.Total - c.Wrong - c.Refused }

// Suite runs the required and the optional cases of drafts 2020-12 and 7, but
// for those of format, which is an annotation here. No case is left out by its
// name. The suite is read from the module of kaptinlin/jsonschema, which carries
// it; newEngine gets the documents that the cases refer to.
func Suite(t *testing.T, newEngine func(documents map[string][]byte) validation.Engine) []SuiteCount {
	t.Helper()
	dir := suiteDir(t)
	engine := newEngine(suiteDocuments(t, filepath.Join(dir, "remotes")))
	var counts []SuiteCount
	for _, draft := range []struct{ name, dialect string }{
		{"draft2020-12", "https://json-schema.org/draft/2020-12/schema"},
		{"draft7", "http://json-schema.org/draft-07/schema#"},
	} {
		for _, pattern := range []string{"*.json", "optional/*.json"} {
			files, err := filepath.Glob(filepath.Join(dir, "tests", draft.name, filepath.FromSlash(pattern)))
			if err != nil || len(files) == 0 {
				t.Fatalf("the suite has no files %s of %s: %v", pattern, draft.name, err)
			}
			for _, file := range files {
				count := SuiteCount{Draft: draft.name, File: path.Join(path.Dir(pattern), filepath.Base(file))}
				count.run(t, engine, file, draft.dialect)
				counts = append(counts, count)
			}
		}
	}
	return counts
}

// suiteGroup is one group of cases: a schema and its trees.
type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

func (c *SuiteCount) run(t *testing.T, engine validation.Engine, file, dialect string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []suiteGroup
	if err := json.Unmarshal(text, &groups); err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		c.Total += len(group.Tests)
		text := withDialect(t, group.Schema, dialect)
		schema, err := engine.Compile(text)
		sameVerdicts(t, engine, text)
		if err != nil {
			c.Refused += len(group.Tests)
			t.Logf("refused: %s %s: %s: %v", c.Draft, c.File, group.Description, err)
			continue
		}
		for _, test := range group.Tests {
			tree := parse(t, string(test.Data))
			found := schema.Validate(t.Context(), tree)
			if (found == nil) != test.Valid {
				c.Wrong++
				t.Logf("wrong: %s %s: %s: %s: %v", c.Draft, c.File, group.Description, test.Description, found)
			}
			for _, v := range found {
				if v.Keyword == validation.KeywordInternal || v.Keyword == validation.KeywordLimit {
					t.Errorf("%s %s: %s: %s: %v", c.Draft, c.File, group.Description, test.Description, v)
				}
			}
		}
	}
}

func suiteDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kaptinlin/jsonschema").Output()
	if err != nil {
		t.Fatalf("go list finds no module that carries the suite: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "testdata", "JSON-Schema-Test-Suite")
}

// suiteDocuments reads what the cases expect under http://localhost:1234/.
func suiteDocuments(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	documents := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		documents["http://localhost:1234/"+name], err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		return err
	})
	if err != nil || len(documents) == 0 {
		t.Fatalf("the suite has no documents: %v", err)
	}
	return documents
}

// withDialect says which dialect a schema is in, if it does not.
func withDialect(t *testing.T, schema json.RawMessage, dialect string) []byte {
	t.Helper()
	tree, _, err := jsontree.Parse(schema, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	object, ok := tree.(map[string]any)
	if !ok || object["$schema"] != nil {
		return schema
	}
	var members map[string]json.RawMessage // with numbers as they are written
	if err := json.Unmarshal(schema, &members); err != nil {
		t.Fatal(err)
	}
	members["$schema"] = json.RawMessage(`"` + dialect + `"`)
	out, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
