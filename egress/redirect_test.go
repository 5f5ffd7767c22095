package egress_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
)

// site answers from a table: "GET https://a.test/x" → status and Location. What is not in it answers 200. Like a
// signer it adds a header to what it sends.
type site struct {
	answers map[string]answer
	seen    []*http.Request
}

type answer struct {
	status   int
	location string
}

func (s *site) RoundTrip(req *http.Request) (*http.Response, error) {
	s.seen = append(s.seen, req.Clone(req.Context()))
	a, ok := s.answers[req.URL.String()]
	if !ok {
		a = answer{status: 200}
	}
	resp := &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("body")), Request: req}
	if a.location != "" {
		resp.Header.Set("Location", a.location)
	}
	return resp, nil
}

func (s *site) urls() []string {
	list := make([]string, 0, len(s.seen))
	for _, req := range s.seen {
		list = append(list, req.Method+" "+req.URL.String())
	}
	return list
}

func chain(n int) map[string]answer {
	answers := make(map[string]answer)
	for i := range n {
		answers["https://a.test/"+strings.Repeat("x", i)] = answer{302, "/" + strings.Repeat("x", i+1)}
	}
	return answers
}

func TestFollowRedirects(t *testing.T) {
	t.Parallel()
	one := func(status int, location string) map[string]answer {
		return map[string]answer{"https://a.test/": {status, location}}
	}
	for _, tc := range []struct {
		name    string
		method  string
		body    string
		answers map[string]answer
		want    []string // what was sent
		status  int      // 0: a ResponseError; -1: a DeniedError
	}{
		{"301", "GET", "", one(301, "/b"), []string{"GET https://a.test/", "GET https://a.test/b"}, 200},
		{"302", "GET", "", one(302, "b?c=d"), []string{"GET https://a.test/", "GET https://a.test/b?c=d"}, 200},
		{"303", "HEAD", "", one(303, "/b"), []string{"HEAD https://a.test/", "HEAD https://a.test/b"}, 200},
		{"307", "GET", "", one(307, "https://b.test/"), []string{"GET https://a.test/", "GET https://b.test/"}, 200},
		{"308", "", "", one(308, "//b.test:8443/"), []string{" https://a.test/", " https://b.test:8443/"}, 200},
		{"300 is an answer", "GET", "", one(300, "/b"), []string{"GET https://a.test/"}, 300},
		{"304 is an answer", "GET", "", one(304, "/b"), []string{"GET https://a.test/"}, 304},
		{"200 with Location is an answer", "GET", "", one(200, "/b"), []string{"GET https://a.test/"}, 200},
		{"no Location", "GET", "", one(302, ""), []string{"GET https://a.test/"}, 302},
		{"POST", "POST", "", one(302, "/b"), []string{"POST https://a.test/"}, 302},
		{"POST 307", "POST", "x", one(307, "/b"), []string{"POST https://a.test/"}, 307},
		{"DELETE", "DELETE", "", one(308, "/b"), []string{"DELETE https://a.test/"}, 308},
		{"GET with a body", "GET", "x", one(307, "/b"), []string{"GET https://a.test/"}, 307},
		{"five", "GET", "", chain(5), []string{
			"GET https://a.test/", "GET https://a.test/x", "GET https://a.test/xx", "GET https://a.test/xxx",
			"GET https://a.test/xxxx", "GET https://a.test/xxxxx",
		}, 200},
		{"six", "GET", "", chain(6), []string{
			"GET https://a.test/", "GET https://a.test/x", "GET https://a.test/xx", "GET https://a.test/xxx",
			"GET https://a.test/xxxx", "GET https://a.test/xxxxx",
		}, 0},
		{"itself", "GET", "", one(302, "/"), []string{
			"GET https://a.test/", "GET https://a.test/", "GET https://a.test/", "GET https://a.test/",
			"GET https://a.test/", "GET https://a.test/",
		}, 0},
		{"https to http", "GET", "", one(302, "http://a.test/"), []string{"GET https://a.test/"}, 0},
		{"other scheme", "GET", "", one(302, "ftp://a.test/"), []string{"GET https://a.test/"}, 0},
		{"script", "GET", "", one(302, "javascript:alert(1)"), []string{"GET https://a.test/"}, 0},
		{"malformed", "GET", "", one(302, "https://a.test:b/"), []string{"GET https://a.test/"}, 0},
		{"numeric host", "GET", "", one(302, "https://2130706433/"), []string{"GET https://a.test/"}, -1},
		{"user", "GET", "", one(302, "https://u:hunter2@a.test/"), []string{"GET https://a.test/"}, -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := &site{answers: tc.answers}
			req := &http.Request{Method: tc.method, URL: parse(t, "https://a.test/"), Header: http.Header{}}
			if tc.body != "" {
				req.Body = io.NopCloser(strings.NewReader(tc.body))
			}
			resp, err := egress.FollowRedirects(s).RoundTrip(req)
			if diff := cmp.Diff(tc.want, s.urls()); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if tc.status < 0 {
				if !errors.Is(err, egress.ErrDenied) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("got %v, want a DeniedError", err)
				}
				return
			}
			if tc.status == 0 {
				var refused *egress.ResponseError
				if !errors.As(err, &refused) || refused.Status != 302 || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("got %v, want a ResponseError", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer egress.Drain(resp.Body)
			if body, _ := io.ReadAll(resp.Body); resp.StatusCode != tc.status || string(body) != "body" {
				t.Errorf("got status %d and %q", resp.StatusCode, body)
			}
		})
	}
}

