package readers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/waygatetest"
)

// bench is a document that is served by Prism, behind a recorder, and a tenant who calls it.
type bench struct {
	name  string
	ours  *imported
	kin   *openapi3.T
	route routers.Router
	acme  *waygate.Tenant
	proxy *recorder
	maker maker
	count counts
	known []reason
}

// counts says how much was compared.
type counts struct {
	operations, parameters, bodies, signed, leftOut int
	places                                          map[string]int
}

// newBench imports a document and connects acme to Prism, or to nothing that judges.
func newBench(t *testing.T, path string, judged bool, known []reason) *bench {
	t.Helper()
	raw := file(t, path)
	prism := ""
	if judged {
		prism = startPrism(t, path)
	}
	b := &bench{name: path, proxy: record(t, prism), known: known}
	b.count.places = map[string]int{}
	var err error
	b.kin, err = readByKin(raw)
	must(t, err)
	b.route, err = routes(b.kin)
	must(t, err)
	b.ours = readByUs(t, path, raw, openapi.ImportOptions{ID: "api"})
	if b.ours.Report.Skipped > 0 {
		t.Errorf("skipped: %v", b.ours.Report.Skips)
	}
	gw := waygatetest.New(t, waygatetest.WithConfig(func(c *waygate.Config) { c.Egress = b.proxy.Policy() }))
	in := b.ours.Integration
	in.Retry, in.Breaker = resilience.Never{}, &resilience.BreakerSettings{Disabled: true}
	must(t, gw.Register(t.Context(), in))
	b.acme = gw.Tenant("acme")
	_, err = b.acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", BaseURL: b.proxy.URL(), Credential: credential(t, in.Auth), Unverified: true})
	must(t, err)
	return b
}

// credential is one that a scheme takes.
func credential(t *testing.T, s auth.Scheme) auth.Credential {
	t.Helper()
	raw, err := json.Marshal(s)
	must(t, err)
	fields := map[string]string{"token": "t-12345678", "key": "k-12345678"}
	for _, match := range regexp.MustCompile(`"field":"([^"]+)"`).FindAllSubmatch(raw, -1) {
		fields[string(match[1])] = fmt.Sprintf("k%d-12345678", len(fields))
	}
	for _, c := range []auth.Credential{auth.Fields(fields), auth.Grant("t-12345678", "", time.Time{}), auth.UserPassword("ada", "p-12345678"), {}} {
		if s.Accepts(c) == nil {
			return c
		}
	}
	t.Fatalf("no credential for %s", raw)
	return auth.Credential{}
}

// made is an input, and what is to be read from the request that it makes.
type made struct {
	input  map[string]any
	values map[place]any
	body   any // nil: none
}

// call makes one call and compares.
func (b *bench) call(t *testing.T, a waygate.HTTPAction) {
	t.Helper()
	op := b.ours.operations[a.ID]
	at := op.Method + " " + op.Path
	item := b.kin.Paths.Value(op.Path)
	theirs := item.GetOperation(op.Method)
	params := declared(item, theirs)
	m, err := b.make(a, theirs, params)
	if err != nil {
		b.complain(t, at, err)
		return
	}
	_, err = b.acme.Invoke(t.Context(), "api."+a.ID, m.input, waygate.On("main"))
	seen := b.proxy.take()
	if len(seen) != 1 {
		b.complain(t, at, fmt.Errorf("%d requests: %w", len(seen), err))
		return
	}
	b.count.operations++
	if x := seen[0]; b.proxy.prism != nil && !x.accepted() {
		b.complain(t, at+" prism", fmt.Errorf("%v", x))
	}
	b.compare(t, at, seen[0], theirs, params, m)
}

// reason is why something that a test finds is no fault of the import's.
type reason struct {
	match *regexp.Regexp // of the operation, and of what is said of it
	times int            // how often it is found, exactly
	why   string
}

// complain reports what isn't known.
func (b *bench) complain(t *testing.T, at string, err error) {
	t.Helper()
	text := at + ": " + err.Error()
	for i := range b.known {
		if b.known[i].match.MatchString(text) {
			b.known[i].times--
			b.count.leftOut++
			return
		}
	}
	t.Error(text)
}

// make makes an input with all that is declared.
func (b *bench) make(a waygate.HTTPAction, op *openapi3.Operation, params []*openapi3.Parameter) (*made, error) {
	m := &made{input: map[string]any{}, values: map[place]any{}}
	for _, p := range params {
		at := placeOf(p)
		if ignored(p) || signs(b.kin, p.In, p.Name) {
			b.count.signed++
			continue
		}
		ref := p.Schema
		for _, media := range p.Content {
			ref = media.Schema
		}
		v := b.maker.value(ref, settingOf(p), 0)
		if v == nil {
			return nil, fmt.Errorf("no value for %s", at)
		}
		if err := m.put(a, waygate.In(p.In), p.Name, v); err != nil {
			return nil, err
		}
		m.values[at] = v
	}
	if op.RequestBody == nil || a.Method == "GET" || a.Method == "HEAD" {
		return m, nil
	}
	return m, b.makeBody(m, a, op.RequestBody.Value)
}

// ignored are headers that OpenAPI says are to be ignored as parameters (3.0.3, section 4.7.12.1).
func ignored(p *openapi3.Parameter) bool {
	return p.In == "header" && slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(p.Name))
}

