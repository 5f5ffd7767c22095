package waygate_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// oauthCanaries are the secrets of flows that are known beforehand; what a flow makes
// up is noted beside them.
var oauthCanaries = map[string]string{
	"client secret": `client/secret+canary="x"&1a2b`, "code": `co/de+canary="c"&3c4d`, "password": `pass:word/canary 5e6f`,
	"access token": `access/token+canary="a"&7a8b`, "refresh token": `refresh/token+canary="r"&9c0d`, "id token": `id/token+canary="i"&1e2f`,
	"device code": `device/code+canary="d"&3a4b`, "imported": `imported/token+canary="m"&5c6d`, "stale": `stale/token+canary="s"&7e8f`,
}

// parrot is an authorization server that repeats all that it was told, and all that it
// knows, in many encodings; and an API that does the same.
type parrot struct {
	answer func(r *http.Request, all string) (*http.Response, error) // nil: a good one
	api    int                                                       // status of the API

	mu     sync.Mutex
	known  map[string]string
	said   []string
	device bool // the device flow has begun
}

// told notes what a request brings, and is all of it in many encodings.
func (p *parrot) told(r *http.Request, body string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	form, _ := url.ParseQuery(body)
	for _, name := range []string{"code_verifier", "client_assertion"} {
		if v := form.Get(name); v != "" {
			p.known[name] = v
		}
	}
	id, pass, _ := r.BasicAuth()
	if clear, err := url.QueryUnescape(pass); err == nil { // RFC 6749, section 2.3.1
		pass += " " + clear
	}
	all := r.URL.RawQuery + " " + r.Header.Get("Authorization") + " " + id + " " + pass + " " + body
	for _, values := range form {
		all += " " + strings.Join(values, " ")
	}
	for _, v := range oauthCanaries {
		if strings.Contains(all, v) {
			all += " " + v
		}
	}
	return strings.Join([]string{all, url.QueryEscape(all), strconv.Quote(all), base64.StdEncoding.EncodeToString([]byte("x" + all)),
		base64.URLEncoding.EncodeToString([]byte(all)), hex.EncodeToString([]byte(all))}, " ")
}

func (p *parrot) serve(_ int, r *http.Request, body string) (*http.Response, error) {
	all := p.told(r, body)
	p.mu.Lock()
	p.said = append(p.said, all)
	first := !p.device
	p.device = true
	p.mu.Unlock()
	switch {
	case r.URL.Host == "api.example.com":
		return reply(r, p.api, `{"message":`+jsonOf(all)+`}`, "X-Echo", strings.ToValidUTF8(strconv.QuoteToASCII(all), "")), nil
	case r.URL.Path == "/device" && first && p.api != 0:
		return reply(r, 200, `{"device_code":`+jsonOf(oauthCanaries["device code"])+`,"user_code":"WDJB-MJHT","verification_uri":"https://login.example.net/d","expires_in":60,"interval":5}`), nil
	case p.answer != nil:
		return p.answer(r, all)
	}
	return reply(r, 200, fmt.Sprintf(`{"access_token":%s,"refresh_token":%s,"id_token":%s,"token_type":"Bearer","expires_in":3600,"message":%s}`,
		jsonOf(oauthCanaries["access token"]), jsonOf(oauthCanaries["refresh token"]), jsonOf(oauthCanaries["id token"]), jsonOf(all))), nil
}

