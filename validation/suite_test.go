package validation_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

// suiteGroup is one group of the JSON-Schema-Test-Suite
// (github.com/json-schema-org/JSON-Schema-Test-Suite), which the engine's
// module carries.
type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

// suiteResult counts the tests of one draft.
type suiteResult struct{ total, passed, refused, wrong int }

func TestSuite(t *testing.T) {
	t.Parallel()
	dir := suiteDir(t)
	for _, tc := range []struct {
		draft, dialect string
		passed         int // floor
		refused        int // ceiling
	}{
		// Refused on purpose: references to other documents and to the
		// metaschemas, metaschemas of one's own, and a $dynamicRef with
		// several anchors of one name.
		{"draft2020-12", "https://json-schema.org/draft/2020-12/schema", 1166, 72},
		{"draft7", "http://json-schema.org/draft-07/schema#", 879, 27},
	} {
		t.Run(tc.draft, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(dir, tc.draft, "*.json"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no files of the suite: %v", err)
			}
			var sum suiteResult
			for _, file := range files {
				runSuiteFile(t, file, tc.dialect, &sum)
			}
			t.Logf("%s: %d of %d passed, %d refused on purpose, %d wrong", tc.draft, sum.passed, sum.total, sum.refused, sum.wrong)
			if sum.wrong > 0 || sum.passed < tc.passed || sum.refused > tc.refused {
				t.Errorf("want 0 wrong, at least %d passed, at most %d refused", tc.passed, tc.refused)
			}
		})
	}
}

func suiteDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kaptinlin/jsonschema").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "testdata", "JSON-Schema-Test-Suite", "tests")
}

func runSuiteFile(t *testing.T, file, dialect string, sum *suiteResult) {
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
		name := filepath.Base(file) + ": " + group.Description
		sum.total += len(group.Tests)
		schema, err := validation.Kaptinlin{}.Compile(withDialect(t, group.Schema, dialect))
		if err != nil {
			sum.refused += len(group.Tests)
			checkPurpose(t, name, err)
			continue
		}
		for _, test := range group.Tests {
			tree, _, err := jsontree.Parse(test.Data, jsontree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := schema.Validate(tree) == nil; got != test.Valid {
				sum.wrong++
				t.Errorf("wrong %s: %s: valid = %v; %v", name, test.Description, got, schema.Validate(tree))
				continue
			}
			sum.passed++
		}
	}
}

// checkPurpose accepts a refusal only at the keywords that we refuse on purpose.
func checkPurpose(t *testing.T, name string, err error) {
	t.Helper()
	var refused *validation.SchemaError
	if !errors.As(err, &refused) {
		t.Errorf("%s: %v is not a *SchemaError", name, err)
		return
	}
	switch keyword := refused.Pointer[strings.LastIndexByte(refused.Pointer, '/')+1:]; keyword {
	case "$ref", "$dynamicRef", "$schema":
	default:
		t.Errorf("refused %s: %v", name, err)
	}
}

// withDialect says which dialect a schema is in, if it does not.
func withDialect(t *testing.T, schema json.RawMessage, dialect string) []byte {
	t.Helper()
	var object map[string]json.RawMessage
	if json.Unmarshal(schema, &object) != nil || object["$schema"] != nil {
		return schema
	}
	object["$schema"] = json.RawMessage(`"` + dialect + `"`)
	out, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
