package openapi

import (
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
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
	body := d.im.answerMembers(ans)
	lists := body.lists()
	switch {
	case body.array:
	case len(lists) == 1:
		d.action.Records = lists[0].name
	default:
		return // no list, or one of several
	}
	strategy, why := d.strategy(ans, body)
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
	im      *importer
}

// answerMembers looks at the top of an answer's schema.
func (im *importer) answerMembers(a answer) bodyMembers {
	i := slices.IndexFunc(a.types, isJSONType)
	out := bodyMembers{im: im}
	im.topMembers(a.schema[i], &out, 0)
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

// lists are the members that are arrays of objects; of any values, if there are none of those.
func (b bodyMembers) lists() []namedNode {
	var objects, others []namedNode
	for _, m := range b.members {
		if m.name == "" || strings.ContainsAny(m.name, ".[]\"'$@*") {
			continue
		}
		n, ok := b.im.d.deref(m.node)
		if !ok || b.im.shape(n, 0) != arrayShape {
			continue
		}
		if b.im.shape(n.get("items"), 0) == objectShape {
			objects = append(objects, m)
		} else {
			others = append(others, m)
		}
	}
	if len(objects) > 0 {
		return objects
	}
	return others
}

// find gives the path of a member, at the top or one level down, whose name is one of these.
func (b bodyMembers) find(names ...string) string {
	for _, m := range b.members {
		if slices.Contains(names, bareName(m.name)) && isPlain(m.name) {
			return m.name
		}
	}
	for _, m := range b.members {
		n, ok := b.im.d.deref(m.node)
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

// isPlain says that a name can stand in a path as it is.
func isPlain(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// bareName is a name in small letters, without what parts its words.
func bareName(name string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "", "$", "", "[", "", "]", "").Replace(strings.ToLower(name))
}

// query finds a parameter of the query by its bare name.
func (d *draft) query(names ...string) string {
	for _, want := range names {
		for _, p := range d.params {
			as := p.As
			if as == "" {
				as = p.Name
			}
			if p.In == waygate.InQuery && bareName(as) == want {
				return as
			}
		}
	}
	return ""
}

// strategy finds what parameter and answer agree on. why says what looks like pages, but isn't sure.
func (d *draft) strategy(a answer, body bodyMembers) (s pagination.Strategy, why string) {
	for _, h := range a.at.get("headers").members() {
		if strings.EqualFold(h.name, "link") {
			return pagination.Link{}, ""
		}
	}
	token := d.query("cursor", "pagetoken", "nexttoken", "nextpagetoken", "continuationtoken", "continuation", "nextcursor", "pagecursor", "after", "pageafter", "startingtoken", "marker")
	if token != "" {
		path := body.find("nextcursor", "nextpagetoken", "nexttoken", "nextpagecursor", "cursornext", "continuationtoken", "nextcontinuationtoken",
			"endcursor", "nextmarker", "nextpage"+bareName(token), "next"+bareName(token))
		if path != "" {
			c := pagination.Cursor{Path: path, Param: token, More: body.find("hasmore", "hasnextpage", "morerecords", "moreresults")}
			return c, ""
		}
		return nil, "the parameter " + token + " looks like a cursor, but the answer has no member that fits it"
	}
	if after, more := d.query("startingafter"), body.find("hasmore"); after != "" && more != "" && d.recordsHave("id", body) {
		return pagination.Cursor{LastField: "id", Param: after, More: more}, ""
	}
	if page := d.query("page", "pagenumber", "offset", "skip", "start", "startindex", "pageindex"); page != "" {
		return nil, "the parameter " + page + " looks like a page number or an offset: set the action's Pagination"
	}
	return nil, ""
}

// recordsHave says whether the records have a member.
func (d *draft) recordsHave(name string, body bodyMembers) bool {
	lists := body.lists()
	if len(lists) != 1 {
		return false
	}
	n, ok := d.im.d.deref(lists[0].node)
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