func jsonOf(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// parrotAnswers are the ways in which a token endpoint fails.
var parrotAnswers = map[string]func(*http.Request, string) (*http.Response, error){
	"invalid_grant":  saysError(400, "invalid_grant"),
	"invalid_client": saysError(401, "invalid_client"),
	"rejected":       saysError(400, "invalid_request"),
	"forbidden":      saysError(403, "odd_error"),
	"500":            saysError(500, "server_error"),
	"429":            saysError(429, "slow_down"),
	"200 with error": saysError(200, "invalid_grant"),
	"code": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 400, `{"error":`+jsonOf(all)+`}`), nil
	},
	"object": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 400, `{"error":{"code":`+jsonOf(all)+`,"message":`+jsonOf(all)+`}}`), nil
	},
	"cut": func(r *http.Request, all string) (*http.Response, error) { // where the description ends
		return reply(r, 400, `{"error":"x","error_description":`+jsonOf(strings.Repeat("-", 190)+all)+`}`), nil
	},
	"form": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 400, "error=invalid_grant&error_description="+url.QueryEscape(all), "Content-Type", "text/plain"), nil
	},
	"page": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 502, "<html>"+all+"</html>"), nil
	},
	"good page": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 200, "<html>"+all+"</html>"), nil
	},
	"odd tokens": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 200, `{"access_token":5,"refresh_token":["`+"x"+`"],"token_type":`+jsonOf(all)+`,"scope":`+jsonOf(all)+`}`), nil
	},
	"odd type": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 200, `{"access_token":"an-access-token-0123\r\nX: y","token_type":`+jsonOf(all)+`,"expires_in":`+jsonOf(all)+`}`), nil
	},
	"redirect": func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, 307, all, "Location", "https://evil.example.org/?"+url.QueryEscape(all)), nil
	},
	"network": func(_ *http.Request, all string) (*http.Response, error) {
		return nil, fmt.Errorf("connection reset: %s", all)
	},
	"URL error": func(r *http.Request, all string) (*http.Response, error) {
		return nil, &url.Error{Op: "Post", URL: r.URL.String() + "?" + all, Err: errors.New(all)}
	},
	"timeout": func(r *http.Request, all string) (*http.Response, error) {
		<-r.Context().Done()
		return nil, fmt.Errorf("%s: %w", all, r.Context().Err())
	},
}

func saysError(status int, code string) func(*http.Request, string) (*http.Response, error) {
	return func(r *http.Request, all string) (*http.Response, error) {
		return reply(r, status, `{"error":"`+code+`","error_description":`+jsonOf(all)+`,"error_uri":`+jsonOf(all)+`,"message":`+jsonOf(all)+`}`,
			"WWW-Authenticate", strconv.QuoteToASCII(all), "Set-Cookie", "x="+url.QueryEscape(all)), nil
	}
}

// connectionWatch writes down what observers are told of connections.
type connectionWatch struct{ recordWatch }

func (o connectionWatch) ConnectionChanged(_ context.Context, e waygate.ConnectionEvent) {
	o.l.add(fmt.Sprintf("%+v %#v %v", e, e, e))
	o.l.add(jsonOf(e.Connection))
	o.l.errorTexts(e.Err)
}

// parroted is one flow with a server that repeats everything.
type parroted struct {
	*testing.T
	l    *leak
	p    *parrot
	gw   *waygate.Gateway
	acme *waygate.Tenant
}

func newParroted(t *testing.T, p *parrot, change func(*auth.OAuth2), with ...func(*waygate.Config)) *parroted {
	x := &parroted{T: t, l: &leak{}, p: p}
	p.known = map[string]string{}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(x.l), zap.DebugLevel)
	id := identityOf(t, "waygate", nil)
	for i, line := range strings.Split(id.keyPEM, "\n") {
		if len(line) > 40 && !strings.HasPrefix(line, "--") {
			p.known["key line "+strconv.Itoa(i)] = line
		}
	}
	x.gw = wired(t, &wire{answer: p.serve}, append([]func(*waygate.Config){func(c *waygate.Config) {
		c.Logger, c.RecordBodies, c.Observers = zap.New(core), true, []waygate.Observer{connectionWatch{recordWatch{x.l}}}
	}}, with...)...)
	must(t, x.gw.Register(t.Context(), oauthAPI(func(o *auth.OAuth2) {
		o.Assertion = &auth.Assertion{Algorithm: "ES256"}
		if change != nil {
			change(o)
		}
	})))
	x.acme = x.gw.Tenant("acme")
	for _, put := range []func(context.Context, waygate.App) (*waygate.AppInfo, error){x.gw.PutApp, x.acme.PutApp} {
		info, err := put(t.Context(), waygate.App{Integration: "api", ID: "main", RedirectURLs: []string{redirectURL},
			Client: auth.Client{ID: "client-1", Secret: secret.New(oauthCanaries["client secret"]), Key: secret.New(id.keyPEM), KeyID: "k1"}})
		must(t, err)
		x.l.add(fmt.Sprintf("%+v %#v %s", info, *info, jsonOf(info)))
	}
	return x
}