// settingOf says where delimiters would be taken for such: kin-openapi and Prism part after they have unescaped.
func settingOf(p *openapi3.Parameter) setting {
	if len(p.Content) > 0 && p.In == "query" {
		return anywhere
	}
	if p.Schema == nil || p.In == "header" || p.In == "cookie" {
		return delimited
	}
	sm, err := p.SerializationMethod()
	scalar := !slices.Contains([]string{"array", "object"}, kindOf(whole(p.Schema.Value, 0)))
	if err == nil && (scalar || p.In == "query" && (sm.Style == "form" && sm.Explode || sm.Style == "deepObject")) {
		return anywhere
	}
	return delimited
}

// put puts a value to where the input has the parameter of that place and name.
func (m *made) put(a waygate.HTTPAction, in waygate.In, name string, v any) error {
	member := ""
	for _, p := range a.Parameters {
		wire := p.As
		if wire == "" {
			wire = p.Name
		}
		if p.In == in && (wire == name || in == waygate.InHeader && strings.EqualFold(wire, name) || in == waygate.InPath && p.Name == name) {
			member = p.Name
		}
	}
	group := m.input
	if a.Layout == waygate.LayoutGrouped && in != waygate.InBody {
		if member == "" {
			member = name
		}
		g, _ := m.input[string(in)].(map[string]any)
		if g == nil {
			g = map[string]any{}
			m.input[string(in)] = g
		}
		group = g
	}
	if in == waygate.InBody && member == "" {
		member = name
	}
	if member == "" {
		return fmt.Errorf("the action has no parameter %s %s", in, name)
	}
	if _, taken := group[member]; taken {
		return fmt.Errorf("the action has two members %s", member)
	}
	group[member] = given(v, in == waygate.InBody && encoding(a) != waygate.BodyJSON)
	return nil
}

func encoding(a waygate.HTTPAction) waygate.BodyEncoding {
	if a.Body == nil || a.Body.Encoding == "" {
		return waygate.BodyJSON
	}
	return a.Body.Encoding
}

// makeBody makes a body of the media type that the import chose.
func (b *bench) makeBody(m *made, a waygate.HTTPAction, body *openapi3.RequestBody) error {
	media := chosen(a, body.Content)
	if media == nil {
		return errors.New("the import chose a media type that kin-openapi doesn't have")
	}
	v := b.maker.value(media.Schema, anywhere, 0)
	if encoding(a) == waygate.BodyBytes {
		v = content(fmt.Sprintf("v%d\x00\xff", b.maker.made))
	}
	if v == nil {
		return errors.New("no value for the body")
	}
	m.body = v
	switch {
	case a.Layout == waygate.LayoutGrouped:
		m.input["body"] = given(v, encoding(a) != waygate.BodyJSON)
	case a.Body != nil && (a.Body.Member != "" || a.Body.Encoding == waygate.BodyText || a.Body.Encoding == waygate.BodyBytes):
		m.input["body"] = given(v, encoding(a) == waygate.BodyBytes)
	default:
		for _, name := range slices.Sorted(maps.Keys(v.(map[string]any))) {
			if err := m.put(a, waygate.InBody, name, v.(map[string]any)[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// chosen is the media type that an action sends.
func chosen(a waygate.HTTPAction, c openapi3.Content) *openapi3.MediaType {
	if a.Body != nil && a.Body.Type != "" {
		return c.Get(a.Body.Type)
	}
	if unnamed := c[""]; unnamed != nil && len(c) == 1 {
		return unnamed
	}
	types := map[waygate.BodyEncoding]string{waygate.BodyJSON: "application/json", waygate.BodyForm: "application/x-www-form-urlencoded",
		waygate.BodyMultipart: "multipart/form-data", waygate.BodyText: "text/plain", waygate.BodyBytes: "application/octet-stream"}
	if odd := c["application/form-data"]; odd != nil && encoding(a) == waygate.BodyForm {
		return odd // is no media type: a form is meant
	}
	return c.Get(types[encoding(a)])
}

// withoutFragment is a path without what some documents tell operations apart by.
func withoutFragment(path string) string {
	path, _, _ = strings.Cut(path, "#")
	return path
}

// compare holds what was sent against what kin-openapi reads from it.
func (b *bench) compare(t *testing.T, at string, x exchange, op *openapi3.Operation, params []*openapi3.Parameter, m *made) {
	t.Helper()
	d, path, err := decode(b.route, x)
	if err != nil || x.method+" "+path != withoutFragment(at) {
		b.complain(t, at+" route", fmt.Errorf("kin-openapi finds %s, %w for %v", path, err, x))
		return
	}
	for _, p := range params {
		where := placeOf(p)
		want, sent := m.values[where]
		if !sent {
			continue
		}
		got, err := d.parameter(p)
		if err != nil || !same(want, got) {
			b.complain(t, at+" "+where.String(), fmt.Errorf("given %#v, kin-openapi reads %#v, %w in %v", want, got, err, x))
			continue
		}
		b.count.parameters++
		b.count.places[p.In]++
	}
	if extra := d.undeclared(params, b.kin); len(extra) > 0 {
		b.complain(t, at+" undeclared", fmt.Errorf("%v in %v", extra, x))
	}
	if m.body == nil {
		return
	}
	got, err := d.body(op.RequestBody.Value)
	if err != nil || !same(given(m.body, false), got) {
		b.complain(t, at+" body", fmt.Errorf("given %#v, kin-openapi reads %#v, %w in %v", m.body, got, err, x))
		return
	}
	b.count.bodies++
}
