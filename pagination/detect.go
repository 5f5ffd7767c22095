package pagination

import (
	"cmp"
	"strings"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// detector looks for the shapes of one page.
type detector struct {
	page  Page
	in    In
	param string // instead of the customary one
}

// detect tries the shapes in order: what leads to the next page, then the same
// where it says that there is none, then counts.
func (d detector) detect() (Strategy, Evidence) {
	if s, e, ok := d.header(); ok {
		return s, e
	}
	boxes := containers(d.page.Body)
	for _, try := range []func(container) (Strategy, Evidence, bool){
		d.url, d.token, d.lastRecord, d.closed, d.pageNumber, d.offset,
	} {
		for _, c := range boxes {
			if s, e, ok := try(c); ok {
				return s, e
			}
		}
	}
	return nil, d.unclear(boxes)
}

// header recognises the Link header of RFC 8288 and X-Next-Page.
func (d detector) header() (Strategy, Evidence, bool) {
	links, err := ParseLink(d.page.Header.Values("Link"))
	if err == nil {
		for _, l := range links {
			for rel := range strings.FieldsSeq(strings.ToLower(l.Params["rel"])) {
				if rel == "next" || rel == "prev" || rel == "first" || rel == "last" {
					return Link{}, Evidence{Kind: Link{}.Kind(), Found: []string{"header Link"}}, true
				}
			}
		}
	}
	const next = "X-Next-Page"
	if _, there := d.page.Header[next]; there {
		s := Cursor{Header: next, Param: cmp.Or(d.param, "page"), In: d.in}
		return s, Evidence{Kind: s.Kind(), Found: []string{"header " + next}, Param: s.Param}, true
	}
	return nil, Evidence{}, false
}

// url recognises a URL of the next page.
func (d detector) url(c container) (Strategy, Evidence, bool) {
	for _, name := range urlNames() {
		if text, ok := c.members[name].(string); ok && isReference(text) {
			return d.link(c, name)
		}
	}
	if text, ok := c.members["href"].(string); ok && c.name == "next" && isReference(text) {
		return d.link(c, "href")
	}
	return nil, Evidence{}, false
}

func (d detector) link(c container, name string) (Strategy, Evidence, bool) {
	s := Link{Path: c.at(name)}
	return s, Evidence{Kind: s.Kind(), Found: []string{s.Path}}, true
}

// token recognises a token, or the number of the next page.
func (d detector) token(c container) (Strategy, Evidence, bool) {
	for _, n := range tokenNames() {
		if !c.fits(n) {
			continue
		}
		switch v := c.members[n.name].(type) {
		case string:
			if v != "" && !isReference(v) {
				return d.cursor(c, n)
			}
		case int64:
			return d.cursor(c, n)
		}
	}
	return nil, Evidence{}, false
}

// cursor is the strategy for a token that was recognised, with its flag.
func (d detector) cursor(c container, n tokenName) (Strategy, Evidence, bool) {
	s := Cursor{Path: c.at(n.name), Param: cmp.Or(d.param, n.param), In: d.in}
	e := Evidence{Kind: s.Kind(), Found: []string{s.Path}, Param: s.Param}
	for _, flag := range flagNames() {
		if _, ok := c.members[flag].(bool); ok {
			s.More = c.at(flag)
			e.Found = append(e.Found, s.More)
			break
		}
	}
	return s, e, true
}

// lastRecord recognises lists that say has_more and go on from the id of the
// last record.
func (d detector) lastRecord(c container) (Strategy, Evidence, bool) {
	_, flagged := c.members["has_more"].(bool)
	record, _ := d.page.Last.(map[string]any)
	if c.members["object"] != "list" || !flagged || record["id"] == nil && d.page.Records != 0 {
		return nil, Evidence{}, false
	}
	s := Cursor{LastField: "id", Param: cmp.Or(d.param, "starting_after"), In: d.in, More: c.at("has_more")}
	return s, Evidence{Kind: s.Kind(), Found: []string{"id of the last record", s.More}, Param: s.Param}, true
}

// closed recognises a member for the next page that says that there is none.
func (d detector) closed(c container) (Strategy, Evidence, bool) {
	none := func(name string) bool {
		v, there := c.members[name]
		return there && (v == nil || v == "" || v == false)
	}
	for _, name := range urlNames() {
		if none(name) {
			return d.link(c, name)
		}
	}
	for _, n := range tokenNames() {
		if c.fits(n) && none(n.name) {
			return d.cursor(c, n)
		}
	}
	return nil, Evidence{}, false
}

// pageNumber recognises the number of the page beside that of all pages.
func (d detector) pageNumber(c container) (Strategy, Evidence, bool) {
	for _, name := range numberNames() {
		at, ok := c.members[name].(int64)
		if !ok {
			continue
		}
		for _, all := range pagesNames() {
			if _, ok := c.members[all].(int64); !ok {
				continue
			}
			s := PageNumber{Param: cmp.Or(d.param, "page"), In: d.in, Current: c.at(name), Pages: c.at(all)}
			if at == int64(d.page.Index) { // counted from 0
				s.Start = new(0)
			}
			return s, Evidence{Kind: s.Kind(), Found: []string{s.Current, s.Pages}, Param: s.Param}, true
		}
	}
	return nil, Evidence{}, false
}

// offset recognises the offset of the page beside the number of all records.
func (d detector) offset(c container) (Strategy, Evidence, bool) {
	for _, name := range offsetNames() {
		if _, ok := c.members[name].(int64); !ok {
			continue
		}
		for _, all := range totalNames() {
			if _, ok := c.members[all].(int64); !ok {
				continue
			}
			s := Offset{Param: cmp.Or(d.param, name), In: d.in, Current: c.at(name), Total: c.at(all)}
			return s, Evidence{Kind: s.Kind(), Found: []string{s.Current, s.Total}, Param: s.Param}, true
		}
	}
	return nil, Evidence{}, false
}

// unclear tells whether a page on which nothing was recognised says that there
// is more.
func (d detector) unclear(boxes []container) Evidence {
	var e Evidence
	add := func(where string) { e.Found, e.More = append(e.Found, where), true }
	beyond := func(v any) bool {
		n, ok := whole(v)
		return ok && d.page.Records > 0 && d.page.Before >= 0 && n > int64(d.page.Before)+int64(d.page.Records)
	}
	if beyond(d.page.Header.Get("X-Total-Count")) {
		add("header X-Total-Count")
	}
	for _, c := range boxes {
		for _, name := range flagNames() {
			if c.members[name] == true {
				add(c.at(name))
			}
		}
		for _, name := range totalNames() {
			if (c.path != "$" || name != "total") && beyond(c.members[name]) {
				add(c.at(name))
			}
		}
		if text, ok := c.members["next"].(string); ok && text != "" {
			add(c.at("next"))
		}
	}
	return e
}

// container is an object in which pages are told about.
type container struct {
	path, name string
	members    map[string]any
}

// containers lists the root and its members of a customary name, two deep.
func containers(body any) []container {
	root, ok := body.(map[string]any)
	if !ok {
		return nil
	}
	list := []container{{path: "$", members: root}}
	for depth, from := 0, 0; depth < 2; depth++ {
		for _, c := range list[from:] {
			from++
			for _, name := range containerNames() {
				if members, ok := c.members[name].(map[string]any); ok {
					list = append(list, container{path: c.at(name), name: name, members: members})
				}
			}
		}
	}
	return list
}

// at is the path of a member.
func (c container) at(name string) string {
	if p, err := jsonpath.Compile(c.path + "['" + name + "']"); err == nil {
		return p.String()
	}
	return c.path
}

// fits says that a token may be looked for in c.
func (c container) fits(n tokenName) bool {
	return n.within == "" || n.within == c.name
}

// isReference tells a URL from a token.
func isReference(text string) bool {
	for _, prefix := range []string{"https://", "http://", "/", "?"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}
