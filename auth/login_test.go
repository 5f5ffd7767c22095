package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/authtest"
	"github.com/waygate-go/waygate/secret"
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

// TestLoginFailures says what each failure means for the credential.
func TestLoginFailures(t *testing.T) {
	t.Parallel()
	coded := func(a *auth.LoginAnswer) {
		a.Error, a.Description, a.RefusedCodes = "code", "text", []string{"BAD_PASSWORD"}
	}
	tests := []struct {
		name   string
		change func(*auth.LoginAnswer)
		reply  reply
		cause  auth.TokenCause
		code   string
	}{
		{"401", nil, reply{status: 401}, auth.TokenRefused, ""},
		{"401 of a page", nil, reply{status: 401, body: "<html>"}, auth.TokenRefused, ""},
		{"another code with 401", coded, reply{status: 401, body: `{"code":"LOCKED_FOR_NOW"}`}, auth.TokenRejected, "LOCKED_FOR_NOW"},
		{"no code with 401", coded, reply{status: 401, body: `{}`}, auth.TokenRefused, ""},
		{"refused code with 400", coded, reply{status: 400, body: `{"code":"BAD_PASSWORD","text":"no"}`}, auth.TokenRefused, "BAD_PASSWORD"},
		{"refused code with 200", coded, reply{status: 200, body: `{"code":"BAD_PASSWORD","token":"x-token"}`}, auth.TokenRefused, "BAD_PASSWORD"},
		{"refused code with 500", coded, reply{status: 500, body: `{"code":"BAD_PASSWORD"}`}, auth.TokenRefused, "BAD_PASSWORD"},
		{"numbers", func(a *auth.LoginAnswer) { a.Error, a.RefusedCodes = "code", []string{"17"} }, reply{status: 200, body: `{"code":17}`}, auth.TokenRefused, "17"},
		{"other code with 200", coded, reply{status: 200, body: `{"code":"MAINTENANCE","token":"x-token"}`}, auth.TokenRejected, "MAINTENANCE"},
		{"status that refuses", func(a *auth.LoginAnswer) { a.RefusedStatuses = []int{403} }, reply{status: 403}, auth.TokenRefused, ""},
		{"401 that doesn't", func(a *auth.LoginAnswer) { a.RefusedStatuses = []int{403} }, reply{status: 401, body: "{}"}, auth.TokenRejected, ""},
		{"400", nil, reply{status: 400, body: `{}`}, auth.TokenRejected, ""},
		{"403 of a page", nil, reply{status: 403, body: "<html>"}, auth.TokenUnavailable, ""},
		{"429", nil, reply{status: 429, headers: []string{"Retry-After: 7"}}, auth.TokenUnavailable, ""},
		{"503", coded, reply{status: 503, body: `{"code":"x"}`}, auth.TokenUnavailable, "x"},
		{"302", nil, reply{status: 302, headers: []string{"Location: https://evil.example/"}}, auth.TokenRejected, ""},
		{"no success", func(a *auth.LoginAnswer) { a.Success = "ok" }, reply{status: 200, body: `{"ok":false,"token":"x-token"}`}, auth.TokenRejected, ""},
		{"no token", nil, reply{status: 200, body: `{}`}, auth.TokenInDoubt, ""},
		{"token null", nil, reply{status: 200, body: `{"token":null}`}, auth.TokenInDoubt, ""},
		{"token of many", nil, reply{status: 200, body: `{"token":["a"]}`}, auth.TokenInDoubt, ""},
		{"token with a line break", nil, reply{status: 200, body: `{"token":"a\nb"}`}, auth.TokenInDoubt, ""},
		{"token too long", nil, reply{status: 200, body: `{"token":"` + strings.Repeat("x", 70_000) + `"}`}, auth.TokenInDoubt, ""},
		{"no JSON", nil, reply{status: 200, body: "<html>"}, auth.TokenInDoubt, ""},
		{"too deep", nil, reply{status: 200, body: strings.Repeat("[", 600)}, auth.TokenInDoubt, ""},
		{"too long", nil, reply{status: 200, body: `"` + strings.Repeat("x", 1<<20) + `"`}, auth.TokenInDoubt, ""},
		{"lost", nil, reply{fail: errors.New("connection reset, password a-password")}, auth.TokenInDoubt, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := plainLogin()
			if tt.change != nil {
				tt.change(&s.Steps[0].Answer)
			}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			p := &script{replies: []reply{tt.reply}}
			got, err := s.Renew(t.Context(), p.call(), auth.UserPassword("somebody@example.com", "a-password"))
			var e *auth.TokenError
			if !errors.As(err, &e) || e.Cause != tt.cause || e.Code != tt.code || e.Op != "token" || len(got.Values) > 0 {
				t.Fatalf("got %v", err)
			}
			if tt.reply.status == 429 && e.RetryAfter != 7*time.Second {
				t.Errorf("RetryAfter is %v", e.RetryAfter)
			}
			if len(p.wire.asked) != 1 {
				t.Errorf("%d requests", len(p.wire.asked))
			}
			if strings.Contains(err.Error(), "a-password") || strings.Contains(err.Error(), "x-token") {
				t.Errorf("the error says a secret: %v", err)
			}
		})
	}
}

