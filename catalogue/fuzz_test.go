package catalogue_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"unicode/utf8"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/internal/jsontree"
)

// FuzzParse shows that no file makes the package panic, that errors have a place, and that what is accepted is written
// and read as itself.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"code-host.yaml", "payments/integration.yaml", "team-chat.json", "payments/actions/customers.yaml"} {
		text, err := os.ReadFile("testdata/catalogue/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), string(text))
	}
	f.Add(integration("a"), action("b"))
	f.Add(integration("a", "actions: x"), "- "+"id: x")
	f.Add(`{"id":"a","actions":[{}]}`, `{"id":"x"}`)
	gw := newGateway(f)
	f.Fuzz(func(t *testing.T, main, part string) {
		for _, ending := range []string{"yaml", "json"} {
			list, err := catalogue.Parse(gw, files(map[string]string{"x/integration." + ending: main, "x/a." + ending: part}))
			for _, err := range joined(err) {
				var e *catalogue.Error
				if !errors.As(err, &e) || e.File == "" || e.Line < 1 || e.Column < 1 || e.Err == nil {
					t.Errorf("got %#v", err)
				}
			}
			for _, in := range list {
				if in.Auth == nil { // can't be registered, and its written form can't be read
					continue
				}
				checkStable(t, gw, in)
			}
		}
	})
}

func checkStable(t *testing.T, gw *waygate.Gateway, in waygate.Integration) {
	t.Helper()
	want, err := json.Marshal(in)
	if err != nil {
		return // a host's kind, or a value that can't be written
	}
	for ending, write := range map[string]func(waygate.Integration) ([]byte, error){"yaml": catalogue.YAML, "json": catalogue.JSON} {
		text, err := write(in)
		if err != nil {
			t.Fatal(err)
		}
		list, err := catalogue.Parse(gw, files(map[string]string{"x." + ending: string(text)}))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		got, err := json.Marshal(list[0])
		if err != nil || string(got) != string(want) {
			t.Errorf("got %s, %v\nwant %s\n%s", got, err, want, text)
		}
		again, err := write(list[0])
		if err != nil || string(again) != string(text) {
			t.Errorf("got %s, %v\nwant %s", again, err, text)
		}
	}
}

// FuzzYAML shows that any text and any schema survive being written and read.
func FuzzYAML(f *testing.F) {
	for _, s := range texts() {
		f.Add(s, "k", `{"type":"object"}`)
		f.Add("v", s, `[{"a":[]},1.50,null,true,{"b":{}}]`)
	}
	gw := newGateway(f)
	f.Fuzz(func(t *testing.T, value, name, schema string) {
		if _, err := jsontree.Scan([]byte(schema), jsontree.Limits{Depth: 100, Nodes: 10_000}); err != nil || len(schema)+len(value)+len(name) > 50_000 {
			return
		}
		if !utf8.ValidString(value) || !utf8.ValidString(name) {
			return // encoding/json makes U+FFFD of it, in two ways
		}
		if st, _ := jsontree.Scan([]byte(schema), jsontree.Limits{}); st.Duplicate != "" {
			return
		}
		checkStable(t, gw, waygate.Integration{
			ID: "fuzz", BaseURL: "https://x.example.com", Auth: auth.None{}, Description: value, Headers: map[string]string{name: value},
			Actions: []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: value, InputSchema: json.RawMessage(schema), Metadata: map[string]string{name: value}}},
		})
	})
}
