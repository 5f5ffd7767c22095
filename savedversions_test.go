package waygate_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
)

// TestOwnSaves shows that what this gateway saved or deleted is used by the next
// call, and that connections outlive their definition.
func TestOwnSaves(t *testing.T) {
	t.Parallel()
	for _, watched := range []bool{false, true} {
		t.Run(fmt.Sprint("watched ", watched), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := savedPair(t)
				if watched {
					p.watched()
				}
				p.saves(p.gw, version("one")) // is there
				p.store.asks("Get")
				p.calls(p.acme, "one")
				p.asked("Get", 0)
				for range 2 { // the second time it is there
					p.saves(p.other, version("theirs"))
					time.Sleep(1100 * time.Millisecond)
					p.saves(p.gw, version("two"))
					p.store.asks("Get")
					p.calls(p.acme, "two")
					p.lists(p.gw, "api.a")
					p.saves(p.gw, version("two"))
					p.asked("Get", 1)
					p.calls(p.acme, "two")
					p.asked("Get", 0)
				}
				must(t, p.gw.DeleteIntegration(t.Context(), "api"))
				p.lists(p.gw)
				p.store.fail()
				p.fails(waygate.ErrUnresolved)
				p.store.hook(nil)
				p.fails(waygate.ErrUnresolved)
				_, err := p.acme.Connection(t.Context(), "api", "main")
				must(t, err)
				p.saves(p.gw, version("three"))
				p.calls(p.acme, "three")
			})
		})
	}
}

// TestOthersSaves shows when another gateway's saves and deletions are seen: on
// the next use after 1 s without Run, within 2 s with it, in listings too.
func TestOthersSaves(t *testing.T) {
	t.Parallel()
	for _, watched := range []bool{false, true} {
		t.Run(fmt.Sprint("watched ", watched), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := savedPair(t)
				after := time.Second
				if watched {
					p.watched()
					after = 2 * time.Second
					p.lists(p.gw, "api.a") // before any use
				} else {
					p.lists(p.gw)
				}
				p.calls(p.acme, "one")
				p.store.asks("Get")
				p.calls(p.acme, "one")
				p.asked("Get", 0)
				p.saves(p.other, api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/two"}, get("b")))
				more := version("one")
				more.ID = "more"
				p.saves(p.other, more)
				time.Sleep(after)
				if watched {
					p.lists(p.gw, "api.a", "api.b", "more.a")
					p.store.asks("Get")
				}
				p.calls(p.acme, "two")
				if watched {
					p.asked("Get", 0)
				}
				must(t, p.other.DeleteIntegration(t.Context(), "api"))
				time.Sleep(after)
				if watched {
					p.lists(p.gw, "more.a")
				}
				p.fails(waygate.ErrUnresolved)
				p.saves(p.other, version("three"))
				time.Sleep(after)
				p.calls(p.acme, "three")
			})
		})
	}
}

// TestSavedOutlivesNothingElse shows that while it is watched a definition isn't
// asked for however long, nor one that nobody saved.
func TestSavedOutlivesNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		p.watched()
		none := func() {
			t.Helper()
			_, err := p.acme.Invoke(t.Context(), "no slug.a", nil) // nobody can save that
			failure(t, err, waygate.KindUnresolved)
			_, err = p.acme.Invoke(t.Context(), "none.a", nil)
			failure(t, err, waygate.KindUnresolved)
		}
		p.calls(p.acme, "one")
		none()
		p.asked("Get", 2)
		p.store.asks("List")
		for range 10 {
			time.Sleep(10 * time.Second)
			p.calls(p.acme, "one")
			none()
		}
		p.asked("Get", 0)
		p.asked("List", 0)
	})
}

// TestUnreadableHere shows that a definition which this gateway can't use is
// ErrConfig for its calls, also where an older version was known, and hides no
// other.
func TestUnreadableHere(t *testing.T) {
	t.Parallel()
	for what, replace := range map[string][2]string{
		"kind":       {"bearer", "unknown_here"},
		"definition": {apiBase, "https://{nowhere}.example.com"},
	} {
		for _, watched := range []bool{false, true} {
			t.Run(fmt.Sprint(what, " watched ", watched), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := savedPair(t)
					p.written("before", replace[0], replace[1])
					p.written("zulu", "", "")
					if watched {
						p.watched()
						p.lists(p.gw, "api.a", "zulu.a")
					}
					_, err := p.acme.Invoke(t.Context(), "before.a", nil)
					failure(t, err, waygate.KindConfig)
					says(t, err, "before", "version 1")
					p.calls(p.acme, "one")
					p.written("api", replace[0], replace[1])
					time.Sleep(2 * time.Second)
					for range 3 {
						_, err = p.acme.Invoke(t.Context(), "api.a", nil)
						failure(t, err, waygate.KindConfig)
						says(t, err, "api", "version 2")
						time.Sleep(time.Minute)
					}
					p.saves(p.other, version("three"))
					time.Sleep(2 * time.Second)
					p.calls(p.acme, "three")
				})
			})
		}
	}
}

