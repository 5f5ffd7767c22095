package waygate_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// post is an action that must not be repeated.
func post(id string) waygate.HTTPAction {
	return waygate.HTTPAction{ID: id, Method: "POST", Path: "/" + id}
}

// TestAnswerMeanings answers each call alike, and shows what a declaration makes of that: kind, attempts of a GET and of a
// POST, and what the record says.
func TestAnswerMeanings(t *testing.T) {
	t.Parallel()
	github := resilience.Answer{Status: []int{403}, Path: "message", Contains: "secondary rate limit", Means: resilience.RateLimited}
	linear := resilience.Answer{Status: []int{400}, Path: "errors[*].extensions.code", Equals: "RATELIMITED", Means: resilience.RateLimited}
	slack := resilience.Answer{Status: []int{200}, Path: "error", Equals: "ratelimited", Means: resilience.RateLimited}
	declares := func(status int, m resilience.Meaning) resilience.Answer {
		return resilience.Answer{Status: []int{status}, Means: m}
	}
	for name, c := range map[string]struct {
		of          resilience.Answer
		status      int
		body        string
		kind        waygate.Kind // empty for a success
		gets, posts int
	}{
		"GitHub, secondary limit":  {github, 403, `{"message":"You have exceeded a secondary rate limit."}`, waygate.KindRateLimited, 3, 3},
		"GitHub, forbidden":        {github, 403, `{"message":"Must have admin rights."}`, waygate.KindForbidden, 1, 1},
		"Linear, limited":          {linear, 400, `{"errors":[{"extensions":{"code":"RATELIMITED"}}]}`, waygate.KindRateLimited, 3, 3},
		"Linear, rejected":         {linear, 400, `{"errors":[{"extensions":{"code":"INVALID"}}]}`, waygate.KindRejected, 1, 1},
		"Slack, limited":           {slack, 200, `{"ok":false,"error":"ratelimited"}`, waygate.KindRateLimited, 3, 3},
		"Slack, well":              {slack, 200, `{"ok":true}`, "", 1, 1},
		"retry of a 409":           {declares(409, resilience.Retry), 409, `{}`, waygate.KindServer, 3, 1},
		"retry of a 200":           {declares(200, resilience.Retry), 200, `{}`, waygate.KindServer, 3, 1},
		"retry of a 408":           {declares(408, resilience.Retry), 408, `{}`, waygate.KindTimeout, 3, 1},
		"retry of a 429":           {declares(429, resilience.Retry), 429, `{}`, waygate.KindRateLimited, 3, 1},
		"fail of a 200":            {declares(200, resilience.Fail), 200, `{"ok":false}`, waygate.KindRejected, 1, 1},
		"fail of a 503":            {declares(503, resilience.Fail), 503, `{}`, waygate.KindServer, 1, 1},
		"fail of a 429":            {declares(429, resilience.Fail), 429, `{}`, waygate.KindRateLimited, 1, 1},
		"ignore of a 404":          {declares(404, resilience.Ignore), 404, `{"gone":true}`, "", 1, 1},
		"ignore of a 500":          {declares(500, resilience.Ignore), 500, `{"gone":true}`, "", 1, 1},
		"refresh, but nothing can": {declares(403, resilience.RefreshThenRetry), 403, `{}`, waygate.KindAuth, 1, 1},
		"another status":           {declares(409, resilience.Ignore), 404, `{}`, waygate.KindMissing, 1, 1},
	} {
		for action, attempts := range map[string]int{"get": c.gets, "post": c.posts} {
			t.Run(name+"/"+action, func(t *testing.T) {
				t.Parallel()
				w := always(c.status, c.body)
				in := api(get("get"), post("post"))
				in.Answers = []resilience.Answer{c.of}
				_, acme := ready(t, w, in)
				res, err := acme.Invoke(t.Context(), "api."+action, nil)
				rec := recordsOf(t, acme)[0]
				if len(w.seen()) != attempts || len(rec.Attempts) != attempts || rec.Kind != c.kind {
					t.Errorf("%d requests, want %d; the record says %+v", len(w.seen()), attempts, rec)
				}
				for _, a := range rec.Attempts {
					if a.Kind != c.kind || a.Status != c.status {
						t.Errorf("an attempt of %d is %q, want %q", a.Status, a.Kind, c.kind)
					}
				}
				if c.kind == "" {
					if must(t, err); res.Status != c.status || string(res.JSON()) != c.body {
						t.Errorf("got %d %s", res.Status, res.JSON())
					}
					return
				}
				e := failure(t, err, c.kind)
				if e.Status != c.status || e.Attempts != attempts || string(e.Body) != c.body || e.Hint != kindTable[c.kind].hint {
					t.Errorf("got %+v", e)
				}
			})
		}
	}
}