func TestHeadersOfAHop(t *testing.T) {
	t.Parallel()
	sent := http.Header{
		"Accept": {"application/json"}, "Accept-Language": {"de"}, "User-Agent": {"waygate"},
		"Authorization": {"Bearer s"}, "authorization": {"Bearer s"}, "Proxy-Authorization": {"s"}, "Cookie": {"s"},
		"Referer": {"https://a.test/?key=s"}, "X-Api-Key": {"s"}, "x-version": {"3"},
	}
	for name, tc := range map[string]struct {
		location string
		want     http.Header
	}{
		"same origin": {"/b", http.Header{
			"Accept": {"application/json"}, "Accept-Language": {"de"}, "User-Agent": {"waygate"},
			"X-Api-Key": {"s"}, "x-version": {"3"},
		}},
		"same origin, spelled out": {"https://A.test:443/b", http.Header{
			"Accept": {"application/json"}, "Accept-Language": {"de"}, "User-Agent": {"waygate"},
			"X-Api-Key": {"s"}, "x-version": {"3"},
		}},
		"other port": {"https://a.test:8443/", http.Header{
			"Accept": {"application/json"}, "Accept-Language": {"de"}, "User-Agent": {"waygate"},
		}},
		"subdomain": {"https://x.a.test/", http.Header{
			"Accept": {"application/json"}, "Accept-Language": {"de"}, "User-Agent": {"waygate"},
		}},
	} {
		s := &site{answers: map[string]answer{"https://a.test/?key=s": {302, tc.location}}}
		req := &http.Request{Method: "GET", URL: parse(t, "https://a.test/?key=s"), Host: "a.test", Header: sent.Clone()}
		if _, err := egress.FollowRedirects(s).RoundTrip(req); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(tc.want, s.seen[1].Header); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if s.seen[1].URL.RawQuery != "" {
			t.Errorf("%s: the query went along: %s", name, s.seen[1].URL)
		}
		if diff := cmp.Diff(sent, req.Header); diff != "" {
			t.Errorf("%s changed the request it was given (-want +got):\n%s", name, diff)
		}
	}
}

// What was dropped on the way to another origin does not come back on the way home.
func TestHeadersStayAwayAfterADetour(t *testing.T) {
	t.Parallel()
	s := &site{answers: map[string]answer{
		"https://a.test/": {302, "https://b.test/"}, "https://b.test/": {302, "https://a.test/home"},
	}}
	req := &http.Request{Method: "GET", URL: parse(t, "https://a.test/"), Header: http.Header{"X-Api-Key": {"s"}}}
	if _, err := egress.FollowRedirects(s).RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	if got := s.seen[2].Header; len(got) != 0 {
		t.Errorf("the third request carried %v", got)
	}
}

