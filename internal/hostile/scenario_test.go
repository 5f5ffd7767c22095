package hostile_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
)

// The times of a scenario that is about time: an attempt, the call around it, and what a busy machine may add.
const (
	attemptTime = 100 * time.Millisecond
	callTime    = 2 * time.Second
	slack       = 3 * time.Second
)

// small is the limit of a body where its size isn't what matters.
const small = 1 << 20

// several is a number of attempts that the machine's pace decides.
const several = -1

// scenario is one way of harm, and how a call to it has to end.
type scenario struct {
	provider
	tls    *tls.Config
	kind   waygate.Kind // "" means that the call succeeds
	status int
	// attempts is how many requests the error counts: an answer that can't be used is not asked for again, a broken
	// connection is.
	attempts int
	idle     bool          // an idle connection may stay until the gateway is shut down
	long     bool          // the caller would wait for minutes
	slow     bool          // it is about time: attempts and the call end early
	attempt  time.Duration // how long an attempt takes at most; 0 means attemptTime if slow, else 20 s
	action   string        // "get" by default
	check    func(t *testing.T, res *waygate.Result, err error)
}

// api is an integration of the provider's.
func api(id, base string) waygate.Integration {
	action := func(id string, response waygate.ResponseKind) waygate.HTTPAction {
		return waygate.HTTPAction{ID: id, Method: "GET", Path: "/" + id, Response: response}
	}
	list := action("list", "")
	list.Records, list.Pagination = "$.items", pagination.Link{}
	listAny := list
	listAny.ID, listAny.Pagination = "listany", pagination.Link{AnyOrigin: true}
	cursor := action("cursor", "")
	cursor.Records, cursor.Pagination = "$.items", pagination.Cursor{Path: "$.next", Param: "after"}
	post := action("post", "")
	post.Method = "POST"
	return waygate.Integration{ID: id, BaseURL: base, Auth: auth.Bearer{},
		Errors: &waygate.ErrorFormat{Message: []string{"$.message"}, Code: []string{"$.code"}},
		Actions: []waygate.Action{action("get", ""), action("text", waygate.ResponseText), action("bytes", waygate.ResponseBytes),
			action("stream", waygate.ResponseStream), list, listAny, cursor, post, action("good", ""), action("full", waygate.ResponseBytes)}}
}

// start makes the provider and a gateway that is connected to it.
func (s *scenario) start(t *testing.T) (acme *waygate.Tenant, down func()) {
	t.Helper()
	s.room = cmp.Or(s.room, small)
	scheme, p := "http", policy()
	p.MaxInFlightBytes, p.MaxTenantBytes, p.MaxBodyBytes = int64(s.room), int64(s.room), int64(s.room)
	if s.tls != nil {
		a := newAuthority(t)
		s.tls.Certificates = []tls.Certificate{a.server(t)}
		scheme, p.RootCAs = "https", a.pool()
		p.IdleConnTimeout *= 5 // so that no connection over HTTP/2 is idle for that long before its first request
	}
	listen(t, &s.provider, s.tls)
	gw, down := gateway(t, p, func(c *waygate.Config) {
		if c.AttemptTimeout = cmp.Or(s.attempt, 20*time.Second); s.slow {
			c.AttemptTimeout = attemptTime
		}
	})
	base := scheme + "://127.0.0.1:" + strconv.Itoa(int(s.port))
	must(t, gw.Register(t.Context(), api("api", base)))
	patient := api("fine", base)
	patient.AttemptTimeout = waygate.Duration(20 * time.Second)
	must(t, gw.Register(t.Context(), patient))
	connect(t, gw, "acme", "fine", auth.Token(canary))
	return connect(t, gw, "acme", "api", auth.Token(canary)), down
}

// run makes the call, looks at its end, and at what it leaves.
func (s *scenario) run(t *testing.T) {
	acme, down := s.start(t)
	most, given := 30*time.Second, 30*time.Second
	switch {
	case s.slow:
		most, given = callTime, callTime
	case s.long:
		given = 5 * time.Minute
	}
	begin := time.Now()
	res, err := s.call(t.Context(), acme, given)
	took := time.Since(begin)
	if kind := kindOf(t, err); kind != s.kind || took > most+slack {
		t.Errorf("got %q after %s, want %q: %v", kind, took, s.kind, err)
	}
	clean(t, err)
	var e *waygate.Error
	if errors.As(err, &e) && e.Op == "invoke" && (e.Attempts != s.attempts && s.attempts != several || e.Status != s.status) {
		t.Errorf("%d attempts and status %d, want %d and %d: %v", e.Attempts, e.Status, s.attempts, s.status, err)
	}
	if s.check != nil {
		s.check(t, res, err)
	}
	if !s.idle {
		quiet(t)
	}
	s.behave(!s.idle)
	good(t, acme, s.room)
	down()
	quiet(t)
}