// code goes through the code flow, by the host's own handler and by the gateway's.
func (x *parroted) code() {
	for _, slug := range []string{"main", "second"} {
		a, err := x.acme.Authorize(x.Context(), "api", waygate.AuthorizeSpec{Slug: slug})
		must(x, err)
		u, err := url.Parse(a.URL)
		must(x, err)
		q := url.Values{"code": {oauthCanaries["code"]}, "state": {u.Query().Get("state")}}
		x.p.mu.Lock()
		x.p.known["state of "+slug], x.p.known["binding of "+slug] = q.Get("state"), a.Binding
		x.p.mu.Unlock()
		if slug == "second" {
			w, _, err := browser{target: "/oauth/api"}.visit(x.gw, q, a.Binding)
			x.l.errorTexts(err)
			x.l.add(fmt.Sprintf("%v %s", w.Header(), w.Body))
			continue
		}
		info, err := x.acme.Complete(x.Context(), q, a.Binding)
		x.l.errorTexts(err)
		x.l.add(fmt.Sprintf("%+v %s", info, jsonOf(info)))
		_, err = x.acme.Complete(x.Context(), q, a.Binding)
		x.l.errorTexts(err)
	}
}

func (x *parroted) connect(c auth.Credential) {
	info, err := x.acme.Connect(x.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: c})
	x.l.errorTexts(err)
	x.l.add(fmt.Sprintf("%+v %s", info, jsonOf(info)))
}

func (x *parroted) stale() {
	x.connect(auth.Grant(oauthCanaries["stale"], oauthCanaries["imported"], time.Now().Add(time.Minute)))
	time.Sleep(2 * time.Minute)
}

func (x *parroted) call() {
	_, err := x.acme.Invoke(x.Context(), "api.read", map[string]any{"q": "1"})
	x.l.errorTexts(err)
}

// parrotFlows are what is done; each with a definition.
var parrotFlows = map[string]struct {
	change func(*auth.OAuth2)
	run    func(*parroted)
}{
	"code":     {run: (*parroted).code},
	"basic":    {change: func(o *auth.OAuth2) { o.ClientAuth = auth.ClientAuthBasic }, run: (*parroted).code},
	"query":    {change: func(o *auth.OAuth2) { o.ClientAuth = auth.ClientAuthQuery }, run: (*parroted).code},
	"in query": {change: func(o *auth.OAuth2) { o.BodyFormat = auth.BodyQuery }, run: (*parroted).code},
	"JSON":     {change: func(o *auth.OAuth2) { o.BodyFormat = auth.BodyJSON }, run: (*parroted).code},
	"key":      {change: func(o *auth.OAuth2) { o.ClientAuth = auth.ClientAuthPrivateKey }, run: (*parroted).code},
	"client credentials": {change: func(o *auth.OAuth2) { o.Grant, o.AuthorizeURL = auth.GrantClientCredentials, "" }, run: func(x *parroted) {
		x.connect(auth.ClientCredentials("client-of-acme", oauthCanaries["client secret"]))
	}},
	"password": {change: func(o *auth.OAuth2) { o.Grant, o.AuthorizeURL = auth.GrantPassword, "" }, run: func(x *parroted) {
		x.connect(auth.PasswordGrant("ann", oauthCanaries["password"]))
	}},
	"refresh": {run: func(x *parroted) { x.stale(); x.call(); time.Sleep(10 * time.Minute); x.call() }},
	"forced": {run: func(x *parroted) {
		x.p.api = 401
		x.connect(auth.Grant(oauthCanaries["stale"], oauthCanaries["imported"], time.Now().Add(time.Hour)))
		x.call()
	}},
	"run": {run: func(x *parroted) {
		x.stale()
		stop := running(x.T, x.gw)
		time.Sleep(time.Minute)
		stop()
		time.Sleep(time.Minute)
	}},
	"revoke": {run: func(x *parroted) {
		x.connect(auth.Grant(oauthCanaries["stale"], oauthCanaries["imported"], time.Now().Add(time.Hour)))
		x.l.errorTexts(x.acme.Disconnect(x.Context(), "api", "main"))
	}},
	"device": {change: func(o *auth.OAuth2) {
		o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", authBase+"/device"
	}, run: (*parroted).device},
	"no device": {change: func(o *auth.OAuth2) {
		o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", authBase+"/device"
	},
		run: func(x *parroted) { x.p.device = true; x.device() }},
}