// TestAnswersRefresh renews the credential where the body says that the session is gone, once, whatever the method.
func TestAnswersRefresh(t *testing.T) {
	t.Parallel()
	salesforce := resilience.Answer{Status: []int{200, 401, 403}, Path: "[*].errorCode", Equals: "INVALID_SESSION_ID", Means: resilience.RefreshThenRetry}
	for _, status := range []int{200, 401, 403} {
		for _, cured := range []bool{true, false} {
			w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
				if cured && r.Header.Get("Authorization") == "Bearer a-fresh-token-0001" {
					return reply(r, 200, `[]`), nil
				}
				return reply(r, status, `[{"errorCode":"INVALID_SESSION_ID"}]`), nil
			}}
			in := api(post("a"))
			in.Answers = []resilience.Answer{salesforce}
			_, acme := ready(t, w, in)
			v := &renewing{vault: vaultOf("acme", "api"), next: auth.Token("a-fresh-token-0001")}
			_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.Through(v))
			if cured {
				must(t, err)
			} else {
				failure(t, err, waygate.KindAuth)
			}
			if v.asked != 1 || len(w.seen()) != 2 {
				t.Errorf("%d, cured %v: %d refreshes, %d requests", status, cured, v.asked, len(w.seen()))
			}
		}
	}
}

// TestAnswersOfAction shows that an action's answers stand in the place of the integration's.
func TestAnswersOfAction(t *testing.T) {
	t.Parallel()
	own, none, plain := get("own"), get("none"), get("plain")
	own.Answers = []resilience.Answer{{Status: []int{404}, Means: resilience.Ignore}}
	none.Answers = []resilience.Answer{}
	in := api(own, none, plain)
	in.Answers = []resilience.Answer{{Status: []int{404}, Means: resilience.Retry}, {Status: []int{409}, Means: resilience.Ignore}}
	w := always(404, `{}`)
	_, acme := ready(t, w, in)
	for action, want := range map[string]waygate.Kind{"api.own": "", "api.none": waygate.KindMissing, "api.plain": waygate.KindServer} {
		_, err := acme.Invoke(t.Context(), action, nil)
		if want == "" {
			must(t, err)
			continue
		}
		failure(t, err, want)
	}
	w.answer = func(_ int, r *http.Request, _ string) (*http.Response, error) { return reply(r, 409, `{}`), nil }
	_, err := acme.Invoke(t.Context(), "api.own", nil)
	failure(t, err, waygate.KindClient)
	_, err = acme.Invoke(t.Context(), "api.plain", nil)
	must(t, err)
}

// TestAnswersInGo shows what an action in Go gets of the declarations: its requests are repeated by them, and the answer
// that it passes on is judged by them; not one that it makes itself.
func TestAnswersInGo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		own  bool
		kind waygate.Kind
	}{"passed on": {false, waygate.KindRateLimited}, "its own": {true, ""}} {
		w := always(200, `{"error":"ratelimited"}`)
		in := inGo(func(ctx context.Context, call *waygate.Call) (*waygate.Response, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/p", nil)
			if err != nil {
				return nil, err
			}
			resp, err := call.HTTPClient().Do(req)
			if err != nil {
				return nil, err
			}
			if c.own {
				defer func() { _ = resp.Body.Close() }()
				data, err := io.ReadAll(resp.Body)
				return &waygate.Response{Body: io.NopCloser(strings.NewReader(string(data)))}, err
			}
			return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
		})
		in.Answers = []resilience.Answer{{Status: []int{200}, Path: "error", Equals: "ratelimited", Means: resilience.RateLimited}}
		_, acme := ready(t, w, in)
		_, err := acme.Invoke(t.Context(), "api.go", nil)
		if c.kind == "" {
			must(t, err)
		} else {
			failure(t, err, c.kind)
		}
		if len(w.seen()) != 3 {
			t.Errorf("%s: %d requests", name, len(w.seen()))
		}
	}
}