// A signer under FollowRedirects signs each hop; what it signed one with does not reach the next.
func TestSignedAnewPerHop(t *testing.T) {
	t.Parallel()
	s := &site{answers: map[string]answer{"https://a.test/": {302, "/b"}, "https://a.test/b": {302, "https://b.test/"}}}
	home := parse(t, "https://a.test/")
	signer := roundTripper(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		if egress.SameOrigin(req.URL, home) {
			req.Header.Set("X-Api-Key", "secret")
		}
		return s.RoundTrip(req)
	})
	req := &http.Request{Method: "GET", URL: home, Header: http.Header{}}
	if _, err := egress.FollowRedirects(signer).RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	got := make([]string, 0, 3)
	for _, req := range s.seen {
		got = append(got, req.Header.Get("X-Api-Key"))
	}
	if diff := cmp.Diff([]string{"secret", "secret", ""}, got); diff != "" {
		t.Errorf("keys sent (-want +got):\n%s", diff)
	}
}

// The guard stands on every hop.
func TestRedirectInside(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{
		"https://127.0.0.1/", "https://[::1]/", "https://metadata.example/", "https://b.example:22/",
	} {
		addr, roots := tlsServer(t, http.RedirectHandler(inside, http.StatusFound), true)
		w := &wire{to: addr}
		tr := mustNew(t, egress.Policy{
			RootCAs: roots, Dial: w.dial,
			Resolver: resolving(map[string][]string{"example.com": {publicAddr}, "metadata.example": {"169.254.169.254"}}),
		})
		if _, err := get(t, egress.FollowRedirects(tr), "https://example.com/"); !errors.Is(err, egress.ErrDenied) {
			t.Errorf("%s: got %v, want ErrDenied", inside, err)
		}
		if diff := cmp.Diff([]string{"8.8.8.8:443"}, w.dialled()); diff != "" {
			t.Errorf("%s dialled (-want +got):\n%s", inside, diff)
		}
	}
}

func TestFollowerKeepsBrokenTransportsOut(t *testing.T) {
	t.Parallel()
	nothing := roundTripper(func(*http.Request) (*http.Response, error) { return nil, nil })
	if _, err := egress.FollowRedirects(nothing).RoundTrip(&http.Request{URL: &url.URL{}}); err == nil {
		t.Error("neither response nor error, and no error")
	}
	if _, ok := egress.FollowRedirects(nothing).(interface{ CloseIdleConnections() }); ok {
		t.Error("a retrying client above could close everyone's connections")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// FuzzRedirect holds that no Location leads out of https, to a host written in a hidden form, or into a panic.
func FuzzRedirect(f *testing.F) {
	for _, seed := range []string{"/b", "//b.test", "http://a.test", "https:\\\\b", "https://1.2.3.4.", "?x", "#y", "https://a.test:0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, location string) {
		s := &site{answers: map[string]answer{"https://a.test/": {302, location}}}
		req := &http.Request{Method: "GET", URL: parse(t, "https://a.test/"), Header: http.Header{"X-Api-Key": {"s"}}}
		_, err := egress.FollowRedirects(s).RoundTrip(req)
		var refused *egress.ResponseError
		if err != nil && !errors.As(err, &refused) && !errors.Is(err, egress.ErrDenied) {
			t.Fatalf("%q: %v", location, err)
		}
		for _, sent := range s.seen {
			if sent.URL.Scheme != "https" || egress.Origin(sent.URL) == "" {
				t.Fatalf("%q led to %s", location, sent.URL)
			}
			if sent.Header.Get("X-Api-Key") != "" && sent.URL.Hostname() != "a.test" && !egress.SameOrigin(sent.URL, req.URL) {
				t.Fatalf("%q took the key to %s", location, sent.URL)
			}
		}
	})
}
