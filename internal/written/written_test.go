package written_test

import (
	"errors"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/waygate-go/waygate/internal/written"
)

type (
	part    interface{ name() string }
	decoder func(raw []byte, kinds kindMap) (part, error)
	kindMap map[string]decoder
	circle  struct {
		Name string           `json:"name,omitempty"`
		Of   map[string][]int `json:"of,omitempty"`
	}
)

func (c circle) name() string { return c.Name }

var errOwn = errors.New("the decoder's own")

func kinds() kindMap {
	return kindMap{
		"circle": func(raw []byte, _ kindMap) (part, error) {
			var c circle
			err := written.Members(raw, &c)
			return c, err
		},
		"failing": func([]byte, kindMap) (part, error) { return circle{}, errOwn },
		"nothing": func([]byte, kindMap) (part, error) { return nil, nil },
		"pointer": func([]byte, kindMap) (part, error) { return (*circle)(nil), nil },
		"absent":  nil,
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	p, err := written.Decode([]byte(`{"name":"a","kind":"circle"}`), kinds(), "shape", "circle")
	if err != nil || p.name() != "a" {
		t.Errorf("got %v, %v", p, err)
	}
	if p, err = written.Decode([]byte(`{"kind":"failing"}`), kinds(), "shape", "circle"); err != errOwn || p != nil {
		t.Errorf("a decoder's error must come back as it is, beside nothing; got %v, %v", p, err)
	}
	for raw, want := range map[string]string{
		``:                   "is not well-formed JSON",
		`{"kind":"circle"}}`: "is not well-formed JSON",
		`[]`:                 "can't be an array; give an object",
		`{}`:                 `kind: is missing; a shape is written as an object like {"kind":"circle"}`,
		`{"Kind":"circle"}`:  `kind: is missing; a shape is written as an object like {"kind":"circle"}`,
		`{"kind":{}}`:        "kind: can't be an object; give a string",
		`{"kind":1}`:         "kind: can't be a number; give a string",
		`"circle"`:           `is a text, but wants an object with its kind: write {"kind":"circle"}`,
		`"failin"`:           `is a text, but wants an object with its kind: write {"kind":"failing"}`,
		`"a square"`:         `is a text, but wants an object with its kind: write {"kind":"circle"}`,
		`null`:               `kind: is missing; a shape is written as an object like {"kind":"circle"}`,
		`{"kind":"cricle"}`:  `kind: there is no shape "cricle"; known are absent, circle, failing, nothing, pointer: did you mean "circle"?`,
		`{"kind":"x"}`:       `kind: there is no shape "x"; known are absent, circle, failing, nothing, pointer`,
		`{"kind":"absent"}`:  `kind: there is no shape "absent"; known are absent, circle, failing, nothing, pointer`,
		`{"kind":"nothing"}`: `kind: the decoder of "nothing" gave no shape`,
		`{"kind":"pointer"}`: `kind: the decoder of "pointer" gave no shape`,
	} {
		p, err := written.Decode([]byte(raw), kinds(), "shape", "circle")
		if _, own := err.(*written.Error); !own || err.Error() != want || p != nil {
			t.Errorf("%s: got %v, %v, want %s", raw, p, err, want)
		}
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]written.Error{
		`{"Name":"x"}`:             {Field: "Name", Reason: "there is no such member: did you mean \"name\"?"},
		`{"colour":"x"}`:           {Field: "colour", Reason: "there is no such member; check its spelling"},
		`{"name":1}`:               {Field: "name", Reason: "can't be a number; give a string"},
		`{"of":{"a":["s3cret"]}}`:  {Field: "of.a.0", Reason: "can't be a string; give a whole number"},
		`{"of":[]}`:                {Field: "of", Reason: "can't be an array; give an object"},
		`{"of":{"a":"s3cret"}}`:    {Field: "of.a", Reason: "can't be a string; give an array"},
		`{"name":"x","name":"x"}`:  {Reason: "is not well-formed JSON"},
		`{"of":{"a":[],"a":[]}}`:   {Reason: "is not well-formed JSON"},
		`{"name":"x"} {"name":""}`: {Reason: "is not well-formed JSON"},
	} {
		for reader, read := range map[string]func([]byte, any) error{"Strict": written.Strict, "Members": written.Members} {
			var c circle
			got := written.Explain(read([]byte(raw), &c))
			if got.Field != want.Field || got.Reason != want.Reason {
				t.Errorf("%s(%s): got %v, want %v", reader, raw, got, &want)
			}
			if syntax := want.Field == ""; (errors.Unwrap(got) != nil) != syntax {
				t.Errorf("%s(%s): the cause is %v", reader, raw, got.Err)
			}
		}
	}
	if err := written.Strict([]byte(`{"kind":"circle"}`), &circle{}); !errors.Is(err, jsonv2.ErrUnknownName) {
		t.Errorf("Strict must refuse the kind where it isn't asked for, got %v", err)
	}
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	for want, plain := range map[string]any{
		`{"kind":"circle"}`:                           circle{},
		`{"kind":"circle","name":"a","of":{"b":[1]}}`: circle{Name: "a", Of: map[string][]int{"b": {1}}},
	} {
		if got, err := written.Marshal("circle", plain); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	if _, err := written.Marshal("circle", func() {}); err == nil {
		t.Error("what JSON can't hold is written")
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                       `""`,
		"a\"\n":                  `"a\"\n"`,
		strings.Repeat("x", 64):  `"` + strings.Repeat("x", 64) + `"`,
		strings.Repeat("x", 999): `"` + strings.Repeat("x", 64) + `…"`,
	} {
		if got := written.Quote(name); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// FuzzDecode checks that nothing panics, and that what was read can be written and read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"kind":"circle","of":{"a":[1]}}`, `{"kind":"circle","x":1}`, `{"kind":"pointer"}`, `[[`, `null`, "{\"kind\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := written.Decode(raw, kinds(), "shape", "circle")
		if err != nil {
			_ = written.Explain(err).Error()
			return
		}
		first, err := written.Marshal("circle", p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := written.Decode(first, kinds(), "shape", "circle")
		if err != nil {
			t.Fatalf("%s can't be read back: %v", first, err)
		}
		if second, err := written.Marshal("circle", again); err != nil || string(first) != string(second) {
			t.Fatalf("%s became %s, %v", first, second, err)
		}
	})
}
