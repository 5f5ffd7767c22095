package openapi

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/rawjson"
)

// security is what a document says of how requests are signed.
type security struct {
	schemes map[string]*scheme
	order   []string
	places  []auth.Place
	root    node // the document's own requirements
	// taken are the alternatives that imported operations need, in the order of first use.
	taken []requirement
	given bool // the host says how
}

// scheme is one of the document's.
type scheme struct {
	name string
	node
	whole   auth.Scheme // nil: it can't be signed with
	carrier auth.Scheme // signs with what whole obtained
	why     string      // whole is nil
}

// requirement is one alternative: all of its schemes together. None is an alternative too.
type requirement struct {
	schemes []*scheme
	scopes  []string
}

func (im *importer) readSecurity() *security {
	s := &security{schemes: map[string]*scheme{}, root: im.d.root.get("security"), given: im.o.Auth != nil}
	if s.given {
		if p, ok := im.o.Auth.(auth.Placer); ok {
			s.places = p.Places()
		}
		return s
	}
	list := im.d.root.get("components").get("securitySchemes")
	if im.d.version == v20 {
		list = im.d.root.get("securityDefinitions")
	}
	together, used := im.together(), im.usedSchemes()
	for _, m := range list.members() {
		n, ok := im.d.deref(m.node)
		sc := &scheme{name: m.name, node: n}
		if ok {
			sc.read(im, together[m.name])
		} else {
			sc.why = "it refers to something that isn't there"
		}
		s.schemes[m.name] = sc
		s.order = append(s.order, m.name)
		if p, ok := sc.whole.(auth.Placer); ok && (used == nil || used[m.name]) {
			s.places = append(s.places, p.Places()...)
		}
	}
	return s
}

// together are the schemes that some requirement asks for beside another.
func (im *importer) together() map[string]bool {
	found := map[string]bool{}
	lists := []node{im.d.root.get("security")}
	for _, op := range im.d.ops {
		lists = append(lists, op.get("security"))
	}
	for _, list := range lists {
		for _, alternative := range rawjson.Array(list.raw) {
			if members := rawjson.Object(alternative); len(members) > 1 {
				for _, m := range members {
					found[m.Name] = true
				}
			}
		}
	}
	return found
}

// read makes a scheme of ours of one of the document's.
func (s *scheme) read(im *importer, beside bool) {
	switch kind := strings.ToLower(s.text("type")); kind {
	case "apikey":
		s.key(beside)
	case "basic":
		s.set(auth.Basic{})
	case "http":
		switch strings.ToLower(s.text("scheme")) {
		case "basic":
			s.set(auth.Basic{})
		case "bearer":
			s.set(auth.Bearer{})
		default:
			s.why = "of the HTTP schemes only basic and bearer can be signed with"
		}
	case "oauth2":
		s.oauth2(im)
	case "openidconnect":
		s.set(auth.Bearer{})
		im.note(NoteAuth, s.node, "OpenID Connect: the connection brings an access token")
	case "mutualtls":
		s.why = "a client certificate: set ImportOptions.Auth to auth.ClientCertificate"
	default:
		s.why = "there is no such type of scheme"
	}
	if s.whole == nil {
		return
	}
	if err := s.whole.Validate(); err != nil {
		s.whole, s.carrier, s.why = nil, nil, "it can't be signed with: "+err.Error()
	}
}

func (s *scheme) set(x auth.Scheme) { s.whole, s.carrier = x, x }

// key is a secret in a header, query or cookie. Beside another, each has a value of its own in the credential.
func (s *scheme) key(beside bool) {
	k := auth.Key{In: auth.In(s.text("in")), Name: s.text("name")}
	if k.In == "" {
		k.In = auth.InHeader
	}
	if beside {
		k.Field = cut(slug(s.name), 64)
	}
	s.set(k)
}

