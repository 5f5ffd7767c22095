package auth

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// Limits of a login.
const (
	maxLoginSteps  = 4
	maxLoginBody   = 16 << 10 // bytes of a body's template
	maxLoginDepth  = 8        // levels of a JSON body
	maxLoginValues = 16
)

// Validate checks the definition: the steps, that every name in a template is known where it stands, that no answer and no
// credential decides which host is asked, that the token is brought, and that Use is valid and obtains nothing itself.
// Who may receive the app's secret is for whoever has the connection to say, see [Login.Endpoints].
func (s Login) Validate() error {
	bad := func(field, why string) error {
		return &Error{Op: opValidate, Scheme: s.Kind(), Field: field, Reason: why}
	}
	if len(s.Steps) == 0 {
		return bad("steps", "are missing; give the requests of the login, 1 to 4")
	}
	if s.Lifetime < 0 || time.Duration(s.Lifetime) > maxExpiry {
		return bad("lifetime", "must be between 0 and "+strconv.Itoa(int(maxExpiry.Hours()/24/365))+" years")
	}
	obtained := s.obtained()
	if field, why := stepsFault("steps", s.Steps, func(name string) bool { return !slices.Contains(obtained, name) }); why != "" {
		return bad(field, why)
	}
	if len(s.Refresh) > 0 {
		if field, why := stepsFault("refresh", s.Refresh, func(string) bool { return true }); why != "" {
			return bad(field, why)
		}
		if !slices.Contains(obtained, valueRefreshToken) {
			return bad("refresh", `can't happen: no step brings a value "refresh_token"`)
		}
	}
	return s.carrier().validate()
}

// obtained are the values of the credential that the login brings.
func (s Login) obtained() []string {
	list := []string{valueAccessToken, valueRefreshToken}
	found := map[string]bool{}
	for _, p := range slices.Concat(s.Steps, s.Refresh) {
		for _, v := range p.Answer.Values {
			found[v.Name] = true
			if v.Keep {
				list = append(list, v.Name)
			}
		}
	}
	if !found[valueRefreshToken] {
		return append(list[:1], list[2:]...)
	}
	return list
}

// stepsFault checks steps in a row. given says whether a value can be the credential's before.
func stepsFault(field string, steps []LoginStep, given func(name string) bool) (at, why string) {
	if len(steps) > maxLoginSteps {
		return field, "are more than 4"
	}
	captured, at, why := stepFaults(field, steps, given)
	if why != "" {
		return at, why
	}
	if !captured[valueAccessToken] {
		return field, `bring no value "access_token"; name it in answer.values of a step, not as an optional one`
	}
	return "", ""
}

// stepFaults checks each of steps, and gives what they capture: true for what they always do.
func stepFaults(field string, steps []LoginStep, given func(name string) bool) (captured map[string]bool, at, why string) {
	captured = map[string]bool{}
	for i, p := range steps {
		at := field + "[" + strconv.Itoa(i) + "]"
		for _, check := range []func() (string, string){p.requestFault, p.textFault, p.Answer.fault, func() (string, string) { return p.nameFault(captured, given) }} {
			if field, why := check(); why != "" {
				return nil, at + "." + field, why
			}
		}
		for _, v := range p.Answer.Values {
			captured[v.Name] = captured[v.Name] || !v.Optional
		}
	}
	return captured, "", ""
}

// requestFault checks what isn't a template.
func (p LoginStep) requestFault() (field, why string) {
	if p.URL == "" {
		return "url", "is missing; give an absolute URL"
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut}, p.method()) {
		return "method", "must be GET, POST or PUT"
	}
	bodies := 0
	for _, there := range []bool{p.Form != nil, len(p.JSON) > 0, p.XML != "", p.Text != ""} {
		if there {
			bodies++
		}
	}
	switch {
	case bodies > 1:
		return "form", "is there beside another body; give one of form, json, xml and text"
	case bodies > 0 && p.method() == http.MethodGet:
		return "method", "is GET, which takes no body; send the values in query or headers"
	case len(p.Query) > maxExtras || len(p.Headers) > maxExtras || len(p.Form) > maxExtras:
		return "form", "query, headers and form have at most 32 entries each"
	case max(len(p.JSON), len(p.XML), len(p.Text)) > maxLoginBody:
		return "json", "a body's template has at most 16 KiB"
	}
	for name := range p.Headers {
		if why := p.headerFault(name); why != "" {
			return "headers." + written.Quote(name), why
		}
	}
	if len(p.JSON) > 0 {
		if _, _, err := jsontree.Parse(p.JSON, jsontree.Limits{Depth: maxLoginDepth}); err != nil {
			return "json", "is no JSON value of at most 8 levels"
		}
	}
	return "", ""
}

