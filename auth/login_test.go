package auth_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

func asTokenError(err error, into **auth.TokenError) bool { return errors.As(err, into) }

// plainLogin is a login with nothing special.
func plainLogin() auth.Login {
	return auth.Login{Steps: []auth.LoginStep{{
		URL:    "https://id.example.com/login",
		Form:   map[string]string{"user": "{credential.user}", "password": "{credential.password}"},
		Answer: auth.LoginAnswer{Values: token("token")},
	}}}
}

// fullLogin has every field set.
func fullLogin() auth.Login {
	step := auth.LoginStep{
		Method: "PUT", URL: "https://{shop}.example.com/login/{credential.user}", Query: map[string]string{"v": "{version:-1}"},
		Headers: map[string]string{"X-Signature": "{hmac('sha256', client.secret, credential.user)}", "Accept": "application/json"},
		Basic:   &auth.LoginPair{User: "{client.id}", Password: "{client.secret}"},
		Answer: auth.LoginAnswer{Format: auth.FormatJSON,
			Values: []auth.LoginValue{{Name: "access_token", From: auth.FromBody, Path: "data[0].token", Prefix: "Bearer "}, {Name: "refresh_token", Path: "data[0].again"},
				{Name: "csrf", From: auth.FromCookie, Path: "csrf", Keep: true, Optional: true}},
			Expires:  &auth.LoginExpiry{From: auth.FromHeader, Path: "X-Until", Form: auth.ExpiryEpochMillis},
			Statuses: []int{200, 302}, Success: "ok", SuccessValues: []string{"yes"}, Error: "fault", Description: "why", RefusedCodes: []string{"E1"},
			RefusedStatuses: []int{403}},
	}
	text := step
	text.Basic, text.Text, text.Answer.Format = nil, "{captured.csrf:-none} {captured.access_token}", ""
	form := step
	form.Form = map[string]string{"a[b]": "{credential.refresh_token}"}
	bodied := step
	bodied.JSON = json.RawMessage(`{"z":{"a":["{credential.password}",1.50,true,null]},"{a}":"{{"}`)
	document := step
	document.XML = `<a b="{credential.password}">{shop}</a>`
	return auth.Login{Steps: []auth.LoginStep{bodied, document, text}, Refresh: []auth.LoginStep{form}, Lifetime: auth.Duration(time.Hour),
		Use: auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "X-CSRF", Field: "csrf"}}}}
}

