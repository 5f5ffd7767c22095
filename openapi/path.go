package openapi

import (
	"strings"

	"github.com/waygate-go/waygate/internal/template"
)

// variable is a {name} of a path.
type variable struct {
	name  string // as the document has it
	as    string // as the template has it
	slash bool   // it stands for several segments
	query string // the name in the query, where it stands there
}

// path makes a template of the path key: literals are escaped, variables get names that a template takes, a query moves
// to the parameters, a fragment goes.
func (d *draft) path() *fault {
	path, fragment, hasFragment := strings.Cut(d.op.Path, "#")
	if hasFragment && (strings.Contains(fragment, "=") || path == "" || path == "/") {
		return &fault{SkipPseudoPath, d.op.node, "what is behind # tells the operation, but is never sent: such an API takes it elsewhere"}
	}
	if hasFragment {
		d.note(NotePath, d.op.node, "what is behind # isn't sent")
	}
	path, query, _ := strings.Cut(path, "?")
	if strings.HasPrefix(query, "}") { // {path?}
		path, query = path+query, ""
	}
	text, bad := d.pathText(path)
	if bad != nil {
		return bad
	}
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") {
		d.note(NotePath, d.op.node, "the path was made to begin with one /")
		text = "/" + strings.TrimLeft(text, "/")
	}
	if query != "" {
		text += d.pathQuery(query)
	}
	plain, _, _ := strings.Cut(text, "?")
	if _, err := template.Compile(plain, template.Path); err != nil {
		return &fault{SkipPath, d.op.node, "the path can't be a template: " + err.Error()}
	}
	d.action.Path = text
	return nil
}

func (d *draft) pathText(path string) (string, *fault) {
	var out strings.Builder
	for path != "" {
		open := strings.IndexByte(path, '{')
		if open < 0 {
			out.WriteString(escapedPath(path, false))
			break
		}
		end := strings.IndexByte(path[open:], '}')
		if end < 0 || strings.IndexByte(path[open+1:open+end], '{') >= 0 {
			return "", &fault{SkipPath, d.op.node, "braces in the path don't match"}
		}
		out.WriteString(escapedPath(path[:open], true))
		v := d.variable(path[open+1 : open+end])
		if v.as == "" {
			return "", &fault{SkipPath, d.op.node, "a variable of the path has no name"}
		}
		out.WriteString("{" + v.as + "}")
		path = path[open+end+1:]
	}
	return out.String(), nil
}

// variable notes a {name} of the path, once. {+name}, {name+} and {name*} stand for several segments.
func (d *draft) variable(inside string) variable {
	name := strings.TrimSpace(inside)
	slash := false
	for _, mark := range []string{"+", "*"} {
		if bare := strings.Trim(name, mark); bare != name && d.declares(name) == "" {
			name, slash = bare, true
		}
	}
	if bare := strings.TrimRight(name, "?:"); bare != name && d.declares(name) == "" {
		name = bare
	}
	for _, v := range d.vars {
		if v.name == name {
			return v
		}
	}
	v := variable{name: name, as: safeName(name), slash: slash}
	for _, other := range d.vars {
		if other.as == v.as && v.as != "" {
			v.as += "_"
		}
	}
	d.vars = append(d.vars, v)
	return v
}

// declares says where a parameter of that name is, "" if there is none.
func (d *draft) declares(name string) string {
	for _, from := range []node{d.op.node, d.op.item} {
		for _, p := range from.get("parameters").items() {
			if p, ok := d.im.d.deref(p); ok && p.text("name") == name {
				return p.text("in")
			}
		}
	}
	return ""
}

// safeName makes a name that a template takes.
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (isLower(byte(r)) || isUpper(byte(r)) || isDigit(byte(r)) || strings.ContainsRune("._-", r)) {
			return r
		}
		return '_'
	}, name)
}

// escapedPath escapes what can't stand in a path as it is (RFC 3986, section 3.3). A dollar before a variable would be
// read with it.
func escapedPath(s string, variable bool) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		escape := c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) || c == '$' && variable && i == len(s)-1
		if !escape && (isLower(c) || isUpper(c) || isDigit(c) || strings.IndexByte("-._~!$&'()*+,;=:@/%", c) >= 0) {
			out.WriteByte(c)
			continue
		}
		out.WriteByte('%')
		out.WriteByte(hex[c>>4])
		out.WriteByte(hex[c&15])
	}
	return out.String()
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// pathQuery keeps what is literal in the query of a path key; variables become parameters of the query.
func (d *draft) pathQuery(query string) string {
	d.note(NotePath, d.op.node, "the query in the path: literals are always sent, variables became parameters of the query")
	var literal []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if inner, ok := strings.CutPrefix(value, "{"); ok && strings.HasSuffix(inner, "}") {
			d.vars = append(d.vars, variable{name: strings.TrimSuffix(inner, "}"), query: name})
			continue
		}
		if inner := strings.Trim(pair, "{}?&*"); inner != pair && !strings.Contains(pair, "=") { // {&a} or {?a,b} of RFC 6570
			for name := range strings.SplitSeq(inner, ",") {
				d.vars = append(d.vars, variable{name: name, query: name})
			}
			continue
		}
		if pair == "" || strings.ContainsAny(pair, "{}") {
			continue
		}
		literal = append(literal, strings.ReplaceAll(escapedPath(name, true), "&", "%26")+"="+strings.ReplaceAll(escapedPath(value, true), "&", "%26"))
	}
	if len(literal) == 0 {
		return ""
	}
	return "?" + strings.Join(literal, "&")
}
