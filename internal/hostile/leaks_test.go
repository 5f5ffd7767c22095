package hostile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/egress"
)

// stranger tests that a request to somebody else tells nothing: no header but those that every client sends, no cookie,
// no certificate, and no secret in what is left.
func stranger(t *testing.T, what string, x seen) {
	t.Helper()
	for name := range x.header {
		if !slices.Contains([]string{"Accept", "Accept-Language", "User-Agent", "Accept-Encoding", "Content-Type", "Content-Length"}, name) {
			t.Errorf("%s: %s got the header %s: %q", what, x.origin, name, x.header[name])
		}
	}
	all := fmt.Sprint(x.uri, x.header, x.body)
	for _, s := range secretTexts() {
		if strings.Contains(all, s) {
			t.Errorf("%s: %s got %q: %s", what, x.origin, s, all)
		}
	}
	if x.certificates != 0 {
		t.Errorf("%s: %s got a certificate", what, x.origin)
	}
}

func input(more ...string) map[string]any {
	in := map[string]any{"header": inCanary, "cookie": inCanary}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i]] = more[i+1]
	}
	return in
}

// withSchemes runs a test for each scheme.
func withSchemes(t *testing.T, run func(t *testing.T, n *internet, s signing)) {
	t.Parallel()
	for _, name := range []string{"bearer", "basic", "header", "query", "cookie", "body", "headers", "all", "certificate"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newInternet(t)
			run(t, n, schemes(t, n)[name])
		})
	}
}

// TestRedirects follows redirects of all kinds to all origins that aren't the integration's.
func TestRedirects(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		acme := leaky(t, n, s)
		for _, status := range []string{"301", "302", "303", "307", "308"} {
			for _, to := range elsewhere() {
				if !s.post {
					redirected(t, n, acme, s, status, to)
				}
				posted(t, n, acme, s, status, to)
			}
			if !s.post {
				downgraded(t, n, acme, status)
			}
		}
	})
}

// redirected leads a GET away, and away and back again.
func redirected(t *testing.T, n *internet, acme *waygate.Tenant, s signing, status, to string) {
	for _, where := range []string{to, to + " " + ours, to + " " + otherPort} {
		what := status + " to " + where
		_, err := acme.Invoke(t.Context(), "api.get", input("to", where, "status", status), waygate.IdempotencyKey(keyCanary))
		all := n.take()
		hops := 2 + strings.Count(where, " ")
		if err != nil || len(all) != hops || !s.shows(all[0]) || all[0].header.Get("X-Platform") == "" {
			t.Errorf("%s: %d requests, %v: %+v", what, len(all), err, all)
			continue
		}
		for _, x := range all[1:] {
			stranger(t, what, x)
		}
	}
}

// downgraded leads a GET from https to http.
func downgraded(t *testing.T, n *internet, acme *waygate.Tenant, status string) {
	for _, to := range []string{plainHTTP, "http://api.example.net"} {
		_, err := acme.Invoke(t.Context(), "api.get", input("to", to, "status", status))
		if all := n.take(); len(all) != 1 || kindOf(t, err) != invalid {
			t.Errorf("%s to %s: %d requests, %v", status, to, len(all), err)
		}
	}
}

// posted leads a POST away: nothing of it arrives anywhere else, whatever the status.
func posted(t *testing.T, n *internet, acme *waygate.Tenant, s signing, status, to string) {
	_, err := acme.Invoke(t.Context(), "api.post", map[string]any{"to": to, "status": status, "text": inCanary}, waygate.IdempotencyKey(keyCanary))
	if all := n.take(); len(all) != 1 || !s.shows(all[0]) || all[0].header.Get("Idempotency-Key") == "" || kindOf(t, err) != invalid {
		t.Errorf("POST, %s to %s: %d requests, %v", status, to, len(all), err)
	}
}

// TestNextLinks follows next links to other origins, where the pagination allows it, and refuses them where it doesn't.
func TestNextLinks(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		acme := leaky(t, n, s)
		for _, to := range elsewhere() {
			if s.post {
				postedOn(t, n, acme, s, to)
				continue
			}
			for _, action := range []string{"link", "body"} {
				for _, where := range []string{to, to + " " + ours} {
					linked(t, n, acme, s, action, where)
				}
				what := action + "home to " + to
				_, err := acme.Collect(t.Context(), "api."+action+"home", input("to", to, "want", action))
				if all := n.take(); len(all) != 1 || kindOf(t, err) != invalid {
					t.Errorf("%s: %d requests, %v", what, len(all), err)
				}
				for _, err := range waygate.Items[any](t.Context(), acme, "api."+action+"home", input("to", to, "want", action)) {
					if err != nil && kindOf(t, err) != invalid {
						t.Errorf("%s: %v", what, err)
					}
				}
				n.take()
			}
		}
	})
}

