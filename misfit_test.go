package waygate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
)

type misfitted struct {
	N int            `json:"n"`
	S string         `json:"s"`
	L []misfittedRow `json:"l"`
}

type misfittedRow struct {
	ID float64 `json:"id"`
}

// decoded calls an action whose answer is body, and decodes it as T.
func decoded[T any](t *testing.T, records, body string) error {
	t.Helper()
	a := get("a")
	a.Records = records
	_, acme := ready(t, always(200, body), api(a))
	_, err := waygate.Invoke[T](t.Context(), acme, "api.a", nil)
	return err
}

// TestMisfit shows what is said of an answer that doesn't fit T, and what to do
// about it.
func TestMisfit(t *testing.T) {
	t.Parallel()
	const page = `{"data":[{"id":1}],"included":[],"more":false,"a-b":[],"secret":"s3cret"}`
	for name, c := range map[string]struct {
		err   error
		field waygate.FieldError
		says  string
	}{
		"Records aren't set":      {decoded[[]misfitted](t, "", page), waygate.FieldError{Expected: "[]waygate_test.misfitted", Received: "object"}, "set the action's Records to the path of the list in the answer (data, included), or read it into a struct"},
		"no list is there":        {decoded[[]misfitted](t, "", `{"a":1}`), waygate.FieldError{Expected: "[]waygate_test.misfitted", Received: "object"}, "the list in the answer, or read it into a struct"},
		"too many lists":          {decoded[[]misfitted](t, "", `{"a":[],"b":[],"c":[],"d":[]}`), waygate.FieldError{Expected: "[]waygate_test.misfitted", Received: "object"}, "the list in the answer, or read it into a struct"},
		"Records lead elsewhere":  {decoded[[]misfitted](t, "$.data", `{"data":{"items":[]}}`), waygate.FieldError{Expected: "[]waygate_test.misfitted", Received: "object"}, "the action's Records are $.data, where no list stands"},
		"Records are set":         {decoded[misfitted](t, "$.data", page), waygate.FieldError{Expected: "waygate_test.misfitted", Received: "array"}, "the action's Records are $.data, so that the list there is given: read it into []waygate_test.misfitted; the whole answer is Result.Body"},
		"a list":                  {decoded[*misfitted](t, "", `[{}]`), waygate.FieldError{Expected: "waygate_test.misfitted", Received: "array"}, "read it into []waygate_test.misfitted, or item by item with Items"},
		"a list of lists":         {decoded[[]misfitted](t, "", `[[]]`), waygate.FieldError{Pointer: "/0", Expected: "waygate_test.misfitted", Received: "array"}, "/0: array does not fit Go type"},
		"a number as text":        {decoded[misfitted](t, "", `{"n":"s3cret"}`), waygate.FieldError{Pointer: "/n", Expected: "int", Received: "string"}, `,string`},
		"a number as text, below": {decoded[misfitted](t, "", `{"l":[{},{"id":"s3cret"}]}`), waygate.FieldError{Pointer: "/l/1/id", Expected: "float64", Received: "string"}, `,string`},
		"a text as number":        {decoded[misfitted](t, "", `{"s":7}`), waygate.FieldError{Pointer: "/s", Expected: "string", Received: "integer"}, "json.Number"},
		"an object for a text":    {decoded[misfitted](t, "", `{"s":{"a":"s3cret"}}`), waygate.FieldError{Pointer: "/s", Expected: "string", Received: "object"}, "json.RawMessage"},
		"true for a text":         {decoded[misfitted](t, "", `{"s":true}`), waygate.FieldError{Pointer: "/s", Expected: "string", Received: "boolean"}, "at /s: boolean does not fit Go type string"},
		"a fraction":              {decoded[misfitted](t, "", `{"n":1.5}`), waygate.FieldError{Pointer: "/n", Expected: "int", Received: "number"}, "at /n"},
	} {
		e := failure(t, c.err, waygate.KindInvalidResponse)
		c.field.Keyword = "type"
		if diff := cmp.Diff([]waygate.FieldError{c.field}, e.Fields); diff != "" || e.Status != 200 || e.Action != "api.a" || e.CallID == "" {
			t.Errorf("%s: %+v %s", name, e, diff)
		}
		if says(t, c.err, c.says); strings.Contains(c.err.Error(), "s3cret") || strings.Contains(c.err.Error(), "wants") {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

// TestNoRecords shows that Records which lead nowhere are told of, with what they
// could be.
func TestNoRecords(t *testing.T) {
	t.Parallel()
	a := get("a")
	a.Records = "dta"
	_, acme := ready(t, always(200, `{"data":[{"id":1}],"more":false}`), api(a))
	res, err := acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	if want := []string{"no records at $.dta; lists stand at data"}; !slices.Equal(res.Meta.Warnings, want) {
		t.Errorf("warnings %q, want %q", res.Meta.Warnings, want)
	}
}

// TestMisfitOfAPage shows that a read of pages names the lists that there are.
func TestMisfitOfAPage(t *testing.T) {
	t.Parallel()
	_, acme := ready(t, always(200, `{"items":[{"id":1}]}`), api(get("a")))
	_, err := acme.Collect(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindConfig)
	says(t, err, "the answer is object, not a list of records", "Records", "(items)")
}
