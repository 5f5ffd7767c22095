package jsontree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// wide has forms that target lacks.
type wide struct {
	Items []wide             `json:"items"`
	Deep  *[]*[]string       `json:"deep"`
	F32   float32            `json:"f32"`
	Byt   []level            `json:"byt"`
	M     map[string]any     `json:"m"`
	F     map[string]float64 `json:"f"`
	Any   []any              `json:"any"`
	Raw   json.RawMessage    `json:"raw"`
	U     []upper            `json:"u"`
	N     *int64             `json:"n"`
	Uptr  uintptr            `json:"uptr"`
	S     string             `json:"s"`
}

var wideTexts = []string{
	`{"items":[{"s":"a"},{"s":"b","items":[]},null,{"n":7}],"deep":[["a","b"],null,[]]}`, `{"f32":0.1,"byt":["x","y"],"m":{"k":[1,{"z":null}]},"f":{"a":1e2}}`,
	`{"any":[1,2.5,"x",null,{"a":[]}],"raw":{"b":1,"a":[ 1 ]},"u":["a",""]}`, `{"n":-0}`, `{"n":1.0}`, `{"n":1e3}`, `{"n":1e19}`, `{"n":999999999999999999}`, `{"n":9223372036854775807}`,
	`{"uptr":-1}`, `{"s":"\ud83d\ude00\n\"","items":[{"s":"\ud83d"}]}`, `{"\u0073":"escaped name"}`, `{"s":"a","s":"b"}`, `{"items":[{"n":1}],"items":[{"s":"x"}]}`,
	`[{"s":"a"},{"s":1}]`, `[{"items":{}},{"s":1}]`, `[1,2,3,4,5,6,7,8,9,10]`, ` [ ] `, `["a","b\tc",""]`, `{"s":""}`, `{"n":0,"x":{"y":[{"z":"]}"}]},"s":"after"}`, `true`, `"x"`, `-12`, `{"f32":1e39}`,
	`{"tree":{"V":1},"tree":{"Kids":[]}}`, `{"anon":{"X1":1},"anon":{"Y1":2}}`, `[[1,[2,[3]]]]`, `{"m":{"1":{"a":"b"},"2":[]}}`, `[{"f32":16777217}]`, `{"n":null,"deep":null,"items":null,"any":null}`,
}

// A text is decoded as its tree is, down to the error.
func TestTextDecodesAsItsTree(t *testing.T) {
	t.Parallel()
	for _, text := range append(append(targetTexts, wideTexts...), string(benchBody(3000))) {
		checkText(t, []byte(text))
		checkText(t, []byte("["+text+" ,\n"+text+"]"))
	}
}

func FuzzText(f *testing.F) {
	for _, text := range append(targetTexts, wideTexts...) {
		f.Add([]byte(text))
	}
	f.Fuzz(checkText)
}

func checkText(t *testing.T, data []byte) {
	t.Helper()
	parsed, stats, err := jsontree.Parse(data, jsontree.Limits{})
	text, textStats, textErr := jsontree.Check(data, jsontree.Limits{})
	if fmt.Sprint(err) != fmt.Sprint(textErr) || stats != textStats || text.IsZero() != (err != nil) {
		t.Fatalf("%s: Check = %v, %v; Parse = %v, %v", data, textStats, textErr, stats, err)
	}
	if err != nil {
		return
	}
	if list, _ := parsed.([]any); len(list) != text.Elements() {
		t.Fatalf("%s: %d elements, want %d", data, text.Elements(), len(list))
	}
	if diff := cmp.Diff(parsed, text.Tree()); diff != "" {
		t.Fatalf("%s: the tree (-Parse +Text):\n%s", data, diff)
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[target](), reflect.TypeFor[wide](), reflect.TypeFor[[]wide](), reflect.TypeFor[*[]target](), reflect.TypeFor[[]benchItem](), reflect.TypeFor[benchPage](),
		reflect.TypeFor[any](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any](), reflect.TypeFor[[]map[string]*wide](), reflect.TypeFor[[]string](), reflect.TypeFor[[2]wide](),
		reflect.TypeFor[string](), reflect.TypeFor[int8](), reflect.TypeFor[uint64](), reflect.TypeFor[float64](), reflect.TypeFor[float32](), reflect.TypeFor[bool](), reflect.TypeFor[json.Number](),
		reflect.TypeFor[upper](), reflect.TypeFor[chan int](), reflect.TypeFor[error](),
	} {
		got, want := reflect.New(typ), reflect.New(typ)
		wantErr, gotErr := jsontree.Decode(parsed, want.Interface()), text.Decode(got.Interface())
		if fmt.Sprint(wantErr) != fmt.Sprint(gotErr) {
			t.Fatalf("%s into %v: %v, want %v", data, typ, gotErr, wantErr)
		}
		if wantErr == nil && !reflect.DeepEqual(want.Interface(), got.Interface()) {
			t.Fatalf("%s into %v:\n%+v, want\n%+v", data, typ, got.Elem(), want.Elem())
		}
	}
}