func (x *parroted) device() {
	d, err := x.acme.AuthorizeDevice(x.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
	if x.l.errorTexts(err); err != nil {
		return
	}
	x.p.mu.Lock()
	x.p.known["handle"] = d.Handle
	x.p.mu.Unlock()
	info, err := x.acme.CompleteDevice(x.Context(), "api", d.Handle)
	x.l.errorTexts(err)
	x.l.add(fmt.Sprintf("%+v %s", info, jsonOf(info)))
	_, err = x.acme.CompleteDevice(x.Context(), "api", d.Handle+"A")
	x.l.errorTexts(err)
}

// collect adds what is stored for people to read, and what prints.
func (x *parroted) collect() {
	x.l.add(fmt.Sprintf("%v %+v %#v %v %+v %#v", x.gw, x.gw, x.gw, *x.acme, *x.acme, *x.acme))
	page, err := x.acme.Records(x.Context(), waygate.RecordQuery{})
	must(x, err)
	x.l.add(jsonOf(page))
	list, err := x.acme.Connections(x.Context(), waygate.ConnectionQuery{})
	must(x, err)
	x.l.add(jsonOf(list.Connections))
	audit, err := x.acme.Audit(x.Context(), waygate.AuditQuery{})
	must(x, err)
	for _, a := range audit.Entries {
		x.l.add(fmt.Sprintf("%+v %s %s", a, a.Before, a.After))
	}
}

// secrets are all canaries, those that the flow made up too.
func (p *parrot) secrets() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]string{}
	for _, m := range []map[string]string{oauthCanaries, p.known} {
		for name, v := range m {
			all[name] = v
		}
	}
	return all
}

// shows lists which of some values can be read in what left, in clear or encoded.
func (l *leak) shows(values map[string]string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.Join(l.texts, "\n")
	var out []string
	for where, value := range values {
		for form, text := range forms(value) {
			if strings.Contains(all, text) {
				out = append(out, where+" as "+form)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestOAuthCanary goes through every flow with a provider that fails in every way and
// repeats all that it knows, and looks for the secrets in all that leaves.
func TestOAuthCanary(t *testing.T) {
	t.Parallel()
	for flow, f := range parrotFlows {
		for name, answer := range parrotAnswers {
			t.Run(flow+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					x := newParroted(t, &parrot{answer: answer, api: 500}, f.change)
					f.run(x)
					x.collect()
					if found := x.l.shows(x.p.secrets()); len(found) > 0 {
						t.Errorf("found %s in:\n%s", strings.Join(found, ", "), strings.Join(x.l.texts, "\n"))
					}
				})
			})
		}
		t.Run(flow+"/good, and then the API repeats", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := newParroted(t, &parrot{api: 500}, f.change)
				f.run(x)
				x.call()
				x.collect()
				if found := x.l.shows(x.p.secrets()); len(found) > 0 {
					t.Errorf("found %s", strings.Join(found, ", "))
				}
			})
		})
	}
}

// TestOAuthCanaryFinds shows that TestOAuthCanary would find a secret: what the
// provider says shows every one that the flow has, and with redaction off a call's
// exits show the token.
func TestOAuthCanaryFinds(t *testing.T) {
	t.Parallel()
	for flow, want := range map[string][]string{
		"code": {"client secret", "code", "code_verifier"}, "basic": {"client secret", "code"}, "key": {"client_assertion", "code_verifier"},
		"password": {"client secret", "password"}, "refresh": {"imported", "client secret"}, "device": {"device code", "client secret"},
	} {
		t.Run(flow, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := newParroted(t, &parrot{api: 500}, parrotFlows[flow].change, waygate.KeepSecrets)
				parrotFlows[flow].run(x)
				x.call()
				found := strings.Join(x.l.shows(x.p.secrets()), ", ")
				if !strings.Contains(found, "access token as ") {
					t.Errorf("the access token was not found, only %s", found)
				}
				x.l.add(strings.Join(x.p.said, "\n"))
				found = strings.Join(x.l.shows(x.p.secrets()), ", ")
				for _, where := range want {
					for _, form := range []string{"clear", "percent query"} {
						if !strings.Contains(found, where+" as "+form) {
							t.Errorf("%s as %s was not found, only %s", where, form, found)
						}
					}
				}
			})
		})
	}
}
