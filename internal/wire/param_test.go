package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/wire"
)

// styles lists all of them.
func styles() []wire.Style {
	return []wire.Style{wire.Simple, wire.Label, wire.Matrix, wire.Form, wire.SpaceDelimited, wire.PipeDelimited,
		wire.TabDelimited, wire.DeepObject, wire.Brackets, wire.Indices, wire.JSON}
}

// TestStyleFitsPlace has the whole matrix: what Validate allows is what the method writes.
func TestStyleFitsPlace(t *testing.T) {
	t.Parallel()
	fits := map[wire.In]string{
		wire.InPath:   "simple label matrix spaceDelimited pipeDelimited tabDelimited json",
		wire.InQuery:  "form spaceDelimited pipeDelimited tabDelimited deepObject brackets indices json",
		wire.InHeader: "simple spaceDelimited pipeDelimited json",
		wire.InCookie: "form json",
		"body":        "",
	}
	for in, list := range fits {
		var got []string
		for _, style := range styles() {
			p := wire.Param{In: in, Name: "n", Style: style}
			err := p.Validate()
			if err == nil {
				got = append(got, string(style))
			}
			if _, werr := anywhere(p, map[string]any{"k": "v"}); (err == nil) != (werr == nil) {
				t.Errorf("%s in %s: Validate says %v, the method %v", style, in, err, werr)
			}
		}
		if s := strings.Join(got, " "); s != list {
			t.Errorf("%s takes %q, want %q", in, s, list)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		p       wire.Param
		keyword string // "" if it is fine
	}{
		"zero":             {wire.Param{}, "in"},
		"place":            {wire.Param{In: "body", Name: "n"}, "in"},
		"style":            {wire.Param{In: wire.InQuery, Name: "n", Style: "csv"}, "style"},
		"no name":          {wire.Param{In: wire.InQuery}, "name"},
		"query name":       {wire.Param{In: wire.InQuery, Name: "page[size] &="}, ""},
		"header name":      {wire.Param{In: wire.InHeader, Name: "X Y"}, "name"},
		"header line":      {wire.Param{In: wire.InHeader, Name: "X\r\nY"}, "name"},
		"header token":     {wire.Param{In: wire.InHeader, Name: "X-Y_z.1"}, ""},
		"cookie name":      {wire.Param{In: wire.InCookie, Name: "a;b"}, "name"},
		"cookie token":     {wire.Param{In: wire.InCookie, Name: "__Host-id"}, ""},
		"slash in query":   {wire.Param{In: wire.InQuery, Name: "n", AllowSlash: true}, "allow_slash"},
		"slash in path":    {wire.Param{In: wire.InPath, Name: "n", AllowSlash: true}, ""},
		"reserved in path": {wire.Param{In: wire.InPath, Name: "n", AllowReserved: true}, "allow_reserved"},
		"reserved":         {wire.Param{In: wire.InQuery, Name: "n", AllowReserved: true}, ""},
	} {
		got := ""
		if err := tc.p.Validate(); err != nil {
			got = asError(t, err).Keyword
		}
		if got != tc.keyword {
			t.Errorf("%s: %q, want %q", name, got, tc.keyword)
		}
		_, err := anywhere(tc.p, "v")
		if (err == nil) != (tc.keyword == "") {
			t.Errorf("%s: the method says %v", name, err)
		}
	}
}

// TestOwnMethod wants a parameter of one place not to be written in another.
func TestOwnMethod(t *testing.T) {
	t.Parallel()
	for _, in := range []wire.In{wire.InPath, wire.InQuery, wire.InHeader, wire.InCookie} {
		p := wire.Param{In: in, Name: "n", Style: wire.JSON}
		got := map[wire.In]bool{}
		_, err := p.Path("v")
		got[wire.InPath] = err == nil
		_, err = p.Query("v")
		got[wire.InQuery] = err == nil
		_, err = p.Header("v")
		got[wire.InHeader] = err == nil
		_, err = p.Cookie("v")
		got[wire.InCookie] = err == nil
		for place, ok := range got {
			if ok != (place == in) {
				t.Errorf("a parameter in %s, written in %s: %v", in, place, ok)
			}
		}
	}
}

func asError(t *testing.T, err error) *wire.Error {
	t.Helper()
	e, ok := errors.AsType[*wire.Error](err)
	if !ok {
		t.Fatalf("%v is no *wire.Error", err)
	}
	return e
}

// TestEmpty is the table of doc.go: what is empty in each style. A refused value is "!", no pair is "-".
func TestEmpty(t *testing.T) {
	t.Parallel()
	values := []any{nil, []any{}, map[string]any{}, []any{nil}, map[string]any{"k": nil}, "", []any{""}, map[string]any{"k": ""}}
	for _, tc := range []struct {
		in    wire.In
		style wire.Style
		want  string
	}{
		{wire.InPath, wire.Simple, "! ! ! ! ! ! ! k,"},
		{wire.InPath, wire.Label, "! ! ! ! ! ! ! .k,"},
		{wire.InPath, wire.Matrix, "! ! ! ! ! ;n ;n ;n=k,"},
		{wire.InPath, wire.JSON, `! %5B%5D %7B%7D %5Bnull%5D %7B%22k%22%3Anull%7D %22%22 %5B%22%22%5D %7B%22k%22%3A%22%22%7D`},
		{wire.InQuery, wire.Form, "- - - - - n= n= k="},
		{wire.InQuery, wire.SpaceDelimited, "- - - - - n= n= n=k%20"},
		{wire.InQuery, wire.DeepObject, "- ! - ! - ! ! n%5Bk%5D="},
		{wire.InQuery, wire.Brackets, "- - - - - n= n%5B%5D= n%5Bk%5D="},
		{wire.InQuery, wire.Indices, "- - - - - n= n%5B0%5D= n%5Bk%5D="},
		{wire.InCookie, wire.Form, "- - - - - n= n= k="},
		{wire.InCookie, wire.JSON, "- n=[] n={} n=[null] n={%22k%22:null} n=%22%22 n=[%22%22] n={%22k%22:%22%22}"},
		{wire.InHeader, wire.Simple, "- - - - - - - k,"},
		{wire.InHeader, wire.JSON, `- [] {} [null] {"k":null} "" [""] {"k":""}`},
	} {
		p := wire.Param{In: tc.in, Name: "n", Style: tc.style}
		var got []string
		for _, v := range values {
			text, err := anywhere(p, v)
			switch {
			case err != nil:
				text = "!"
			case text == "":
				text = "-"
			}
			got = append(got, text)
			if undefined := p.Undefined(v); undefined && text != "!" && text != "-" || !undefined && text == "-" && v != "" && tc.in != wire.InHeader {
				t.Errorf("%s in %s: undefined %v, but it writes %q", tc.style, tc.in, undefined, text)
			}
		}
		if d := cmp.Diff(tc.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s in %s: %s", tc.style, tc.in, d)
		}
	}
}

// TestZeroIsSent wants 0, false and "" in an array or object to be there, and null not.
func TestZeroIsSent(t *testing.T) {
	t.Parallel()
	v := map[string]any{"a": int64(0), "b": false, "c": "", "d": nil, "e": 0.0}
	for style, want := range map[wire.Style]string{
		wire.Form:       "a=0&b=false&c=&e=0",
		wire.DeepObject: "n%5Ba%5D=0&n%5Bb%5D=false&n%5Bc%5D=&n%5Be%5D=0",
	} {
		if got, err := anywhere(wire.Param{In: wire.InQuery, Name: "n", Style: style}, v); err != nil || got != want {
			t.Errorf("%s: %q, %v", style, got, err)
		}
	}
	got, err := wire.AppendForm(nil, v, wire.FormOptions{})
	if err != nil || string(got) != "a=0&b=false&c=&e=0" {
		t.Errorf("a form: %q, %v", got, err)
	}
}

// TestNested has what OpenAPI leaves open: values inside values.
func TestNested(t *testing.T) {
	t.Parallel()
	v := map[string]any{
		"a": map[string]any{"b": map[string]any{"c": "1 2"}, "0": "x"},
		"l": []any{nil, "p", nil, "q"}, "s": true, "t": map[string]any{"none": nil},
	}
	deep := map[string]any{"l": []any{map[string]any{"k": "v"}, "s", []any{"x", "y"}}}
	for _, tc := range []struct {
		style wire.Style
		v     any
		want  string
	}{
		{wire.DeepObject, v, "n[a][0]=x n[a][b][c]=1%202 n[l]=p n[l]=q n[s]=true"},
		{wire.Brackets, v, "n[a][0]=x n[a][b][c]=1%202 n[l][]=p n[l][]=q n[s]=true"},
		{wire.Indices, v, "n[a][0]=x n[a][b][c]=1%202 n[l][0]=p n[l][1]=q n[s]=true"},
		{wire.DeepObject, deep, "n[l][0][k]=v n[l][1]=s n[l][2]=x n[l][2]=y"},
		{wire.DeepObject, map[string]any{"l": []any{map[string]any{"k": "v", "m": []any{map[string]any{"o": int64(1)}}}}}, "n[l][0][k]=v n[l][0][m][0][o]=1"},
		{wire.Brackets, deep, "n[l][0][k]=v n[l][1]=s n[l][2][]=x n[l][2][]=y"},
		{wire.Indices, deep, "n[l][0][k]=v n[l][1]=s n[l][2][0]=x n[l][2][1]=y"},
		{wire.Brackets, []any{int64(1), int64(2)}, "n[]=1 n[]=2"},
		{wire.Indices, []any{int64(1), int64(2)}, "n[0]=1 n[1]=2"},
		{wire.Brackets, []any{map[string]any{"k": "v"}}, "n[0][k]=v"},
		{wire.Brackets, "s", "n=s"},
		{wire.Indices, int64(7), "n=7"},
	} {
		for _, explode := range []bool{true, false} { // it changes nothing
			got, err := anywhere(wire.Param{In: wire.InQuery, Name: "n", Style: tc.style, Explode: &explode}, tc.v)
			got = strings.NewReplacer("%5B", "[", "%5D", "]", "&", " ").Replace(got)
			if err != nil || got != tc.want {
				t.Errorf("%s: %q, %v, want %q", tc.style, got, err, tc.want)
			}
		}
	}
}

// TestNames wants a name to be escaped as strictly as a value.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		p    wire.Param
		want string
	}{
		{wire.Param{In: wire.InQuery, Name: "page[size]"}, "page%5Bsize%5D=1%2F2"},
		{wire.Param{In: wire.InQuery, Name: "a&b=c#d e", AllowReserved: true}, "a%26b%3Dc%23d%20e=1/2"},
		{wire.Param{In: wire.InPath, Name: "a/../b", Style: wire.Matrix}, ";a%2F..%2Fb=1%2F2"},
		{wire.Param{In: wire.InCookie, Name: "a"}, "a=1/2"},
	} {
		if got, err := anywhere(tc.p, "1/2"); err != nil || got != tc.want {
			t.Errorf("%q: %q, %v, want %q", tc.p.Name, got, err, tc.want)
		}
	}
}
