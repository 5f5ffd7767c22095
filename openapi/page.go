package openapi

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/rawjson"
	"github.com/waygate-go/waygate/pagination"
)

// pages proposes how a list is read page by page, where a parameter and the answer agree on it, and where its records
// are.
func (d *draft) pages() {
	if d.op.Method != "GET" || d.action.Response != "" {
		return
	}
	ans, ok := d.success()
	if !ok {
		return
	}
	names := d.queryNames()
	link := slices.ContainsFunc(ans.at.get("headers").members(), func(h namedNode) bool { return strings.EqualFold(h.name, "link") })
	if !link && !slices.ContainsFunc(slices.Concat(cursorNames(), pageNames(), []string{"startingafter"}), func(n string) bool { return names[n] != "" }) {
		return
	}
	body := d.im.answerMembers(ans)
	switch {
	case body.array:
	case len(body.lists) == 1:
		if d.action.Records = memberPath(body.lists[0].name); d.action.Records == "" {
			return
		}
	default:
		return // no list, or one of several
	}
	strategy, why := d.strategy(names, link, body)
	if strategy != nil && strategy.Validate() == nil {
		d.action.Pagination = strategy
		return
	}
	if d.action.Records != "" && why == "" {
		d.action.Records = "" // an object with a list in it, as many are
	}
	if why != "" {
		d.action.Records = ""
		d.note(NotePagination, d.op.node, why)
	}
}

// success is the first answer of success with JSON.
func (d *draft) success() (answer, bool) {
	for _, a := range d.answers() {
		if a.status[0] == '2' && slices.ContainsFunc(a.types, isJSONType) {
			return a, true
		}
	}
	return answer{}, false
}

// bodyMembers is the top of an answer.
type bodyMembers struct {
	array   bool
	members []namedNode
	// lists are the members that are arrays of objects; of any values, if there are none of those.
	lists []namedNode
}

// answerMembers looks at the top of an answer's schema.
func (im *importer) answerMembers(a answer) bodyMembers {
	schema := a.schema[slices.IndexFunc(a.types, isJSONType)]
	if to, ok := im.d.deref(schema); ok {
		schema = to
	}
	at := place{schema.f, schema.pointer}
	out, known := im.d.schemas.tops[at]
	if !known {
		im.topMembers(schema, &out, 0)
		out.findLists(im)
		im.d.schemas.tops[at] = out
	}
	return out
}

func (im *importer) topMembers(n node, out *bodyMembers, depth int) {
	const deepest = 4
	n, ok := im.d.deref(n)
	if !ok || depth > deepest {
		return
	}
	out.array = out.array || n.text("type") == "array"
	out.members = append(out.members, n.get("properties").members()...)
	for _, part := range n.get("allOf").items() {
		im.topMembers(part, out, depth+1)
	}
}

func (b *bodyMembers) findLists(im *importer) {
	var objects, others []namedNode
	for _, m := range b.members {
		if m.name == "" || strings.ContainsAny(m.name, ".[]\"'$@*") {
			continue
		}
		n, ok := im.d.deref(m.node)
		if !ok || im.shape(n, 0) != arrayShape {
			continue
		}
		if im.shape(n.get("items"), 0) == objectShape {
			objects = append(objects, m)
		} else {
			others = append(others, m)
		}
	}
	if b.lists = objects; len(objects) == 0 {
		b.lists = others
	}
}

// find gives the path of a member, at the top or one level down, whose name is one of these.
func (im *importer) find(b bodyMembers, names ...string) string {
	for _, m := range b.members {
		if slices.Contains(names, bareName(m.name)) && isPlain(m.name) {
			return m.name
		}
	}
	for _, m := range b.members {
		n, ok := im.d.deref(m.node)
		if !ok || !isPlain(m.name) {
			continue
		}
		for _, inner := range n.get("properties").members() {
			if slices.Contains(names, bareName(inner.name)) && isPlain(inner.name) {
				return m.name + "." + inner.name
			}
		}
	}
	return ""
}

