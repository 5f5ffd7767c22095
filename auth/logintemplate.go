package auth

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
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
}

// compile reads the template.
func (t loginText) compile() (*template.Template, error) {
	if t.url {
		return template.CompileURL(t.src)
	}
	return template.CompileCalls(t.src, t.place)
}

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
	return append(list, loginText{field: "xml", src: p.XML, place: template.XML}, loginText{field: "text", src: p.Text})
}

// filler fills templates in.
type filler struct {
	kind   string
	env    template.Env
	lookup func(name string) (string, bool)
}

// fill gives the text of one template. field is where it stands in the definition.
func (f filler) fill(field string, t loginText) (string, error) {
	bad := func(err error) error { return &Error{Op: opRequest, Scheme: f.kind, Field: field, Err: err} }
	compiled, err := t.compile()
	if err != nil {
		return "", bad(err)
	}
	text, err := compiled.ExpandCalls(f.env, func(r template.Ref) (string, bool) {
		if r.Scope != "" {
			return "", false
		}
		return f.lookup(r.Name)
	})
	if err != nil { // which names what is missing, and no value
		return "", bad(err)
	}
	return text, nil
}

// probing is what functions take in a request that isn't sent.
func probing() template.Env { return template.Env{Now: time.Unix(0, 0), Random: zeros{}} }

// zeros are random bytes for a request that isn't sent.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// missing names the {credential.name} that keeps templates from being filled in, "" if nothing does, and why.
func (f filler) missing(steps []LoginStep) (name string, err error) {
	for _, p := range steps {
		for _, t := range p.texts() {
			if _, err := f.fill(t.field, t); err != nil {
				var at *template.Error
				if errors.As(err, &at) && strings.HasPrefix(at.Ref.Name, ofCredential) {
					name = strings.TrimPrefix(at.Ref.Name, ofCredential)
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
	f := filler{kind: kind, env: probing(), lookup: func(name string) (string, bool) {
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

// names lists those in a step's templates.
func (p LoginStep) names() (list []string) {
	for _, t := range p.texts() {
		compiled, err := t.compile()
		if err != nil {
			continue
		}
		for _, r := range compiled.Refs() {
			list = append(list, r.Name)
		}
	}
	return list
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