func TestTextDecodeInto(t *testing.T) {
	t.Parallel()
	text, _, err := jsontree.Check([]byte(`{"s":"new","items":[{"s":"x"}],"n":3}`), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n := int64(1)
	held := []wide{{S: "held"}, {S: "too"}}
	dst := wide{N: &n, Items: held, Uptr: 9}
	if err := text.Decode(&dst); err != nil {
		t.Fatal(err)
	}
	if n != 3 || dst.S != "new" || dst.Uptr != 9 || len(dst.Items) != 1 || held[0].S != "held" {
		t.Errorf("decoded into %+v, held is %+v: want a pointer that is used, and a slice of its own", dst, held)
	}
	var none jsontree.Text
	var e *jsontree.DecodeError
	if err := text.Decode(dst); !errors.As(err, &e) {
		t.Errorf("into no pointer: %v", err)
	}
	if err := none.Decode(&dst); err != nil || none.Tree() != nil {
		t.Errorf("no text: %v", err)
	}
}

// A string that is kept doesn't keep the whole text.
func TestTextStringsAreCopies(t *testing.T) {
	t.Parallel()
	body := benchBody(8000)
	text, _, err := jsontree.Check(body, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got, want benchPage
	if err := text.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &want); err != nil {
		t.Fatal(err)
	}
	copy(body, bytes.Repeat([]byte{'!'}, len(body)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after the text was overwritten:\n%s", diff)
	}
}

// What is decoded is paid for, not the text around it.
func TestTextDecodeAllocations(t *testing.T) {
	var list []string
	for i := range 20 {
		list = append(list, fmt.Sprintf(`{"id":%d,"name":"Contact number %d","email":"c%d@example.com","other":{"deep":["%s"]}}`, i, i, i, strings.Repeat("x", 1000)))
	}
	text, _, err := jsontree.Check([]byte("["+strings.Join(list, ",")+"]"), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []struct {
		ID          int
		Name, Email string
	}
	// One for the slice, and at most one for each of 40 strings.
	if n := testing.AllocsPerRun(100, func() {
		if err := text.Decode(&got); err != nil {
			t.Fatal(err)
		}
	}); n > 41 || len(got) != 20 {
		t.Errorf("%v allocations for 20 objects with 40 strings, want at most 41", n)
	}
}

func BenchmarkText(b *testing.B) {
	for _, size := range []int{1_000, 50_000} {
		body := benchBody(size)
		b.Run(fmt.Sprint("tree/", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var page benchPage
				parsed, _, err := jsontree.Parse(body, jsontree.Limits{})
				if err == nil {
					err = jsontree.Decode(parsed, &page)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint("text/", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var page benchPage
				text, _, err := jsontree.Check(body, jsontree.Limits{})
				if err == nil {
					err = text.Decode(&page)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint("encoding/json/", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var page benchPage
				if err := json.Unmarshal(body, &page); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
