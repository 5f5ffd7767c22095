package jsonpath_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
)

// suiteVariable names the file with the cases of RFC 9535's compliance test suite.
const suiteVariable = "JSONPATH_CTS"

// suiteCase is one case of the suite: a selector that is invalid, or a document with what it selects there. Where the
// order of an object's members decides, there are several right answers.
type suiteCase struct {
	Name     string              `json:"name"`
	Selector string              `json:"selector"`
	Document json.RawMessage     `json:"document"`
	Result   []json.RawMessage   `json:"result"`
	Results  [][]json.RawMessage `json:"results"`
	Invalid  bool                `json:"invalid_selector"`
}

// TestConformance holds the dialect against the suite: what compiles gives the right answer, what doesn't is refused
// with a reason. It prints how many cases are of each sort.
func TestConformance(t *testing.T) {
	t.Parallel()
	file := os.Getenv(suiteVariable)
	if file == "" {
		fmt.Println("jsonpath conformance: NOT RUN: clone the jsonpath-compliance-test-suite repository (of the organization " +
			"jsonpath-standard) and set " + suiteVariable + " to the absolute path of its cts.json")
		return
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Tests []suiteCase `json:"tests"`
	}
	if err := json.Unmarshal(data, &suite); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, c := range suite.Tests {
		verdict := c.run(t)
		count[verdict]++
	}
	fmt.Printf("jsonpath conformance: %d cases: %d compile and give the right answer, %d are refused though the RFC has them, "+
		"%d are refused as in the RFC, %d are written shorter than the RFC allows; %d wrong\n", len(suite.Tests),
		count["right"], count["refused"], count["invalid"], count["shorthand"], count["wrong"])
	if count["wrong"] > 0 || count["right"] < leastRight || len(suite.Tests) < 700 {
		t.Errorf("want none wrong, and at least %d right", leastRight)
	}
}

// leastRight keeps the dialect from shrinking unseen.
const leastRight = 141

// run tells how the case came out: right, refused, invalid, shorthand or wrong.
func (c suiteCase) run(t *testing.T) string {
	t.Helper()
	p, err := jsonpath.Compile(c.Selector)
	var refused *jsonpath.Error
	switch {
	case err != nil && (!errors.As(err, &refused) || refused.Reason == ""):
		t.Errorf("%s: %q is refused without a reason: %v", c.Name, c.Selector, err)
		return "wrong"
	case err != nil && c.Invalid:
		return "invalid"
	case err != nil:
		return "refused"
	case c.Invalid && shorthand(c.Selector):
		return "shorthand"
	case c.Invalid:
		t.Errorf("%s: %q compiles, but is invalid", c.Name, c.Selector)
		return "wrong"
	}
	doc := parsed(t, c.Document)
	got, err := p.All(doc, 0)
	if err != nil {
		t.Errorf("%s: %q: %v", c.Name, c.Selector, err)
		return "wrong"
	}
	right := slices.ContainsFunc(append(c.Results, c.Result), func(list []json.RawMessage) bool {
		return list != nil && c.same(t, list, got)
	})
	first, found := p.First(doc)
	if !right || found != (len(got) > 0) || found && !reflect.DeepEqual(first, got[0]) {
		t.Errorf("%s: %q gives %v, first %v", c.Name, c.Selector, got, first)
		return "wrong"
	}
	return "right"
}

func (c suiteCase) same(t *testing.T, want []json.RawMessage, got []any) bool {
	t.Helper()
	if len(want) != len(got) {
		return false
	}
	for i, raw := range want {
		if !reflect.DeepEqual(parsed(t, raw), got[i]) {
			return false
		}
	}
	return true
}

// shorthand tells the two ways in which a path may be shorter than RFC 9535 has it: without "$", and with names after a
// dot that begin with a digit or hold a "-".
func shorthand(selector string) bool {
	return !strings.HasPrefix(selector, "$") || strings.HasPrefix(selector, "$.")
}

func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	tree, _, err := jsontree.Parse(raw, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
