package paginationtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/pagination"
)

// marker stands in every odd value, so that it can be looked for in errors.
const marker = "s3cr3t-0f-the-page"

// oddValues are what a careless or hostile provider could put into any place of
// a page.
func oddValues() []any {
	return []any{
		nil, "", true, false, int64(0), int64(-1), 1.5, json.Number("123456789012345678901234567890"),
		[]any{}, []any{marker}, map[string]any{}, map[string]any{"url": marker}, marker,
		"https://evil.example.net/?k=" + marker, "//evil.example.net/?k=" + marker, "http://api.example.com/?k=" + marker,
		"https://api.example.com:8443/?k=" + marker, "https://user:" + marker + "@api.example.com/",
		"javascript:alert('" + marker + "')", "file:///etc/passwd?" + marker, "https:" + marker, "https:///" + marker,
		"http://[::1/" + marker, "https://api.example.com\\@evil.example.net/" + marker, "?page=2&k=" + marker,
		"%zz" + marker, "\x00\r\n" + marker, "\xff" + marker, strings.Repeat(marker, 300), " \t",
	}
}

// oddPages gives the pages of a list, and each of them with every place changed
// to every odd value.
func (s subject) oddPages() ([]pagination.Page, error) {
	pages, err := s.walk(items(3), 2)
	if err != nil {
		return nil, err
	}
	odd := slices.Clone(pages)
	for _, p := range pages {
		for _, v := range oddValues() {
			for _, body := range changed(p.Body, v) {
				q := p
				q.Body = body
				odd = append(odd, q)
			}
			for _, last := range changed(p.Last, v) {
				q := p
				q.Last = last
				odd = append(odd, q)
			}
			odd = append(odd, oddHeaders(p, v)...)
		}
	}
	return odd, nil
}

// changed gives a copy of tree for each of its places, with v there.
func changed(tree, v any) []any {
	out := []any{v}
	switch tree := tree.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(tree)) {
			for _, below := range changed(tree[k], v) {
				c := maps.Clone(tree)
				c[k] = below
				out = append(out, c)
			}
		}
	case []any:
		for i := range tree {
			for _, below := range changed(tree[i], v) {
				c := slices.Clone(tree)
				c[i] = below
				out = append(out, c)
			}
		}
	}
	return out
}

// oddHeaders gives the page with v in each of its headers, and as a link.
func oddHeaders(p pagination.Page, v any) []pagination.Page {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	var out []pagination.Page
	with := func(name string, values ...string) {
		q := p
		q.Header = p.Header.Clone()
		if q.Header == nil {
			q.Header = http.Header{}
		}
		q.Header[name] = values
		out = append(out, q)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Header)) {
		with(name, text)
	}
	with("Link", "<"+text+`>; rel="next"`)
	with("Link", text, "<"+text, "<>;"+text)
	return out
}

// clonePage copies a page as deep as it goes.
func clonePage(p pagination.Page) pagination.Page {
	if p.URL != nil {
		u := *p.URL
		p.URL = &u
	}
	p.Header, p.Body, p.Last = p.Header.Clone(), cloneTree(p.Body), cloneTree(p.Last)
	return p
}

func cloneTree(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, e := range v {
			c[k] = cloneTree(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = cloneTree(e)
		}
		return c
	}
	return v
}
