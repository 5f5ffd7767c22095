package auth

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// What the names in a login's templates begin with, if they aren't a parameter's.
const (
	ofCredential = "credential."
	ofCaptured   = "captured."
	ofClient     = "client."
)

// loginText is one template of a step.
type loginText struct {
	field string // below the step
	src   string
	place template.Place
	url   bool
	xml   bool
}

// compile reads the template.
func (t loginText) compile() (*template.Template, error) { return compileFor(t.url, t.place, t.src) }

// texts lists the templates of a step, in the order in which they are filled in. A JSON that can't be read has none.
func (p LoginStep) texts() []loginText {
	list := []loginText{{field: "url", src: p.URL, url: true}}
	add := func(field string, place template.Place, m map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			list = append(list, loginText{field: field + "." + written.Quote(name), src: m[name], place: place})
		}
	}
	add("query", template.Text, p.Query)
	add("headers", template.Header, p.Headers)
	if p.Basic != nil {
		list = append(list, loginText{field: "basic.user", src: p.Basic.User, place: template.Header},
			loginText{field: "basic.password", src: p.Basic.Password, place: template.Header})
	}
	add("form", template.Text, p.Form)
	_, _ = rewriteJSON(p.JSON, func(src string) (string, error) {
		list = append(list, loginText{field: "json", src: src})
		return src, nil
	})
	return append(list, loginText{field: "xml", src: p.XML, xml: true}, loginText{field: "text", src: p.Text})
}

// filler fills templates in.
type filler struct {
	kind   string
	lookup func(name string) (string, bool)
}

// fill gives the text of one template. field is where it stands in the definition.
func (f filler) fill(field string, t loginText) (string, error) {
	bad := func(err error) error { return &Error{Op: opRequest, Scheme: f.kind, Field: field, Err: err} }
	compiled, err := t.compile()
	if err != nil {
		return "", bad(err)
	}
	var broken error
	text, err := compiled.Expand(func(r template.Ref) (string, bool) {
		if r.Scope != "" {
			return "", false
		}
		v, ok := f.lookup(r.Name)
		if !t.xml {
			return v, ok
		}
		escaped, fits := escapeXML(v)
		if !fits {
			broken = &template.Error{Ref: r, Reason: "the value has a character that no XML can carry"}
		}
		return escaped, ok
	})
	if err == nil {
		err = broken
	}
	if err != nil { // which names what is missing, and no value
		return "", bad(err)
	}
	return text, nil
}

// missing names the {credential.name} that keeps templates from being filled in, "" if nothing does, and why.
func (f filler) missing(steps []LoginStep) (name string, err error) {
	for _, p := range steps {
		for _, t := range p.texts() {
			if _, err := f.fill(t.field, t); err != nil {
				var at *template.Error
				if errors.As(err, &at) {
					name, _ = strings.CutPrefix(at.Ref.Name, ofCredential)
				}
				return name, err
			}
		}
	}
	return "", nil
}

// canLogin asks for every value of the credential that the steps need.
func (s Login) canLogin(op string, c Credential) error { return canFill(op, s.Kind(), s.Steps, c) }

// canFill fills the steps in with c, and something that fits everywhere in place of what isn't known yet.
func canFill(op, kind string, steps []LoginStep, c Credential) error {
	f := filler{kind: kind, lookup: func(name string) (string, bool) {
		if own, ok := strings.CutPrefix(name, ofCredential); ok {
			v := c.Values[own].Reveal()
			return v, v != ""
		}
		return "1", true
	}}
	name, err := f.missing(steps)
	switch {
	case err == nil:
		return nil
	case name == "":
		return &Error{Op: op, Scheme: kind, Field: "values", Reason: "can't be used in the requests of the login", Err: err}
	case c.Values[name].Reveal() != "":
		return &Error{Op: op, Scheme: kind, Field: "values." + name, Reason: "has a character that can't stand where the login sends it", Err: err}
	}
	return &Error{Op: op, Scheme: kind, Field: "values." + name, Reason: "is missing or empty; give the connection auth.Fields with that name"}
}

// refs lists the names that a step's templates hold; scoped is one that isn't a plain {name}.
func (p LoginStep) refs() (names []string, scoped string) {
	for _, t := range p.texts() {
		compiled, err := t.compile()
		if err != nil {
			continue
		}
		for _, r := range compiled.Refs() {
			if r.Scope != "" {
				scoped = r.String()
			}
			names = append(names, r.Name)
		}
	}
	return names, scoped
}

// rewriteJSON changes the strings of a JSON text that aren't names of members, and leaves all else as it is but for space.
func rewriteJSON(raw []byte, change func(string) (string, error)) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out)
	for {
		token, err := dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return bytes.TrimRight(out.Bytes(), "\n"), nil
		}
		if err != nil {
			return nil, err
		}
		around, n := dec.StackIndex(dec.StackDepth())
		if token.Kind() == '"' && (around != '{' || n%2 == 0) {
			text, err := change(token.String())
			if err != nil {
				return nil, err
			}
			if !utf8.ValidString(text) {
				return nil, errNotUTF8
			}
			token = jsontext.String(text)
		}
		if err := enc.WriteToken(token); err != nil {
			return nil, err
		}
	}
}

var errNotUTF8 = errors.New("auth: not valid UTF-8, which no JSON can carry")