func linked(t *testing.T, n *internet, acme *waygate.Tenant, s signing, action, where string) {
	what := action + " to " + where
	_, err := acme.Collect(t.Context(), "api."+action, input("to", where, "want", action), waygate.MaxPages(3))
	all := n.take()
	if err != nil || len(all) < 2 || !s.shows(all[0]) {
		t.Errorf("%s: %d requests, %v", what, len(all), err)
		return
	}
	for _, x := range all[1:] {
		if x.origin != ours { // what leads back home is signed again: it is the page's own origin that links
			stranger(t, what, x)
		}
	}
}

// postedOn leads the pages of a read that asks by POST away. The body stays at home.
func postedOn(t *testing.T, n *internet, acme *waygate.Tenant, s signing, to string) {
	_, err := acme.Collect(t.Context(), "api.postpages", map[string]any{"to": to, "want": "body", "text": inCanary})
	all := n.take()
	if len(all) == 0 || !s.shows(all[0]) {
		t.Fatalf("%d requests, %v", len(all), err)
	}
	for _, x := range all[1:] {
		stranger(t, "POST to "+to, x)
		if x.body != "" {
			t.Errorf("POST to %s: %s got the body %q", to, x.origin, x.body)
		}
	}
}

// TestSDK sends requests of an action in Go to other origins.
func TestSDK(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		acme := leaky(t, n, s)
		for _, to := range append(elsewhere(), plainHTTP) {
			for _, method := range []string{"GET", "POST"} {
				_, err := acme.Invoke(t.Context(), "api.sdk", map[string]any{"Method": method, "URL": to + "/x"}, waygate.IdempotencyKey(keyCanary))
				all := n.take()
				if err != nil || len(all) != 1 {
					t.Errorf("%s %s: %d requests, %v", method, to, len(all), err)
					continue
				}
				stranger(t, method+" "+to, all[0])
			}
		}
		_, err := acme.Invoke(t.Context(), "api.sdk", map[string]any{"Method": "POST", "URL": ours + "/x"})
		if all := n.take(); err != nil || len(all) != 1 || !s.shows(all[0]) {
			t.Errorf("home: %v, %+v", err, all)
		}
	})
}

// TestOwnOrigins holds that an origin which the definition lists is signed for.
func TestOwnOrigins(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		for _, to := range []string{subdomain, domain, otherPort} {
			acme := leaky(t, n, s, to)
			method := "GET"
			if s.post {
				method = "POST"
			}
			_, err := acme.Invoke(t.Context(), "api.sdk", map[string]any{"Method": method, "URL": to + "/x"})
			if all := n.take(); err != nil || len(all) != 1 || !s.shows(all[0]) {
				t.Errorf("sdk to %s: %v, %+v", to, err, all)
			}
			if s.post {
				continue
			}
			_, err = acme.Invoke(t.Context(), "api.get", input("to", to, "status", "302"))
			if all := n.take(); err != nil || len(all) != 2 || !s.shows(all[1]) {
				t.Errorf("redirect to %s: %v, %+v", to, err, all)
			}
			_, err = acme.Collect(t.Context(), "api.link", input("to", to, "want", "link"))
			if all := n.take(); err != nil || len(all) != 2 || !s.shows(all[1]) {
				t.Errorf("next link to %s: %v, %+v", to, err, all)
			}
		}
	})
}

// TestDenied holds that no listed origin opens the way to an address inside.
func TestDenied(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	acme := leaky(t, n, schemes(t, n)["bearer"])
	for _, to := range []string{"https://169.254.169.254", "https://10.0.0.1", "https://[::1]", "https://api.example.com:22"} {
		_, err := acme.Invoke(t.Context(), "api.get", input("to", to, "status", "302"))
		if all := n.take(); len(all) != 1 || !errors.Is(err, egress.ErrDenied) || kindOf(t, err) != config {
			t.Errorf("%s: %d requests, %v", to, len(all), err)
		}
	}
}
