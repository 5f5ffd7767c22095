package wire_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/wire"
)

const canary = "s3cr3t"

// TestRefused has what is an error rather than another value, with the place. No error may hold a value.
func TestRefused(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	in := func(in wire.In, style wire.Style, explode *bool) wire.Param {
		return wire.Param{In: in, Name: "n", Style: style, Explode: explode}
	}
	object := map[string]any{"k": canary}
	for name, tc := range map[string]struct {
		p                wire.Param
		v                any
		pointer, keyword string
	}{
		// A value in a value has no form in these.
		"object in list":   {in(wire.InQuery, wire.Form, &yes), []any{canary, object}, "/1", "type"},
		"object in commas": {in(wire.InQuery, wire.Form, &no), []any{object}, "/0", "type"},
		"list in list":     {in(wire.InPath, wire.Simple, nil), []any{[]any{canary}}, "/0", "type"},
		"list in object":   {in(wire.InHeader, wire.Simple, nil), map[string]any{"a~/b": []any{canary}}, "/a~0~1b", "type"},
		"object in cookie": {in(wire.InCookie, wire.Form, nil), map[string]any{"k": object}, "/k", "type"},
		"object in matrix": {in(wire.InPath, wire.Matrix, nil), map[string]any{"k": object}, "/k", "type"},
		"empty in list":    {in(wire.InQuery, wire.Form, nil), []any{[]any{}}, "/0", "type"},
		"deep scalar":      {in(wire.InQuery, wire.DeepObject, nil), canary, "", "type"},
		"no tree":          {in(wire.InQuery, wire.Brackets, nil), map[string]any{"k": []any{struct{}{}}}, "/k/0", "type"},
		"bad number":       {in(wire.InHeader, "", nil), json.Number(canary), "", "type"},

		// A delimiter in an item would make two of it.
		"space":           {in(wire.InQuery, wire.SpaceDelimited, nil), []any{"a", canary + " b"}, "/1", "format"},
		"pipe":            {in(wire.InQuery, wire.PipeDelimited, nil), []any{canary + "|b"}, "/0", "format"},
		"tab":             {in(wire.InQuery, wire.TabDelimited, nil), []any{canary + "\tb"}, "/0", "format"},
		"pipe in key":     {in(wire.InQuery, wire.PipeDelimited, nil), map[string]any{"a|b": canary}, "/a|b", "format"},
		"pipe reserved":   {wire.Param{In: wire.InQuery, Name: "n", Style: wire.PipeDelimited, AllowReserved: true}, []any{"a|b"}, "/0", "format"},
		"header comma":    {in(wire.InHeader, wire.Simple, nil), []any{canary + ",b"}, "/0", "format"},
		"header exploded": {in(wire.InHeader, wire.Simple, &yes), map[string]any{"k": canary + ",b"}, "/k", "format"},
		"header key":      {in(wire.InHeader, wire.Simple, &yes), map[string]any{"a=b": canary}, "/a=b", "format"},
		"header key 2":    {in(wire.InHeader, wire.Simple, &yes), map[string]any{"a,b": canary}, "/a,b", "format"},
		"cookie comma":    {in(wire.InCookie, wire.Form, &no), []any{canary + ",b"}, "/0", "format"},
		"cookie name":     {in(wire.InCookie, wire.Form, nil), map[string]any{"a;b": canary}, "/a;b", "format"},
		"nested bracket":  {in(wire.InQuery, wire.Brackets, nil), map[string]any{"a][b": canary}, "/a][b", "format"},
		"nested nothing":  {in(wire.InQuery, wire.DeepObject, nil), map[string]any{"": canary}, "/", "format"},
		"no key":          {in(wire.InQuery, wire.Form, nil), map[string]any{"": canary}, "/", "format"},

		// A path stays where it is.
		"null":         {in(wire.InPath, "", nil), nil, "", "required"},
		"empty":        {in(wire.InPath, "", nil), "", "", "required"},
		"empty list":   {in(wire.InPath, wire.Label, nil), []any{}, "", "required"},
		"dot":          {in(wire.InPath, "", nil), ".", "", "format"},
		"dots":         {in(wire.InPath, "", nil), "..", "", "format"},
		"dots in list": {in(wire.InPath, "", nil), []any{".."}, "", "format"},
		"label":        {in(wire.InPath, wire.Label, nil), "", "", "format"},
		"label dot":    {in(wire.InPath, wire.Label, nil), ".", "", "format"},
		"label list":   {in(wire.InPath, wire.Label, &yes), []any{"", ""}, "", "format"},
		"backslash":    {in(wire.InPath, "", nil), canary + `\..`, "", "format"},
		"json quote":   {in(wire.InPath, wire.JSON, nil), `"`, "", "format"}, // its escape is a backslash

		// A header stays one field.
		"break":        {in(wire.InHeader, "", nil), canary + "\r\nX: y", "", "format"},
		"break in key": {in(wire.InHeader, "", nil), map[string]any{"a\n": canary}, "/a\n", "format"},
		"delete":       {in(wire.InHeader, "", nil), []any{"a", canary + "\x7f"}, "/1", "format"},
		"htab":         {in(wire.InHeader, "", nil), canary + "\t", "", "format"},
	} {
		got, err := anywhere(tc.p, tc.v)
		if err == nil {
			t.Errorf("%s: %q", name, got)
			continue
		}
		e := asError(t, err)
		if e.Pointer != tc.pointer || e.Keyword != tc.keyword {
			t.Errorf("%s: %q at %q, want %q at %q", name, e.Keyword, e.Pointer, tc.keyword, tc.pointer)
		}
		if e.Expected == "" || e.Received == "" || e.Reason == "" {
			t.Errorf("%s: %+v", name, e)
		}
		if text := fmt.Sprintf("%v %+v", err, *e); strings.Contains(text, canary) || !strings.HasPrefix(text, "wire: ") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestPathSlash has AllowSlash: the value may go down, never up.
func TestPathSlash(t *testing.T) {
	t.Parallel()
	yes := true
	for v, want := range map[string]string{
		"a/b c":  "a/b%20c",
		"a/.b/c": "a/.b/c",
		"a/...":  "a/...",
		"/a//b/": "/a//b/",
		"?#%2e":  "%3F%23%252e",
	} {
		if got, err := (wire.Param{In: wire.InPath, Name: "n", AllowSlash: true}).Path(v); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", v, got, err, want)
		}
	}
	for _, v := range []string{"..", "../a", "a/..", "a/../b", "./a", "a/.", "a/./b", "/..", `a\..\b`} {
		for _, style := range []wire.Style{wire.Simple, wire.Label, wire.Matrix} {
			if style != wire.Simple && !strings.Contains(v, "/") {
				continue // "...", ";n=.." climb nowhere
			}
			got, err := wire.Param{In: wire.InPath, Name: "n", Style: style, AllowSlash: true, Explode: &yes}.Path([]any{v})
			if err == nil {
				t.Errorf("%s wrote %q", style, got)
			}
		}
	}
	// The items make a segment that none of them is.
	got, err := wire.Param{In: wire.InPath, Name: "n", Style: wire.Label, AllowSlash: true, Explode: &yes}.Path([]any{"a/", "/b"})
	if err == nil {
		t.Errorf("a label wrote %q", got)
	}
}

// TestFormRefused has what no form holds, and wants the destination back as it was.
func TestFormRefused(t *testing.T) {
	t.Parallel()
	object := map[string]any{"k": canary}
	long := strings.Repeat("k", 1<<20)
	many := make([]any, 17)
	for i := range many {
		many[i] = "v"
	}
	for name, tc := range map[string]struct {
		o                wire.FormOptions
		v                map[string]any
		pointer, keyword string
	}{
		"objects":        {wire.FormOptions{Objects: "braces"}, nil, "", "objects"},
		"arrays":         {wire.FormOptions{Arrays: "multi"}, nil, "", "arrays"},
		"flat":           {wire.FormOptions{Objects: "flat"}, map[string]any{"a": "b", "o": object}, "/o", "type"},
		"flat in list":   {wire.FormOptions{Objects: "flat"}, map[string]any{"o": []any{object}}, "/o/0", "type"},
		"repeat objects": {wire.FormOptions{Arrays: "repeat"}, map[string]any{"o": []any{"a", object}}, "/o/1", "type"},
		"comma objects":  {wire.FormOptions{Arrays: "comma"}, map[string]any{"o": []any{object}}, "/o/0", "type"},
		"comma":          {wire.FormOptions{Arrays: "comma"}, map[string]any{"o": []any{"a,b"}}, "/o/0", "format"},
		"bracket":        {wire.FormOptions{}, map[string]any{"o": map[string]any{"k]": canary}}, "/o/k]", "format"},
		"dot":            {wire.FormOptions{Objects: "dots"}, map[string]any{"o": map[string]any{"a.b": canary}}, "/o/a.b", "format"},
		"no name":        {wire.FormOptions{}, map[string]any{"": canary}, "/", "format"},
		"no nested name": {wire.FormOptions{}, map[string]any{"o": map[string]any{"": canary}}, "/o/", "format"},
		"long names":     {wire.FormOptions{}, map[string]any{long: many}, "/" + long + "/15", "maxLength"},
	} {
		dst := append(make([]byte, 0, 64), "x=1"...)
		got, err := wire.AppendForm(dst, tc.v, tc.o)
		if err == nil || string(got) != "x=1" {
			t.Errorf("%s: %.80q, %v", name, got, err)
			continue
		}
		if e := asError(t, err); e.Pointer != tc.pointer || e.Keyword != tc.keyword {
			t.Errorf("%s: %q at %.80q", name, e.Keyword, e.Pointer)
		}
		if len(err.Error()) > 500 || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

// TestForm has the ways to name what is nested.
func TestForm(t *testing.T) {
	t.Parallel()
	plain := map[string]any{"b": "1 2", "a": map[string]any{"k": "~*-._ü&=+"}, "l": []any{int64(1), nil, 2.5}, "n": nil, "e": []any{}}
	objects := map[string]any{"l": []any{map[string]any{"k": "v", "m": []any{"x"}}, "s"}}
	for _, tc := range []struct {
		objects, arrays string
		v               map[string]any
		want            string
	}{
		{"", "", plain, "a[k]=%7E*-._%C3%BC%26%3D%2B b=1+2 l[]=1 l[]=2.5"},
		{"brackets", "brackets", plain, "a[k]=%7E*-._%C3%BC%26%3D%2B b=1+2 l[]=1 l[]=2.5"},
		{"dots", "repeat", plain, "a.k=%7E*-._%C3%BC%26%3D%2B b=1+2 l=1 l=2.5"},
		{"", "indices", plain, "a[k]=%7E*-._%C3%BC%26%3D%2B b=1+2 l[0]=1 l[1]=2.5"},
		{"", "comma", plain, "a[k]=%7E*-._%C3%BC%26%3D%2B b=1+2 l=1%2C2.5"},
		{"", "", objects, "l[0][k]=v l[0][m][]=x l[1]=s"},
		{"dots", "", objects, "l[0].k=v l[0].m[]=x l[1]=s"},
		{"dots", "indices", objects, "l[0].k=v l[0].m[0]=x l[1]=s"},
		{"flat", "", map[string]any{"page[size]": "1", "l": []any{"a"}}, "l[]=a page[size]=1"},
		{"", "comma", map[string]any{"l": []any{nil}, "m": []any{""}}, "m="},
		{"", "", nil, ""},
	} {
		o := wire.FormOptions{Objects: tc.objects, Arrays: tc.arrays}
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
		got, err := wire.AppendForm(nil, tc.v, o)
		text := strings.NewReplacer("%5B", "[", "%5D", "]", "&", " ").Replace(string(got))
		if err != nil || text != tc.want {
			t.Errorf("%+v: %q, %v, want %q", o, text, err, tc.want)
		}
	}
	got, err := wire.AppendForm([]byte("x=1"), map[string]any{"a": "b"}, wire.FormOptions{})
	if err != nil || string(got) != "x=1&a=b" {
		t.Errorf("appended: %q, %v", got, err)
	}
}

// TestFormOptionsJSON pins the written form.
func TestFormOptionsJSON(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]wire.FormOptions{
		`{}`: {}, `{"objects":"dots","arrays":"comma"}`: {Objects: "dots", Arrays: "comma"},
	} {
		if got, err := json.Marshal(o); err != nil || string(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// TestUnchanged wants the tree and the destination's bytes to stay as they were.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	const text = `{"a":[1,null,{"b":"x y"}],"c":null}`
	var tree map[string]any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	if _, err := wire.AppendForm(nil, tree, wire.FormOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, style := range styles() {
		_, _ = write(wire.Param{Name: "n", Style: style}, tree)
	}
	if got, err := json.Marshal(tree); err != nil || string(got) != text {
		t.Errorf("%s, %v", got, err)
	}
}