// TestCodeWins shows that a registered definition hides a saved one, which is
// told once.
func TestCodeWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, logs := logged(zapcore.InfoLevel)
		p := savedPair(t, log)
		must(t, p.gw.Register(t.Context(), api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/code"}, get("in_code"))))
		p.written("more", "", "")
		p.watched()
		for _, name := range []string{"two", "three"} {
			p.calls(p.acme, "code")
			p.saves(p.other, version(name))
			time.Sleep(2 * time.Second)
		}
		p.lists(p.gw, "api.a", "api.in_code", "more.a")
		if n := logs.FilterMessageSnippet("both registered here and saved").Len(); n != 1 {
			t.Errorf("%d lines tell of it, want 1", n)
		}
		must(t, p.gw.DeleteIntegration(t.Context(), "api"))
		p.calls(p.acme, "code")
		p.saves(p.gw, version("four"))
		p.calls(p.acme, "code")
		must(t, p.gw.Unregister(t.Context(), "api"))
		p.calls(p.acme, "four")
	})
}

// TestCallKeepsItsVersion shows that a call in flight, and a read between its
// pages, stay with the definition that they began with.
func TestCallKeepsItsVersion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t, func(c *waygate.Config) { c.Retry = quick })
		entered, leave := make(chan struct{}, 9), make(chan struct{})
		p.wire.answer = held503(entered, leave)
		called := make(chan error)
		go func() { _, err := p.acme.Invoke(t.Context(), "api.a", nil); called <- err }()
		<-entered
		p.saves(p.gw, version("two"))
		close(leave) // a 503: it is tried again
		must(t, <-called)
		p.wire.answer = nil
		p.calls(p.acme, "two")
		var paths []string
		for _, x := range p.wire.seen() {
			paths = append(paths, x.path)
		}
		if diff := cmp.Diff([]string{"/one", "/one", "/two"}, paths); diff != "" {
			t.Error(diff)
		}
	})
}

// TestReadKeepsItsVersion shows the same of the pages of a read; a token of the
// older version is refused.
func TestReadKeepsItsVersion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBook("cursor", 1, 1, 1)
		gw := wired(t, b)
		first, second := b.action(), b.action()
		second.Path = "/other"
		_, err := gw.SaveIntegration(t.Context(), api(first))
		must(t, err)
		acme := connect(t, gw, "acme", "api", pat)
		res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxPages(1))
		must(t, err)
		b.forget()
		for _, err := range waygate.Items[int](t.Context(), acme, "api.list", nil) {
			must(t, err)
			_, err = gw.SaveIntegration(t.Context(), api(second))
			must(t, err)
		}
		var paths []string
		for _, x := range b.seen() {
			paths = append(paths, x.path)
		}
		if !slices.Equal(paths, []string{"/list", "/list", "/list"}) {
			t.Errorf("pages were read at %q", paths)
		}
		_, err = acme.Collect(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next))
		failure(t, err, waygate.KindInvalidInput)
		must(t, gw.DeleteIntegration(t.Context(), "api"))
		_, err = gw.SaveIntegration(t.Context(), api(first)) // the same again: another number
		must(t, err)
		got, err := acme.Collect(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next))
		must(t, err)
		if text := jsonText(t, got.Value()); text != "[1,2]" {
			t.Errorf("went on with %s", text)
		}
	})
}

// held503 is a wire's answer: the first is a 503 that waits for leave.
func held503(entered chan<- struct{}, leave <-chan struct{}) func(int, *http.Request, string) (*http.Response, error) {
	var first sync.Once
	return func(_ int, r *http.Request, _ string) (*http.Response, error) {
		status := 200
		first.Do(func() {
			entered <- struct{}{}
			<-leave
			status = 503
		})
		return reply(r, status, `{}`), nil
	}
}