// TestLoginSilence lets a provider echo what it was sent, in several forms, and what it gave out before.
func TestLoginSilence(t *testing.T) {
	t.Parallel()
	s := auth.Login{Steps: []auth.LoginStep{
		{URL: "https://id.example.com/first", Basic: &auth.LoginPair{User: "{credential.user}", Password: "{credential.password}"},
			Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "first", Path: "token"}}}},
		{URL: "https://id.example.com/second", Form: map[string]string{"t": "{captured.first}", "s": "{client.secret}"},
			Answer: auth.LoginAnswer{Values: token("token"), Error: "code", Description: "text"}},
	}}
	const password, first, pin = "a+pass word%", "first-token-0123", "9431"
	cred := auth.Fields(map[string]string{"user": "me", "password": password, "pin": pin})
	for _, echo := range []string{password, "a%2Bpass+word%25", first, "s+cret/0123", "s%2Bcret%2F0123", "Zmlyc3QtdG9rZW4tMDEyMw", pin, "new-token-0123"} {
		for _, status := range []int{200, 400, 500} {
			body, _ := json.Marshal(map[string]string{"code": "X" + echo, "text": "you sent " + echo, "token": "new-token-0123"})
			p := &script{replies: []reply{{status: 200, body: `{"token":"` + first + `"}`}, {status: status, body: string(body)}}}
			_, err := s.Renew(t.Context(), p.call(), cred)
			var e *auth.TokenError
			if !errors.As(err, &e) || strings.Contains(err.Error()+e.Code+e.Description, echo) {
				t.Errorf("%q with status %d: %v", echo, status, err)
			}
		}
	}
}