func TestLoginValidate(t *testing.T) {
	t.Parallel()
	with := func(change func(*auth.LoginStep)) auth.Login {
		s := plainLogin()
		change(&s.Steps[0])
		return s
	}
	use := func(u auth.Scheme) auth.Login {
		s := plainLogin()
		s.Use = u
		return s
	}
	answer := func(change func(*auth.LoginAnswer)) auth.Login {
		return with(func(p *auth.LoginStep) { change(&p.Answer) })
	}
	document := func(xml string) auth.Login { return with(func(p *auth.LoginStep) { p.Form, p.XML = nil, xml }) }
	many := map[string]string{}
	for i := range 33 {
		many[strings.Repeat("a", i+1)] = "x"
	}
	five := plainLogin()
	five.Steps = append(five.Steps, five.Steps[0], five.Steps[0], five.Steps[0], five.Steps[0])
	later := plainLogin()
	later.Steps = append(later.Steps, later.Steps[0])
	later.Steps[0].Headers = map[string]string{"X-A": "{captured.token}"}
	refresh := plainLogin()
	refresh.Refresh = plainLogin().Steps
	own := plainLogin()
	own.Lifetime = -1
	tests := []struct {
		field  string
		scheme auth.Login
	}{
		{"steps", auth.Login{}},
		{"steps", five},
		{"steps", answer(func(a *auth.LoginAnswer) { a.Values[0].Optional = true })},
		{"steps", answer(func(a *auth.LoginAnswer) { a.Values[0].Name = "session" })},
		{"lifetime", own},
		{"refresh", refresh},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "" })},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "/login" })},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "https://{credential.host}.example.com" })},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "https://{a|credential.host}.example.com/{credential.user}" })},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "https://{host:-a}:{credential.port}/" })},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "https://{host}:{port}/" })},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "https://id.example.com/?u={credential.user}" })},
		{"steps[0].url", with(func(p *auth.LoginStep) { p.URL = "https://id.example.com/{base64(credential.user)}" })},
		{"steps[0].method", with(func(p *auth.LoginStep) { p.Method = "DELETE" })},
		{"steps[0].method", with(func(p *auth.LoginStep) { p.Method = "GET" })},
		{"steps[0].form", with(func(p *auth.LoginStep) { p.Text = "x" })},
		{"steps[0].form", with(func(p *auth.LoginStep) { p.Query = many })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": "${env.A}"} })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": "{"} })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": "{credential.A}"} })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": "{client.key}"} })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": "{values.user}"} })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": "{captured.access_token}"} })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": "{credential.access_token}"} })},
		{`steps[0].form."a"`, with(func(p *auth.LoginStep) { p.Form = map[string]string{"a": strings.Repeat("x", 2049)} })},
		{`steps[0].headers."X-A"`, later},
		{`steps[0].headers."Host"`, with(func(p *auth.LoginStep) { p.Headers = map[string]string{"Host": "x"} })},
		{`steps[0].headers."X A"`, with(func(p *auth.LoginStep) { p.Headers = map[string]string{"X A": "x"} })},
		{`steps[0].headers."X-A"`, with(func(p *auth.LoginStep) { p.Headers = map[string]string{"X-A": "x\n"} })},
		{`steps[0].headers."authorization"`, with(func(p *auth.LoginStep) {
			p.Basic, p.Headers = &auth.LoginPair{}, map[string]string{"authorization": "x"}
		})},
		{"steps[0].basic.user", with(func(p *auth.LoginStep) { p.Basic = &auth.LoginPair{User: "{"} })},
		{"steps[0].json", with(func(p *auth.LoginStep) { p.Form, p.JSON = nil, json.RawMessage(`{"a":`) })},
		{"steps[0].json", with(func(p *auth.LoginStep) { p.Form, p.JSON = nil, json.RawMessage(`{"a":"{"}`) })},
		{"steps[0].json", with(func(p *auth.LoginStep) { p.Form, p.JSON = nil, json.RawMessage(`{"a":"{credential.A}"}`) })},
		{"steps[0].json", with(func(p *auth.LoginStep) {
			p.Form, p.JSON = nil, json.RawMessage(strings.Repeat("[", 9)+strings.Repeat("]", 9))
		})},
		{"steps[0].xml", document("<a>")},
		{"steps[0].xml", document("<a>{")},
		{"steps[0].xml", document("<{credential.user}/>")},
		{"steps[0].xml", document("<a {credential.user}='b'/>")},
		{"steps[0].xml", document("<a><![CDATA[{credential.user}]]></a>")},
		{"steps[0].xml", document("<a><!-- {credential.user} --></a>")},
		{"steps[0].xml", document("<?a {credential.user}?><a/>")},
		{"steps[0].answer.format", answer(func(a *auth.LoginAnswer) { a.Format = "yaml" })},
		{"steps[0].answer.success", answer(func(a *auth.LoginAnswer) { a.Success = "a[" })},
		{"steps[0].answer.success_values", answer(func(a *auth.LoginAnswer) { a.SuccessValues = []string{"x"} })},
		{"steps[0].answer.refused_codes", answer(func(a *auth.LoginAnswer) { a.RefusedCodes = []string{"x"} })},
		{"steps[0].answer.refused_codes", answer(func(a *auth.LoginAnswer) { a.Error, a.RefusedCodes = "a", []string{""} })},
		{"steps[0].answer.statuses", answer(func(a *auth.LoginAnswer) { a.Statuses = []int{101} })},
		{"steps[0].answer.refused_statuses", answer(func(a *auth.LoginAnswer) { a.Statuses, a.RefusedStatuses = []int{200}, []int{200} })},
		{"steps[0].answer.values[0].name", answer(func(a *auth.LoginAnswer) { a.Values = []auth.LoginValue{{Name: "A"}} })},
		{"steps[0].answer.values[1].name", answer(func(a *auth.LoginAnswer) { a.Values = append(a.Values, a.Values[0]) })},
		{"steps[0].answer.values[0].path", answer(func(a *auth.LoginAnswer) { a.Values = token("a[*]") })},
		{"steps[0].answer.values[0].path", answer(func(a *auth.LoginAnswer) { a.Values[0].From, a.Values[0].Path = auth.FromRedirect, "" })},
		{"steps[0].answer.values[0].from", answer(func(a *auth.LoginAnswer) { a.Values[0].From = "query" })},
		{"steps[0].answer.expires.path", answer(func(a *auth.LoginAnswer) { a.Expires = &auth.LoginExpiry{From: auth.FromRedirect} })},
		{"steps[0].answer.values[0].path", answer(func(a *auth.LoginAnswer) { a.Format = auth.FormatText })},
		{"steps[0].answer.values[0].path", answer(func(a *auth.LoginAnswer) { a.Values = []auth.LoginValue{{Name: "a", From: auth.FromCookie}} })},
		{"steps[0].answer.values[0].from", answer(func(a *auth.LoginAnswer) { a.Values = []auth.LoginValue{{Name: "a", From: "trailer"}} })},
		{"steps[0].answer.values[0].prefix", answer(func(a *auth.LoginAnswer) { a.Values = []auth.LoginValue{{Name: "a", Prefix: "\n"}} })},
		{"steps[0].answer.values", answer(func(a *auth.LoginAnswer) { a.Values = make([]auth.LoginValue, 17) })},
		{"steps[0].answer.expires.form", answer(func(a *auth.LoginAnswer) { a.Expires = &auth.LoginExpiry{Form: "minutes"} })},
		{"steps[0].answer.expires.path", answer(func(a *auth.LoginAnswer) { a.Expires = &auth.LoginExpiry{From: auth.FromHeader} })},
		{"use", use(plainLogin())},
		{"use", use(auth.None{})},
		{"use", use((*auth.Bearer)(nil))},
		{"use.name", use(auth.Key{Field: "access_token"})},
		{"use.field", use(auth.Key{Name: "X-Token"})},
		{"use.field", use(auth.All{Schemes: []auth.Scheme{&auth.Key{Name: "X-Token"}}})},
	}
	for _, tt := range tests {
		var e *auth.Error
		err := tt.scheme.Validate()
		if !errors.As(err, &e) || e.Op != "validate" || e.Field != tt.field || e.Reason == "" {
			t.Errorf("%s: got %v", tt.field, err)
		}
	}
	for name, s := range map[string]auth.Login{"plain": plainLogin(), "full": fullLogin()} {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoginWritten(t *testing.T) {
	t.Parallel()
	first, err := json.Marshal(fullLogin())
	if err != nil {
		t.Fatal(err)
	}
	got, err := auth.Decode(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(auth.Scheme(fullLogin()), got); diff != "" {
		t.Error(diff)
	}
	if again, err := json.Marshal(got); err != nil || string(again) != string(first) {
		t.Errorf("written again as\n%s\nafter\n%s (%v)", again, first, err)
	}
	for written, field := range map[string]string{
		`{"kind":"login","steps":[{"url":"https://a.example","body":"x"}]}`:                       "steps.0.body",
		`{"kind":"login","steps":[{"answer":{"values":[{"nam":"x"}]}}]}`:                          "steps.0.answer.values.0.nam",
		`{"kind":"login","use":{"kind":"key","nam":"x"}}`:                                         "use.nam",
		`{"kind":"login","lifetime":"1 day"}`:                                                     "lifetime",
		`{"kind":"github_app","use":{"kind":"key","nam":"x"}}`:                                    "use.nam",
		`{"kind":"github_app","app_id":1}`:                                                        "app_id",
		`{"kind":"login","use":{"kind":"login","use":{"kind":"login","use":{"kind":"bearer2"}}}}`: "use.use.use.kind",
	} {
		var e *auth.Error
		if _, err := auth.Decode([]byte(written), nil); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: got %v", written, err)
		}
	}
	for _, s := range []auth.Scheme{auth.Login{Use: hook{}}, auth.GitHubApp{Use: hook{}}, auth.Login{Use: (*auth.Bearer)(nil)}} {
		if _, err := json.Marshal(s); err == nil {
			t.Errorf("%T is written though its Use can't be", s)
		}
	}
}

func TestLoginEndpoints(t *testing.T) {
	t.Parallel()
	want := []auth.Endpoint{
		{Name: "steps[0].url", Template: "https://{shop}.example.com", Client: true, Grant: true},
		{Name: "steps[1].url", Template: "https://{shop}.example.com", Client: true, Grant: true},
		{Name: "steps[2].url", Template: "https://{shop}.example.com", Client: true, Grant: true},
		{Name: "refresh[0].url", Template: "https://{shop}.example.com", Client: true, Grant: true},
	}
	if diff := cmp.Diff(want, fullLogin().Endpoints()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]auth.Endpoint{{Name: "steps[0].url", Template: "https://id.example.com/login", Grant: true}}, plainLogin().Endpoints()); diff != "" {
		t.Error(diff)
	}
}