// TestAnswersOfOthers takes what another origin says by its status alone.
func TestAnswersOfOthers(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		if r.URL.Host == "api.example.com" {
			return reply(r, 302, ``, "Location", "https://files.example.org/x"), nil
		}
		return reply(r, 403, `{}`), nil
	}}
	in := api(get("a"))
	in.Answers = []resilience.Answer{{Status: []int{403}, Means: resilience.Ignore}}
	_, acme := ready(t, w, in)
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindForbidden)
}

// TestAnswersOfStreams judges a stream by its headers alone, and what isn't a success by all of it.
func TestAnswersOfStreams(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		header []string
		kind   waygate.Kind
	}{
		"well":           {200, nil, ""},
		"by a header":    {200, []string{"X-Error", "limited"}, waygate.KindRateLimited},
		"refused by 403": {403, nil, waygate.KindRateLimited},
	} {
		w := always(c.status, `{"error":"ratelimited"}`, c.header...)
		in := api(streaming("a"))
		in.Answers = []resilience.Answer{
			{Status: []int{200}, Header: "X-Error", Equals: "limited", Means: resilience.RateLimited},
			{Status: []int{200, 403}, Path: "error", Equals: "ratelimited", Means: resilience.RateLimited},
		}
		_, acme := ready(t, w, in)
		res, err := acme.Invoke(t.Context(), "api.a", nil)
		if c.kind != "" {
			if failure(t, err, c.kind); len(w.seen()) != 3 {
				t.Errorf("%s: %d requests", name, len(w.seen()))
			}
			continue
		}
		must(t, err)
		data, err := io.ReadAll(res.Stream())
		if err != nil || string(data) != `{"error":"ratelimited"}` || len(w.seen()) != 1 {
			t.Errorf("%s: %s, %v", name, data, err)
		}
		must(t, res.Stream().Close())
	}
}

// TestAnswersAndBreaker shows that a refusal for want of quota doesn't open the circuit, whatever its status.
func TestAnswersAndBreaker(t *testing.T) {
	t.Parallel()
	for means, want := range map[resilience.Meaning]resilience.State{
		resilience.RateLimited: resilience.StateClosed, resilience.Ignore: resilience.StateClosed, resilience.Fail: resilience.StateOpen,
	} {
		in := api(get("a"))
		in.Answers = []resilience.Answer{{Status: []int{503}, Means: means}}
		gw, acme := ready(t, always(503, `{}`), in)
		for range 6 {
			_, _ = acme.Invoke(t.Context(), "api.a", nil, waygate.Retry(resilience.Never{}))
		}
		if list := gw.Breakers().List("acme"); len(list) != 1 || list[0].State != want {
			t.Errorf("%s: the circuits are %+v, want one, %s", means, list, want)
		}
	}
}

// TestAnswerWaits waits what the declaration says where the provider says nothing.
func TestAnswerWaits(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{"": 30 * time.Second, "4": 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
				if n > 1 {
					return reply(r, 200, `{}`), nil
				}
				return reply(r, 403, `{}`, "Retry-After", header), nil
			}}
			in := api(post("a"))
			in.Answers = []resilience.Answer{{Status: []int{403}, Means: resilience.RateLimited, Wait: 30 * time.Second}}
			_, acme := ready(t, w, in)
			calls(t, acme, 1)
			if took := time.Since(midnight); took != want {
				t.Errorf("Retry-After %q: took %v, want %v", header, took, want)
			}
		})
	}
}