func (s *scenario) call(ctx context.Context, acme *waygate.Tenant, most time.Duration) (*waygate.Result, error) {
	switch s.action {
	case "list", "listany", "cursor":
		return acme.Collect(ctx, "api."+s.action, nil, waygate.Timeout(most))
	case "":
		return acme.Invoke(ctx, "api.get", nil, waygate.Timeout(most))
	}
	return acme.Invoke(ctx, "api."+s.action, nil, waygate.Timeout(most))
}

// good makes calls that succeed: one gets its own answer, the other has room for the largest of bodies, which there is
// only if nothing is held any more.
func good(t *testing.T, acme *waygate.Tenant, room int) {
	t.Helper()
	res, err := acme.Invoke(t.Context(), "fine.good", nil, waygate.Timeout(10*time.Second))
	if err != nil {
		t.Fatalf("a good call afterwards: %v", err)
	}
	if got := string(res.JSON()); got != `{"good":true}` {
		t.Errorf("a good call afterwards got %s", got)
	}
	res, err = acme.Invoke(t.Context(), "fine.full", nil, waygate.Timeout(10*time.Second))
	if err != nil {
		t.Fatalf("a call with the largest body afterwards: %v", err)
	}
	if b, err := waygate.Decode[[]byte](res); err != nil || len(b) != room {
		t.Errorf("%d bytes afterwards, %v", len(b), err)
	}
}

// TestProvider runs the scenarios that have much room, or are about time, in a process of their own, and the others of
// a table one after the other in one process. A call ends in the kind that the root documents: what came whole but
// can't be used is InvalidResponse and final; what broke is Network and repeated, as a GET may be; what took too long
// is Timeout.
func TestProvider(t *testing.T) {
	t.Parallel()
	for table, list := range map[string]map[string]*scenario{
		"bodies": bodies(), "headers": headers(), "times": times(), "frames": frames(), "framing": framing(),
		"texts": texts(), "statuses": statuses(),
	} {
		together := map[string]*scenario{}
		for name, s := range list {
			if !s.slow && s.room == 0 {
				together[name] = s
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				inChild(t, s.peak(), s.run)
			})
		}
		if len(together) == 0 {
			continue
		}
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			inChild(t, tight, func(t *testing.T) {
				for name, s := range together {
					t.Run(name, s.run)
				}
			})
		})
	}
}

// wantJSON tests a successful call's result.
func wantJSON(want string) func(*testing.T, *waygate.Result, error) {
	return func(t *testing.T, res *waygate.Result, err error) {
		if err == nil && string(res.JSON()) != want {
			t.Errorf("got %s, want %s", res.JSON(), want)
		}
	}
}

// says tests that an error, or a warning, tells what was wrong.
func says(part string) func(*testing.T, *waygate.Result, error) {
	return func(t *testing.T, res *waygate.Result, err error) {
		text := ""
		if err != nil {
			text = err.Error()
		} else {
			text = strings.Join(res.Meta.Warnings, "\n")
		}
		if !strings.Contains(text, part) {
			t.Errorf("it does not say %q: %.500s", part, text)
		}
	}
}

// serving is a scenario over HTTP/1 that ends in a kind.
func serving(kind waygate.Kind, serve func(x *exchange)) *scenario {
	s := &scenario{kind: kind, attempts: 1}
	s.serve = serve
	if kind == waygate.KindNetwork || kind == waygate.KindTimeout {
		s.attempts = 3
	}
	return s
}

// peak is what its process may take.
func (s *scenario) peak() int {
	if s.room > small {
		return roomy
	}
	return tight
}

func (s *scenario) with(change func(*scenario)) *scenario {
	change(s)
	return s
}

// saying is one that answers with a fixed text and hangs up.
func saying(kind waygate.Kind, text string) *scenario {
	return serving(kind, func(x *exchange) {
		x.say("%s", text)
		if tcp, ok := x.Conn.(interface{ CloseWrite() error }); ok {
			_ = tcp.CloseWrite() // not a reset, which could overtake the text
			_, _ = io.Copy(io.Discard, x.r)
		}
	})
}
