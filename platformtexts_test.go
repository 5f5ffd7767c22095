package waygate_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/secret"
)

// platformKey is what belongs to the platform in these tests.
const platformKey = "platform-key-0123456789"

// defaulted is an action with one parameter that has a default.
func defaulted(in waygate.In, as string, v any) func(*waygate.Integration) {
	return func(i *waygate.Integration) {
		i.Actions = []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a",
			Parameters: []waygate.Parameter{{Name: "k", In: in, As: as, Default: v}}}}
	}
}

// writtenOut are definitions that write out a text of the platform's, with what
// the provider is sent of it.
func writtenOut() map[string]struct {
	change func(*waygate.Integration)
	sent   string
} {
	header := func(value string) func(*waygate.Integration) {
		return func(in *waygate.Integration) { in.Headers = map[string]string{"X-Partner-Key": value} }
	}
	return map[string]struct {
		change func(*waygate.Integration)
		sent   string
	}{
		"header": {header(platformKey), platformKey},
		"header of the action": {func(in *waygate.Integration) {
			in.Actions = []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Headers: map[string]string{"X-Partner-Key": platformKey}}}
		}, platformKey},
		"before a parameter":  {header(platformKey + "{who}"), platformKey},
		"behind a parameter":  {header("{who}" + platformKey), platformKey},
		"around a parameter":  {header("a-pl{who}atf-1"), "a-plmyatf-1"},
		"around a variable":   {header("a-pl${call.x:-@}atf-1"), "a-pl@atf-1"},
		"default of a name":   {header("${call.x:-" + platformKey + "}"), platformKey},
		"default":             {defaulted("header", "X-K", platformKey), platformKey},
		"default cookie":      {defaulted("cookie", "k", platformKey), platformKey},
		"array":               {defaulted("header", "X-K", []any{platformKey, "x"}), platformKey},
		"array of short ones": {defaulted("header", "X-K", []any{"abc-1", "def-2"}), "abc-1,def-2"},
		"array in a cookie":   {defaulted("cookie", "k", []string{"x", platformKey}), platformKey},
		"short ones in a cookie": {func(in *waygate.Integration) {
			defaulted("cookie", "k", []any{"abc-1", "def-2"})(in)
			in.Actions[0].(waygate.HTTPAction).Parameters[0].Explode = pointer(false)
		}, "abc-1,def-2"},
		"object":             {defaulted("header", "X-K", map[string]any{"k": platformKey}), platformKey},
		"number":             {defaulted("header", "X-K", 1234567890123456), "1234567890123456"},
		"number in an array": {defaulted("cookie", "k", []any{int64(1234567890123456)}), "1234567890123456"},
		"odd characters":     {defaulted("cookie", "k", `a "key"; of, the platform`), "a%20%22key%22%3B%20of%2C%20the%20platform"},
	}
}

// echoing answers with all that it was sent.
func echoing(status int) *wire {
	return &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			all = append(all, name+": "+strings.Join(r.Header[name], ", "))
		}
		if strings.Contains(strings.Join(all, ""), platformKey) {
			all = append(all, "which holds "+platformKey) // without what stands around it
		}
		text := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.Join(all, "; "))
		return reply(r, status, `{"error":{"message":"bad: `+text+`","code":"`+text+`"}}`), nil
	}}
}

// TestEchoOfThePlatform shows that what a definition writes out of the platform's
// doesn't come back to a tenant by way of a provider that repeats it.
func TestEchoOfThePlatform(t *testing.T) {
	t.Parallel()
	for name, c := range writtenOut() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{200, 400} {
				w, in := echoing(status), api(get("a"))
				in.Parameters = []waygate.ConnectionParameter{{Name: "who", Default: pointer("my")}}
				in.Errors = &waygate.ErrorFormat{Message: []string{"$.error.message"}, Code: []string{"$.error.code"}}
				c.change(&in)
				_, acme := ready(t, w, in, func(cfg *waygate.Config) { cfg.RecordBodies = true })
				_, err := acme.Invoke(t.Context(), "api.a", nil)
				if !strings.Contains(headerText(w.last(t).header), c.sent) {
					t.Fatalf("sent %v, want %s in it", w.last(t).header, c.sent)
				}
				told := jsonText(t, recordsOf(t, acme))
				if status == 400 {
					e := failure(t, err, waygate.KindRejected)
					if told += fmt.Sprintf("%v %s %s %s", err, e.Body, e.Message, e.Code); !strings.Contains(string(e.Body), "bad: ") || e.Message == "" {
						t.Errorf("the error has nothing of the answer: %+v", e)
					}
				}
				if strings.Contains(told, c.sent) {
					t.Errorf("status %d: %s is told: %s", status, c.sent, told)
				}
			}
		})
	}
}