// memberPath is the path of a member of the answer, whatever its name; "" if its name can't stand in one.
func memberPath(name string) string {
	if isPlain(name) && (name[0] < '0' || name[0] > '9') {
		return name
	}
	path := "$['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
	if _, err := jsonpath.Compile(path); err != nil {
		return ""
	}
	return path
}

// isPlain says that a name can stand in a path as it is.
func isPlain(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// bareName is a name in small letters, without what parts its words.
func bareName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-.$[]", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// queryNames are the names of the query's parameters, by their bare form.
func (d *draft) queryNames() map[string]string {
	names := map[string]string{}
	for _, p := range d.params {
		if p.In == waygate.InQuery {
			as := cmp.Or(p.As, p.Name)
			names[bareName(as)] = as
		}
	}
	return names
}

// cursorNames are what parameters are called that take a cursor, and pageNames those of a number.
func cursorNames() []string {
	return []string{"cursor", "pagetoken", "nexttoken", "nextpagetoken", "continuationtoken", "continuation", "nextcursor", "pagecursor", "after", "pageafter", "startingtoken", "marker"}
}

func pageNames() []string {
	return []string{"page", "pagenumber", "offset", "skip", "start", "startindex", "pageindex"}
}

func firstOf(names map[string]string, wanted []string) string {
	for _, n := range wanted {
		if names[n] != "" {
			return names[n]
		}
	}
	return ""
}

// strategy finds what parameter and answer agree on. why says what looks like pages, but isn't sure.
func (d *draft) strategy(names map[string]string, link bool, body bodyMembers) (s pagination.Strategy, why string) {
	if link {
		return pagination.Link{}, ""
	}
	if token := firstOf(names, cursorNames()); token != "" {
		path := d.im.find(body, "nextcursor", "nextpagetoken", "nexttoken", "nextpagecursor", "cursornext", "continuationtoken", "nextcontinuationtoken",
			"endcursor", "nextmarker", "nextpage"+bareName(token), "next"+bareName(token))
		if path == "" {
			return nil, "the parameter " + token + " looks like a cursor, but the answer has no member that fits it"
		}
		return pagination.Cursor{Path: path, Param: token, More: d.im.find(body, "hasmore", "hasnextpage", "morerecords", "moreresults")}, ""
	}
	if after, more := names["startingafter"], d.im.find(body, "hasmore"); after != "" && more != "" && d.recordsHave("id", body) {
		return pagination.Cursor{LastField: "id", Param: after, More: more}, ""
	}
	page := firstOf(names, pageNames())
	if page == "" {
		return nil, ""
	}
	if d.isText(page) {
		if path := d.im.find(body, "next"+bareName(page)); path != "" {
			return pagination.Cursor{Path: path, Param: page, More: d.im.find(body, "hasmore", "hasnextpage", "morerecords", "moreresults")}, ""
		}
		return nil, "the parameter " + page + " is text, and the answer has no member that fits it: set the action's Pagination"
	}
	if s := d.numbered(page, body); s != nil {
		return s, ""
	}
	return nil, "the parameter " + page + " looks like a page number or an offset, but the answer doesn't tell where the list ends: set the action's Pagination"
}

// isText says that a parameter of the query is declared as text: a cursor, whatever its name.
func (d *draft) isText(param string) bool {
	return slices.ContainsFunc(d.params, func(p parameter) bool {
		return p.In == waygate.InQuery && cmp.Or(p.As, p.Name) == param && string(rawjson.Get(p.schema.text, "type")) == `"string"`
	})
}

// recordsHave says whether the records have a member.
func (d *draft) recordsHave(name string, body bodyMembers) bool {
	if len(body.lists) != 1 {
		return false
	}
	n, ok := d.im.d.deref(body.lists[0].node)
	if !ok {
		return false
	}
	items := n.get("items")
	candidates := append([]node{items}, items.get("anyOf").items()...)
	return slices.ContainsFunc(candidates, func(c node) bool {
		c, ok := d.im.d.deref(c)
		return ok && rawjson.Get(c.get("properties").raw, name) != nil
	})
}