func (p LoginStep) headerFault(name string) string {
	switch {
	case !header.IsToken(name) || len(name) > maxPlaceName:
		return "is no header name of at most 256 bytes"
	case header.Reserved(name):
		return "is a header that a login can't set"
	case p.Basic != nil && strings.EqualFold(name, "Authorization"):
		return "is where basic puts the pair"
	}
	for other := range p.Headers {
		if other != name && strings.EqualFold(other, name) {
			return "is there twice, in two spellings"
		}
	}
	return ""
}

// textFault checks that the templates can be read.
func (p LoginStep) textFault() (field, why string) {
	for _, t := range p.texts() {
		compiled, err := t.compile()
		if why := templateFault(compiled, err); why != "" {
			return t.field, why
		}
		if len(t.src) > maxTextLength && t.field != "xml" && t.field != "text" {
			return t.field, "is longer than 2 KiB"
		}
	}
	if p.XML != "" {
		return "xml", xmlFault(p.XML)
	}
	return "", ""
}

// nameFault checks the names in a step's templates.
func (p LoginStep) nameFault(captured map[string]bool, given func(string) bool) (field, why string) {
	for _, t := range p.texts() {
		compiled, err := t.compile()
		if err != nil {
			continue
		}
		for _, ref := range compiled.Refs() {
			if why := nameFault(ref, captured, given); why != "" {
				return t.field, ref.String() + " " + why
			}
		}
	}
	compiled, err := template.CompileURL(p.URL)
	if err != nil {
		return "", ""
	}
	if probe, err := template.CompileURL(origin(p.URL)); err == nil {
		for _, ref := range probe.Refs() {
			if strings.Contains(ref.Name, ".") {
				return "url", "has " + ref.String() + " in its host; the connection's {parameters} alone may stand there"
			}
		}
	}
	if !compiled.FixedPort() {
		return "url", "has a value for its port; write the port out"
	}
	return "", ""
}

func nameFault(ref template.Ref, captured map[string]bool, given func(string) bool) string {
	group, name, dotted := strings.Cut(ref.Name, ".")
	if !dotted {
		return ""
	}
	switch group + "." {
	case ofCredential:
		if !isName(name) {
			return "can't be a value of a credential, whose names are of a-z, 0-9 and _"
		}
		if !given(name) {
			return "is what the login brings; while it lasts that is called {" + ofCaptured + name + "}"
		}
		return ""
	case ofCaptured:
		if _, known := captured[name]; !known {
			return "is captured by no step before"
		}
		return ""
	case ofClient:
		if name == "id" || name == "secret" {
			return ""
		}
	}
	return "is not known; write {credential.name}, {captured.name}, {client.id}, {client.secret} or the {name} of a parameter"
}

// Endpoints lists the URLs of all steps, and what may be sent there. Of one whose path holds other values than
// {parameters}, the origin stands for it.
func (s Login) Endpoints() []Endpoint {
	return append(stepEndpoints("steps", s.Steps), stepEndpoints("refresh", s.Refresh)...)
}

func stepEndpoints(field string, steps []LoginStep) (list []Endpoint) {
	for i, p := range steps {
		list = append(list, Endpoint{Name: field + "[" + strconv.Itoa(i) + "].url", Template: origin(p.URL),
			Client: slices.Contains(p.names(), ofClient+"secret"), Grant: true})
	}
	return list
}