// TestPreviewOfThePlatform shows the same of a preview; and that a value of the
// caller's own in the place of a default is shown.
func TestPreviewOfThePlatform(t *testing.T) {
	t.Parallel()
	for name, c := range writtenOut() {
		in := api(get("a"))
		in.Parameters = []waygate.ConnectionParameter{{Name: "who", Default: pointer("my")}}
		c.change(&in)
		_, acme := ready(t, always(200, `{}`), in)
		p, err := acme.Preview(t.Context(), "api.a", nil)
		must(t, err)
		if shown := p.URL + headerText(p.Header) + p.Body; strings.Contains(shown, c.sent) || !strings.Contains(shown, secret.Redacted) {
			t.Errorf("%s: shows %s", name, shown)
		}
	}
	for place, header := range map[waygate.In]string{"header": "X-K", "cookie": "Cookie"} {
		in := api(get("a"))
		defaulted(place, "X-K", platformKey)(&in)
		_, acme := ready(t, always(200, `{}`), in)
		p, err := acme.Preview(t.Context(), "api.a", map[string]any{"k": "of-the-caller"})
		if must(t, err); !strings.Contains(p.Header.Get(header), "of-the-caller") {
			t.Errorf("%s: shows %v", place, p.Header)
		}
	}
}

// TestTrustOfWrittenOut shows that none of it goes where a tenant wants it.
func TestTrustOfWrittenOut(t *testing.T) {
	t.Parallel()
	for name, c := range writtenOut() {
		in := aimed("https://{host}", c.change, waygate.ConnectionParameter{})
		if err := wired(t, always(200, `{}`)).Register(t.Context(), in); err == nil {
			t.Errorf("%s: registered", name)
		} else {
			failure(t, err, waygate.KindConfig)
		}
	}
}

// TestElsewhereTellsNothing shows that the few headers which every origin gets hold
// nothing of the platform's where a redirect or a next link leads elsewhere.
func TestElsewhereTellsNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"User-Agent", "Accept", "Accept-Language"} {
		for _, whose := range []string{"integration", "action"} {
			for _, way := range []string{"redirect", "link"} {
				t.Run(name+" of the "+whose+" by "+way, func(t *testing.T) {
					t.Parallel()
					a, headers := get("a"), map[string]string{name: "ours/${env.k}"}
					a.Pagination = pagination.Link{AnyOrigin: true}
					if whose == "action" {
						a.Headers = headers
					}
					in := api(a)
					if whose == "integration" {
						in.Headers = headers
					}
					w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
						switch {
						case r.URL.Host == "elsewhere.example.net":
							return reply(r, 200, `[2]`), nil
						case way == "link":
							return reply(r, 200, `[1]`, "Link", `<https://elsewhere.example.net/>; rel="next"`), nil
						}
						return reply(r, 302, ``, "Location", "https://elsewhere.example.net/"), nil
					}}
					_, acme := ready(t, w, in, func(c *waygate.Config) { c.Env = map[string]string{"k": platformKey} })
					for _, err := range waygate.Items[int](t.Context(), acme, "api.a", nil) {
						must(t, err)
					}
					all := w.seen()
					if len(all) != 2 || all[1].host != "elsewhere.example.net" || !strings.Contains(all[0].header.Get(name), platformKey) {
						t.Fatalf("sent %+v", all)
					}
					if told := headerText(all[1].header); strings.Contains(told, platformKey) || strings.Contains(told, "Authorization") {
						t.Errorf("the other origin got %s", told)
					}
					if h := all[1].header; h.Get("User-Agent") == "" || h.Get("Accept") == "" {
						t.Errorf("the other origin got only %v", h)
					}
				})
			}
		}
	}
}

// TestCodingTellsNothing shows that a provider which names a credential as the
// coding of its answer, in small letters, isn't quoted.
func TestCodingTellsNothing(t *testing.T) {
	t.Parallel()
	const token = "A-Token-In-Capitals-0123"
	gw := wired(t, always(200, `{}`, "Content-Encoding", token))
	must(t, gw.Register(t.Context(), api(get("a"))))
	acme := connect(t, gw, "acme", "api", auth.Token(token))
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindInvalidResponse)
	if told := err.Error() + jsonText(t, recordsOf(t, acme)); strings.Contains(strings.ToLower(told), strings.ToLower(token)) {
		t.Errorf("the token is told: %s", told)
	}
}