// oauth2 takes the flow that serves a connection best.
func (s *scheme) oauth2(im *importer) {
	flows := []struct {
		names []string
		grant auth.GrantType
	}{
		{[]string{"authorizationCode", "accessCode"}, auth.GrantAuthorizationCode},
		{[]string{"clientCredentials", "application"}, auth.GrantClientCredentials},
		{[]string{"password"}, auth.GrantPassword},
	}
	for _, f := range flows {
		n, ok := s.flow(f.names)
		if !ok {
			continue
		}
		o := auth.OAuth2{Grant: f.grant, TokenURL: im.endpoint(n.text("tokenUrl")), RefreshURL: im.endpoint(n.text("refreshUrl"))}
		if f.grant == auth.GrantAuthorizationCode {
			o.AuthorizeURL = im.endpoint(n.text("authorizationUrl"))
			o.Grant = ""
		}
		if o.Validate() == nil {
			s.whole, s.carrier = o, auth.Bearer{}
			if n := len(s.get("flows").members()); n > 1 {
				im.note(NoteAuth, s.node, "several flows of OAuth 2: tokens are got by "+string(cmp.Or(f.grant, auth.GrantAuthorizationCode))+
					", unless ImportOptions.Auth names another")
			}
			return
		}
	}
	s.set(auth.Bearer{})
	im.note(NoteAuth, s.node, "the document names no flow of OAuth 2 with a token endpoint: the connection brings an access token")
}

// flow finds a flow by its names in OpenAPI 3 and in Swagger 2.0.
func (s *scheme) flow(names []string) (node, bool) {
	for _, name := range names {
		if f := s.get("flows").get(name); f.exists() {
			return f, true
		}
		if s.text("flow") == name {
			return s.node, true
		}
	}
	return node{}, false
}

// endpoint resolves a URL of the scheme's; 3.1 allows relative ones.
func (im *importer) endpoint(text string) string {
	u, err := url.Parse(text)
	if text == "" || err != nil || u.IsAbs() {
		return text
	}
	base, err := url.Parse(im.server.base)
	if err != nil || strings.ContainsAny(im.server.base, "{}") {
		return text
	}
	return base.ResolveReference(u).String()
}

// requirements reads a list of alternatives. ok is false if none of them can be signed with.
func (s *security) requirements(list node) (out []requirement, optional bool, why string) {
	for _, item := range list.items() {
		var r requirement
		bad := ""
		for _, m := range item.members() {
			sc := s.schemes[m.name]
			if sc == nil {
				bad = "the scheme " + m.name + " isn't declared"
			} else if sc.whole == nil {
				bad = m.name + ": " + sc.why
			} else if !slices.ContainsFunc(r.schemes, sc.same) {
				r.schemes = append(r.schemes, sc)
			}
			for _, v := range rawjson.Array(m.raw) {
				if scope, ok := rawjson.Text(v); ok {
					r.scopes = append(r.scopes, scope)
				}
			}
		}
		switch {
		case bad == "" && len(r.schemes) > 1 && together(r, false).Validate() != nil:
			bad = "the schemes of one alternative write to the same place"
		case bad == "" && len(r.schemes) == 0:
			optional = true
			continue
		}
		if bad != "" {
			why = bad
			continue
		}
		out = append(out, r)
	}
	return out, optional, why
}

// same says whether another scheme signs in the same way: it is there twice, under two names.
func (s *scheme) same(o *scheme) bool {
	a, aOK := s.carrier.(auth.Key)
	b, bOK := o.carrier.(auth.Key)
	if a.Field, b.Field = "", ""; aOK && bOK {
		return a == b
	}
	x, errX := json.Marshal(s.carrier)
	y, errY := json.Marshal(o.carrier)
	return errX == nil && errY == nil && string(x) == string(y)
}

// together is the scheme of one alternative.
func together(r requirement, carriers bool) auth.Scheme {
	var list []auth.Scheme
	for _, s := range r.schemes {
		if carriers {
			list = append(list, s.carrier)
		} else {
			list = append(list, s.whole)
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return auth.All{Schemes: list}
}

// anyOf is the scheme of several alternatives, without doubles; those of more members first, because the first that takes
// a credential signs.
func anyOf(list []requirement, carriers bool, more ...auth.Scheme) auth.Scheme {
	const most = 16
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b requirement) int { return len(b.schemes) - len(a.schemes) })
	var out []auth.Scheme
	seen := map[string]bool{}
	oauth := false
	for _, r := range list {
		x := together(r, carriers)
		if obtains(x) {
			if oauth {
				x = together(r, true) // one credential has one way to get its token
			}
			oauth = true
		}
		raw, err := json.Marshal(x)
		if err == nil && !seen[string(raw)] && len(out)+len(more) < most {
			seen[string(raw)] = true
			out = append(out, x)
		}
	}
	if out = append(out, more...); len(out) == 1 {
		return out[0]
	}
	return auth.Any{Schemes: out}
}

// obtains says whether a scheme gets tokens.
func obtains(s auth.Scheme) bool {
	switch s := s.(type) {
	case auth.OAuth2:
		return true
	case auth.All:
		return slices.ContainsFunc(s.Schemes, obtains)
	}
	return false
}