// TestLoginEscapes puts values that look like structure everywhere, and finds them whole.
func TestLoginEscapes(t *testing.T) {
	t.Parallel()
	const evil = `x"&</a>{credential.password}\..%2F?#;`
	s := auth.Login{Steps: []auth.LoginStep{{
		URL: "https://id.example.com/u/{credential.user}", Query: map[string]string{"q": "{credential.user}"}, Headers: map[string]string{"X-User": "{credential.user}"},
		JSON: json.RawMessage(`{"a":"<{credential.user}>", "b":[1.0,"{{}}"]}`), Answer: auth.LoginAnswer{Values: token("t")},
	}}}
	p := &script{replies: []reply{{status: 200, body: `{"t":"{credential.password}"}`}}}
	cred := auth.UserPassword(strings.ReplaceAll(evil, `\`, ""), "a-password")
	got, err := s.Renew(t.Context(), p.call(), cred)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST https://id.example.com/u/x%22%26%3C%2Fa%3E%7Bcredential.password%7D..%252F%3F%23%3B?q=x%22%26%3C%2Fa%3E%7Bcredential.password%7D..%252F%3F%23%3B\n" +
		"Accept: application/json\nContent-Type: application/json\nX-User: x\"&</a>{credential.password}..%2F?#;\n\n" +
		`{"a":"<x\"&</a>{credential.password}..%2F?#;>","b":[1.0,"{}"]}`
	if diff := cmp.Diff(want, p.wire.asked[0]); diff != "" {
		t.Error(diff)
	}
	if v := values(got)["access_token"]; v != "{credential.password}" {
		t.Errorf("a token is looked into: %q", v)
	}
	// What can't stand where it has to is refused before anything is sent, and named.
	for _, user := range []string{`a\b`, "..", "a\nb"} {
		var e *auth.Error
		if err := s.Accepts(auth.UserPassword(user, "p")); !errors.As(err, &e) || e.Field != "values.user" {
			t.Errorf("%q: %v", user, err)
		}
		p := &script{}
		if _, err := s.Renew(t.Context(), p.call(), auth.UserPassword(user, "p")); !errors.As(err, &e) || len(p.wire.asked) > 0 {
			t.Errorf("%q: %v after %d requests", user, err, len(p.wire.asked))
		}
	}
}

func TestLoginExpiries(t *testing.T) {
	t.Parallel()
	jwt := jwtOf(`{"exp":1777899600}`)
	for name, tt := range map[string]struct {
		e    auth.LoginExpiry
		body string
		want time.Time
	}{
		"seconds":    {auth.LoginExpiry{Path: "e"}, `{"t":"x","e":60}`, noon.Add(time.Minute)},
		"epoch":      {auth.LoginExpiry{Path: "e", Form: auth.ExpiryEpoch}, `{"t":"x","e":"1777899600"}`, noon.Add(time.Hour)},
		"duration":   {auth.LoginExpiry{Path: "e", Form: auth.ExpiryDuration}, `{"t":"x","e":"24h"}`, noon.Add(24 * time.Hour)},
		"jwt":        {auth.LoginExpiry{Form: auth.ExpiryJWT}, `{"t":"` + jwt + `"}`, noon.Add(time.Hour)},
		"missing":    {auth.LoginExpiry{Path: "e"}, `{"t":"x"}`, noon.Add(time.Minute * 5)},
		"unreadable": {auth.LoginExpiry{Path: "e", Form: auth.ExpiryISO}, `{"t":"x","e":"soon"}`, noon.Add(time.Minute * 5)},
	} {
		s := plainLogin()
		s.Lifetime = auth.Duration(5 * time.Minute)
		s.Steps[0].Answer = auth.LoginAnswer{Values: token("t"), Expires: &tt.e}
		p := &script{replies: []reply{{status: 200, body: tt.body}}}
		old := auth.UserPassword("u", "p")
		old.Values["access_token"], old.Expires = secret.New("old"), noon
		got, err := s.Renew(t.Context(), p.call(), old)
		if err != nil || !got.Expires.Equal(tt.want) {
			t.Errorf("%s: expires %v (%v), want %v", name, got.Expires, err, tt.want)
		}
	}
}

// TestLoginText takes a token out of plain text, with its prefix, from an answer that redirects, and the end of it from a
// cookie.
func TestLoginText(t *testing.T) {
	t.Parallel()
	s := auth.Login{Steps: []auth.LoginStep{{
		URL: "https://id.example.com/login", Text: "{credential.user}\n{credential.password}",
		Answer: auth.LoginAnswer{Format: auth.FormatText, Values: []auth.LoginValue{{Name: "access_token", Prefix: "token="}}, Statuses: []int{302},
			Expires: &auth.LoginExpiry{From: auth.FromCookie, Path: "sid"}},
	}}}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	p := &script{replies: []reply{{status: 302, headers: []string{"Location: https://evil.example/", "Set-Cookie: sid=1; Expires=Mon, 04 May 2026 13:00:00 GMT"}, body: " token=t-0123\n"}}}
	got, err := s.Renew(t.Context(), p.call(), auth.UserPassword("u", "{credential.user}"))
	if err != nil || values(got)["access_token"] != "t-0123" || !got.Expires.Equal(noon.Add(time.Hour)) {
		t.Fatalf("got %v, %v, %v", values(got), got.Expires, err)
	}
	if want := "POST https://id.example.com/login\nAccept: text/plain, */*\nContent-Type: text/plain; charset=utf-8\n\nu\n{credential.user}"; len(p.wire.asked) != 1 || p.wire.asked[0] != want {
		t.Errorf("asked %q", p.wire.asked)
	}
}

func TestLoginSendsNothing(t *testing.T) {
	t.Parallel()
	p := &script{}
	call := p.call()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var unsent *auth.TokenError
	if _, err := plainLogin().Renew(ended, call, auth.UserPassword("u", "p")); !errors.As(err, &unsent) || unsent.Cause != auth.TokenUnsent || !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended ctx: %v", err)
	}
	withoutParameter := plainLogin()
	withoutParameter.Steps[0].Headers = map[string]string{"X-A": "{nobody}"}
	none := call
	none.HTTP = nil
	for field, try := range map[string]func() error{
		"values.user": func() error { _, err := plainLogin().Renew(t.Context(), call, auth.UserPassword("", "p")); return err },
		"kind": func() error {
			_, err := (auth.Login{Steps: []auth.LoginStep{{URL: "https://a.example"}}}).Renew(t.Context(), call, auth.Credential{})
			return err
		},
		`steps[0].headers."X-A"`: func() error {
			_, err := withoutParameter.Renew(t.Context(), call, auth.UserPassword("u", "p"))
			return err
		},
		"http":                func() error { _, err := plainLogin().Renew(t.Context(), none, auth.UserPassword("u", "p")); return err },
		"values.access_token": func() error { return plainLogin().Authorize(t.Context(), &http.Request{}, auth.UserPassword("u", "p")) },
		"values.password":     func() error { return plainLogin().Accepts(auth.UserPassword("u", "")) },
	} {
		var e *auth.Error
		if err := try(); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if len(p.wire.asked) > 0 {
		t.Errorf("asked %q", p.wire.asked)
	}
}

// TestLoginCarriesItsOwnToken shows that what a person logs in with is never sent in place of what the login brought.
func TestLoginCarriesItsOwnToken(t *testing.T) {
	t.Parallel()
	s := auth.Login{Steps: []auth.LoginStep{{URL: "https://id.example.com", Form: map[string]string{"t": "{credential.token}"}, Answer: auth.LoginAnswer{Values: token("t")}}}}
	for _, use := range []auth.Scheme{nil, auth.Bearer{}, auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "X-A", Field: "token"}}}} {
		s.Use = use
		c := auth.Token("a-personal-token")
		c.Values["access_token"] = secret.New("a-session-token")
		r, _ := http.NewRequest(http.MethodGet, "https://api.example.com", nil)
		if err := s.Authorize(t.Context(), r, c); err != nil || r.Header.Get("Authorization") != "Bearer a-session-token" || r.Header.Get("X-A") == "a-personal-token" {
			t.Errorf("%v: %v", r.Header, err)
		}
	}
}

func TestLoginKeepsTheContract(t *testing.T) {
	t.Parallel()
	ready := auth.UserPassword("somebody@example.com", "pass:word 0123")
	ready.Values["access_token"] = secret.New("acc-0123456789")
	alone := auth.Fields(map[string]string{"access_token": "acc-0123456789"})
	kept := ready.Clone()
	kept.Values["csrf"] = secret.New("csrf-0123456789")
	other := plainLogin()
	other.Use = auth.All{Schemes: []auth.Scheme{auth.Key{In: auth.InCookie, Name: "sid", Field: "access_token"}, auth.Key{In: auth.InBody, Name: "csrf", Field: "csrf"}}}
	app := auth.Installation()
	app.Values = map[string]secret.String{"access_token": secret.New("ghs-0123456789")}
	tenants := auth.ClientKey("Iv1.0123456789", "", "a private key 0123")
	tenants.Values["access_token"] = secret.New("ghs-0123456789")
	plain := plainLogin()
	for name, tt := range map[string]struct {
		scheme auth.Scheme
		o      authtest.Options
	}{
		"login":         {plain, authtest.Options{Good: []auth.Credential{ready, alone}, Bad: []auth.Credential{auth.Token("tok-0123456789"), auth.UserPassword("u", ""), {}}}},
		"login pointer": {&plain, authtest.Options{Good: []auth.Credential{ready}, Bad: []auth.Credential{auth.Token("tok-0123456789")}}},
		"login, kept":   {other, authtest.Options{Good: []auth.Credential{kept}, Bad: []auth.Credential{alone}}},
		"full":          {fullLogin(), authtest.Options{Good: []auth.Credential{kept}, Bad: []auth.Credential{alone}}},
		"in any": {auth.Any{Schemes: []auth.Scheme{plain, auth.Key{Name: "X-Api-Key", Field: "key"}}},
			authtest.Options{Good: []auth.Credential{ready, auth.APIKey("key-0123456789")}, Bad: []auth.Credential{auth.Token("tok-0123456789")}}},
		"github app": {auth.GitHubApp{}, authtest.Options{Good: []auth.Credential{app, tenants}, Bad: []auth.Credential{auth.Token("tok-0123456789"), alone, auth.Grant("a-0123456789", "", time.Time{})}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			authtest.Scheme(t, tt.scheme, tt.o)
		})
	}
}