// declarations is a definition that declares all that can be, in its written form.
const declarations = `{"id":"api","base_url":"https://api.example.com","auth":{"kind":"bearer"},` +
	`"retry":{"kind":"schedule","waits":["1m0s","5m0s"]},` +
	`"waits":[{"header":"X-Wait","form":"epoch_ms"},{"path":"error.wait","pattern":"in ([0-9]+)s","form":"seconds"}],` +
	`"remaining":[{"standard":"x_ratelimit","form":"epoch"},{"header":"X-Calls","wait":"500ms","per":"action"}],` +
	`"answers":[{"status":[403],"path":"message","contains":"limit","means":"rate_limited","wait":"1m0s"}],` +
	`"actions":[{"kind":"http","id":"a","method":"GET","path":"/a","retry":{"kind":"linear","step":"2s"},` +
	`"answers":[{"status":[409,423],"header":"X-Retry","equals":"true","means":"retry"}]},` +
	`{"kind":"http","id":"b","method":"GET","path":"/b","retry":{"kind":"until","time":"2027-01-01T00:00:00Z"},"answers":[]}]}`

// TestDeclarationsWritten reads and writes it, byte for byte, and registers it twice as the same.
func TestDeclarationsWritten(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	in, err := gw.ParseIntegration([]byte(declarations))
	must(t, err)
	if got := jsonText(t, in); got != declarations {
		t.Errorf("written again:\n%s\nwant\n%s", got, declarations)
	}
	must(t, gw.Register(t.Context(), in))
	must(t, gw.Register(t.Context(), in))
	known, err := gw.Integration("api")
	must(t, err)
	known.Answers[0].Status[0], known.Waits[0].Header = 500, "X-Other" // a copy
	again, err := gw.Integration("api")
	must(t, err)
	if got := jsonText(t, again); got != declarations {
		t.Errorf("a change of what was returned changed the definition:\n%s", got)
	}
	for old, bad := range map[string]string{
		`"form":"epoch_ms"`:      `"from":"epoch_ms"`,
		`"standard":`:            `"Standard":`,
		`"means":"rate_limited"`: `"means":"rate_limited","kind":"x"`,
		`"step":"2s"`:            `"step":2`,
	} {
		_, err := gw.ParseIntegration([]byte(strings.Replace(declarations, old, bad, 1)))
		if e := failure(t, err, waygate.KindConfig); len(e.Fields) != 1 || e.Fields[0].Pointer == "" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestDeclarationFaults shows that what can't be used is refused at registration, with its place.
func TestDeclarationFaults(t *testing.T) {
	t.Parallel()
	type in = *waygate.Integration
	ok := resilience.Answer{Status: []int{403}, Means: resilience.Retry}
	for i, c := range []struct {
		change  func(in)
		pointer string
	}{
		{func(i in) { i.Waits = []resilience.Wait{{Header: "X-A"}, {Header: "a b"}} }, "/waits/1/header"},
		{func(i in) { i.Waits = []resilience.Wait{{Path: "a["}} }, "/waits/0/path"},
		{func(i in) { i.Waits = make([]resilience.Wait, 20) }, "/waits/0/header"},
		{func(i in) { i.Remaining = []resilience.Remaining{{Header: "X-A", Reset: "X-B"}} }, "/remaining/0/form"},
		{func(i in) { i.Answers = []resilience.Answer{ok, {Status: []int{403}}} }, "/answers/1/means"},
		{func(i in) { i.Answers = []resilience.Answer{{Status: []int{403, 302}, Means: resilience.Fail}} }, "/answers/0/status"},
		{func(i in) { i.Retry = resilience.Schedule{Waits: []time.Duration{0, -1}} }, "/retry/waits/1"},
		{func(i in) { i.Retry = resilience.Until{} }, "/retry/time"},
		{func(i in) { a := get("x"); a.Answers = []resilience.Answer{{}}; i.Actions = append(i.Actions, a) }, "/actions/1/answers/0/status"},
		{func(i in) {
			i.Answers = nil
			for range 65 {
				i.Answers = append(i.Answers, ok)
			}
		}, "/answers"},
	} {
		t.Run(fmt.Sprint(i, c.pointer), func(t *testing.T) {
			t.Parallel()
			def := api(get("ok"))
			c.change(&def)
			faultAt(t, def, c.pointer)
		})
	}
}
