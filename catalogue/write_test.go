package catalogue_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/yamltree"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWritten compares what is written of the integrations of testdata with files that people have looked at.
func TestWritten(t *testing.T) {
	t.Parallel()
	for _, in := range parseDir(t) {
		for ending, write := range map[string]func(waygate.Integration) ([]byte, error){".yaml": catalogue.YAML, ".json": catalogue.JSON} {
			got, err := write(in)
			if err != nil {
				t.Fatal(err)
			}
			name := "testdata/written/" + in.ID + ending
			if *update {
				if err := os.WriteFile(name, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
			roundTrip(t, in)
		}
	}
}

// roundTrip shows that both forms are read as what was written, and written as the same bytes again.
func roundTrip(t *testing.T, in waygate.Integration) {
	t.Helper()
	want, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	for ending, write := range map[string]func(waygate.Integration) ([]byte, error){"yaml": catalogue.YAML, "json": catalogue.JSON} {
		text, err := write(in)
		if err != nil {
			t.Fatal(err)
		}
		list, err := catalogue.Parse(newGateway(t), files(map[string]string{"x." + ending: string(text)}))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		got, err := json.Marshal(list[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s\n%s", diff, text)
		}
		again, err := write(list[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), string(again)); diff != "" {
			t.Error(diff)
		}
	}
}

// texts are what a writer of YAML gets wrong.
func texts() []string {
	return []string{
		"", " ", "plain", "two words", " leading", "trailing ", "yes", "No", "ON", "null", "~", "true", "1", "-1", "1.5", "1e3", ".5", "+1",
		"0x1F", "017", "0o17", "1_000", "0b11", "12:30:45", "2020-01-02", "2001-12-14t21:59:43.10-05:00", ".nan", ".inf", "<<", "=", "-", "- a", "? a",
		": a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "!!str a", "%a", "@a", "`a", "|", ">", "[a]", "{a}", "a, b", "'a'", "\"a\"", "a'b", "a\"b", "\\",
		"---", "...", "--- a", "a\nb", "a\nb\n", "a\n\nb\n\n", "\n", "\n\n", "\na", " a\nb", "a\n b", "a \nb", "a\t\nb", "\ta\nb", "a\r\nb", "a\rb", "a\tb",
		"a\u0085b", "a\u2028b\nc", "\uFEFFa", "\u0000", "\u001b[0m", "é ü", "日本語", "😀", "a\n😀\n", "\u00a0", "\u200b", "30s", "1m30s", "/a/{b}", "${env.x}",
		"https://a.example.com/b?c=d#e", strings.Repeat("long ", 100), strings.Repeat("x", 2000), "a\n---\nb", "a\n...\n", "# a\n# b\n", "a\n  \nb", "a\n\t\nb", "x\ny ",
		"1st", "12h", "3rd party", "0xg", "1,000", "1,000k", "127.0.0.1", "v1.2", "a|b", "[^@]+", "^a$", "*", "?", "key: |\n  x\n",
	}
}

// TestTexts shows that each text survives as a value, as a name of a member and as an item, and that a reader of another
// kind takes it for a text.
func TestTexts(t *testing.T) {
	t.Parallel()
	var fields []any
	headers := map[string]any{}
	for _, s := range texts() {
		fields = append(fields, s)
		headers[s] = s
	}
	schema := jsontree.Append(nil, map[string]any{"type": "object", "enum": fields, "x-names": headers})
	in := waygate.Integration{
		ID: "texts", BaseURL: "https://x.example.com", Auth: auth.None{}, Description: "a\n\nb\n",
		Actions: []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: "/", InputSchema: schema, Metadata: map[string]string{"a\nb": "c\nd\n"}}},
	}
	roundTrip(t, in)
	text, err := catalogue.YAML(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"description: |\n  a\n\n  b\n", "- \"yes\"\n", "- 30s\n", "- \"2020-01-02\"\n", "- \"017\"\n", "- plain\n", "- \"\"\n", "- \"1_000\"\n", "- é ü\n", "- /a/{b}\n", "- ${env.x}\n", "- \"12:30:45\"\n", "- \"=\"\n", "- \"\\na\"\n", "- \" a\\nb\"\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q isn't in\n%s", want, text)
		}
	}
}

// TestNumbers shows that numbers of schemas and defaults stay what they are.
func TestNumbers(t *testing.T) {
	t.Parallel()
	const schema = `{"enum":[0,-0,1.0,1.50,1e3,1E+3,-2.5e-3,9223372036854775808,12345678901234567890.5,1e400,100]}`
	in := waygate.Integration{
		ID: "numbers", BaseURL: "https://x.example.com", Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: "/", InputSchema: json.RawMessage(schema),
			Parameters: []waygate.Parameter{{Name: "n", In: waygate.InQuery, Default: json.Number("1e400")}, {Name: "m", In: waygate.InQuery, Default: 1.5}}}},
	}
	roundTrip(t, in)
	text, err := catalogue.YAML(in)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := yamltree.Parse(text, yamltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc.JSON()), schema) {
		t.Errorf("got %s", doc.JSON())
	}
}

// TestNotWritten shows that Go has no written form.
func TestNotWritten(t *testing.T) {
	t.Parallel()
	in := waygate.Integration{ID: "x", BaseURL: "https://x.example.com", Auth: auth.None{}, Actions: []waygate.Action{
		waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(context.Context, *waygate.Call) (*waygate.Response, error) { return nil, nil }),
	}}
	for _, write := range []func(waygate.Integration) ([]byte, error){catalogue.YAML, catalogue.JSON} {
		if text, err := write(in); err == nil || !strings.Contains(err.Error(), "Go") || text != nil {
			t.Errorf("got %s, %v", text, err)
		}
	}
}
