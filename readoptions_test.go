package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// TestPresets shows what each preset bounds a collected read to.
func TestPresets(t *testing.T) {
	t.Parallel()
	many := func(pages, each int) []int {
		sizes := make([]int, pages)
		for i := range sizes {
			sizes[i] = each
		}
		return sizes
	}
	for name, c := range map[string]struct {
		sizes     []int
		text      int // characters of a record
		opts      []waygate.Option
		items     int
		truncated string
	}{
		"model, items":      {many(3, 60), 2, []waygate.Option{waygate.ForModel()}, 100, "items"},
		"model, pages":      {many(6, 1), 2, []waygate.Option{waygate.ForModel()}, 5, "pages"},
		"model, characters": {many(1, 99), 1000, []waygate.Option{waygate.ForModel()}, 40, "characters"},
		"sample":            {many(2, 4), 2, []waygate.Option{waygate.Sample()}, 4, "pages"},
		"sample, items":     {many(2, 40), 2, []waygate.Option{waygate.Sample()}, 10, "items"},
		"full set":          {many(101, 9), 2, []waygate.Option{waygate.FullSet()}, 900, "pages"},
		"full set, whole":   {many(100, 9), 2, []waygate.Option{waygate.FullSet()}, 900, ""},
		"a later option":    {many(2, 40), 2, []waygate.Option{waygate.Sample(), waygate.MaxItems(3)}, 3, "items"},
		"a later preset":    {many(2, 40), 2, []waygate.Option{waygate.MaxItems(3), waygate.Sample()}, 10, "items"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			b := newBook("cursor", c.sizes...)
			b.item = func(int) string { return `"` + strings.Repeat("x", c.text-2) + `"` }
			_, acme := ready(t, b, api(b.action()))
			res, err := acme.Collect(t.Context(), "api.list", nil, c.opts...)
			must(t, err)
			if res.Meta.Items != c.items || res.Meta.Truncated != c.truncated || res.Meta.Characters != c.items*c.text {
				t.Errorf("%d items of %d characters, truncated %q", res.Meta.Items, res.Meta.Characters, res.Meta.Truncated)
			}
		})
	}
}

// TestReadOptionsRefused shows where options of reads don't fit, and that a cap is
// told.
func TestReadOptionsRefused(t *testing.T) {
	t.Parallel()
	b := newBook("cursor", 1, 1)
	write := b.action()
	write.ID, write.Method = "write", "POST"
	_, acme := ready(t, b, api(b.action(), write))
	hook := waygate.OnPage(func(context.Context, waygate.Checkpoint) error { return nil })
	collect := func(action string, opts ...waygate.Option) error {
		_, err := acme.Collect(t.Context(), action, nil, opts...)
		return err
	}
	items := func(action string, opts ...waygate.Option) error {
		for _, err := range waygate.Items[int](t.Context(), acme, action, nil, opts...) {
			return err
		}
		return nil
	}
	invoke := func(opt waygate.Option) error {
		_, err := acme.Invoke(t.Context(), "api.list", nil, opt)
		return err
	}
	for text, err := range map[string]error{
		"option MaxPages: 101 is not between 1 and 100":          collect("api.list", waygate.MaxPages(101)),
		"option MaxItems: 10001 is not between 1 and 10000":      collect("api.list", waygate.MaxItems(10_001)),
		"option MaxChars: 1000001 is not between 1 and 1000000":  collect("api.list", waygate.MaxChars(1_000_001)),
		"option Timeout: 5m1s is not between 1s and 5m0s":        collect("api.list", waygate.Timeout(301*time.Second)),
		"option Prefetch is for Items and Pages":                 collect("api.list", waygate.Prefetch()),
		"option Prefetch: action api.write may change something": items("api.write", waygate.Prefetch()),
		"ForModel, FullSet and Sample are for Collect":           items("api.list", waygate.Sample()),
		"option OnPage: nil function":                            items("api.list", waygate.OnPage(nil)),
		"option OnPage is for Collect, Items and Pages":          invoke(hook),
		"option Prefetch is for Collect, Items":                  invoke(waygate.Prefetch()),
		"option FullSet is for Collect, Items":                   invoke(waygate.FullSet()),
	} {
		failure(t, err, waygate.KindConfig)
		says(t, err, text)
	}
	if len(b.seen()) != 0 {
		t.Errorf("%d requests", len(b.seen()))
	}
}

// TestCheckpoints shows that a read which is left anywhere goes on from its last
// checkpoint, in another gateway, with the page that it hadn't finished.
func TestCheckpoints(t *testing.T) {
	t.Parallel()
	b := newBook("cursor", 2, 0, 3, 1)
	store, keyring := memory.New(), ring(t, "k1")
	same := func(c *waygate.Config) { c.Store, c.Keyring = store, keyring }
	_, acme := ready(t, b, api(b.action()), same)
	second := wired(t, b, same)
	must(t, second.Register(t.Context(), api(b.action())))
	ends := []int{2, 2, 5, 6} // records up to the end of each page
	for stop := range 7 {
		var at waygate.Checkpoint
		calls, used := 0, []int{}
		keep := waygate.OnPage(func(_ context.Context, c waygate.Checkpoint) error {
			if c.Pages != calls+1 || c.Items != len(used) || ends[calls] != len(used) || c.ReadID == "" {
				t.Errorf("checkpoint %+v after %d records", c, len(used))
			}
			at = c
			calls++
			return nil
		})
		for i, err := range waygate.Items[int](t.Context(), acme, "api.list", nil, keep, waygate.Prefetch()) {
			must(t, err)
			used = append(used, i)
			if len(used) == stop {
				break
			}
		}
		opts := []waygate.Option{}
		if at.Next != "" {
			opts = append(opts, waygate.Continue(at.Next))
		}
		got := upTo(at.Items) // those of the pages that were finished
		for i, err := range waygate.Items[int](t.Context(), second.Tenant("acme"), "api.list", nil, opts...) {
			if must(t, err); stop == 0 {
				break
			}
			got = append(got, i)
		}
		if diff := cmp.Diff(upTo(6), got); diff != "" && stop > 0 {
			t.Errorf("stopped after %d: %s", stop, diff)
		}
		if stop == 0 && (calls != 4 || at.Next != "") {
			t.Errorf("a whole read has %d checkpoints, the last %+v", calls, at)
		}
	}
}

// TestCheckpointFails shows that an error of the function ends the read, and a
// panic too.
func TestCheckpointFails(t *testing.T) {
	t.Parallel()
	own := errors.New("the disk is full")
	b := newBook("cursor", 1, 1, 1)
	_, acme := ready(t, b, api(b.action()))
	for name, f := range map[string]func(context.Context, waygate.Checkpoint) error{
		"error": func(_ context.Context, c waygate.Checkpoint) error { return map[bool]error{true: own}[c.Pages == 2] },
		"panic": func(_ context.Context, c waygate.Checkpoint) error {
			if c.Pages == 2 {
				panic("the disk is full")
			}
			return nil
		},
	} {
		res, err := acme.Collect(t.Context(), "api.list", nil, waygate.OnPage(f))
		e := failure(t, err, waygate.KindConfig)
		says(t, err, "OnPage", "the disk is full")
		if res.Meta.Items != 2 || res.Meta.Next == "" || res.Meta.Truncated != "error" || e.Action != "api.list" || errors.Is(err, own) != (name == "error") {
			t.Errorf("%s: %+v beside %v", name, res.Meta, err)
		}
		n := 0
		for _, e := range waygate.Items[int](t.Context(), acme, "api.list", nil, waygate.OnPage(f)) {
			if err = e; e == nil {
				n++
			}
		}
		if failure(t, err, waygate.KindConfig); n != 2 {
			t.Errorf("%s: %d items", name, n)
		}
	}
}

// slowBook takes a second for each page, and counts those under way.
func slowBook(sizes ...int) (*book, *int) {
	b := newBook("cursor", sizes...)
	inner, cancelled := b.wire.answer, new(int)
	b.wire.answer = func(n int, r *http.Request, body string) (*http.Response, error) {
		select {
		case <-time.After(time.Second):
			return inner(n, r, body)
		case <-r.Context().Done():
			*cancelled++
			return nil, r.Context().Err()
		}
	}
	return b, cancelled
}

// TestPrefetch shows that the next page is asked for while the records of one are
// used, and never more than that one.
func TestPrefetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := slowBook(2, 2, 2, 2)
		_, acme := ready(t, b, api(b.action()))
		start, got := time.Now(), []int{}
		for i, err := range waygate.Items[int](t.Context(), acme, "api.list", nil, waygate.Prefetch()) {
			must(t, err)
			got = append(got, i)
			time.Sleep(5 * time.Second) // the next page comes meanwhile
			if n, most := len(b.seen()), i/2+2; n > most {
				t.Errorf("%d requests while record %d is used", n, i)
			}
		}
		if diff := cmp.Diff(upTo(8), got); diff != "" {
			t.Error(diff)
		}
		if d := time.Since(start); d != 41*time.Second {
			t.Errorf("it took %s, as if pages were waited for", d)
		}
	})
}

// TestPrefetchUnused shows that a page which nobody comes for is cancelled, has
// its record, and leaves no goroutine; and that limits leave it out.
func TestPrefetchUnused(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]waygate.Option{"break": nil, "items": {waygate.MaxItems(1)}, "pages": {waygate.MaxPages(1)}} {
		synctest.Test(t, func(t *testing.T) {
			b, cancelled := slowBook(1, 1, 1)
			_, acme := ready(t, b, api(b.action()))
			for _, err := range waygate.Items[int](t.Context(), acme, "api.list", nil, append(opts, waygate.Prefetch())...) {
				must(t, err)
				synctest.Wait() // the next page is under way
				break
			}
			// Its call has ended by now; a goroutine that is left fails the bubble.
			want := map[string]int{"break": 1}[name]
			if *cancelled != want || len(b.seen()) != 1+want {
				t.Errorf("%s: %d requests, %d cancelled", name, len(b.seen()), *cancelled)
			}
			kinds := []string{}
			for _, r := range recordsOf(t, acme) {
				kinds = append(kinds, fmt.Sprintf("%d %s", r.Page, r.Kind))
			}
			if diff := cmp.Diff([]string{"2 canceled", "1 "}[1-want:], kinds); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		})
	}
}

// TestPrefetchFails shows that the error of a page comes after the records before
// it, also when ctx ends and when an action ends its goroutine.
func TestPrefetchFails(t *testing.T) {
	t.Parallel()
	b := newBook("cursor", 2, 2, 2)
	b.fail = func(page int) int { return map[int]int{1: 404}[page] }
	_, acme := ready(t, b, api(b.action()))
	read := func(ctx context.Context, x *waygate.Tenant, each func()) (n int, last error) {
		for _, err := range waygate.Items[int](ctx, x, "api.list", nil, waygate.Prefetch()) {
			if last = err; err == nil {
				n++
				each()
			}
		}
		return n, last
	}
	n, err := read(t.Context(), acme, func() {})
	if failure(t, err, waygate.KindMissing); n != 2 {
		t.Errorf("%d records before the error", n)
	}
	synctest.Test(t, func(t *testing.T) {
		b, _ := slowBook(2, 2)
		_, acme := ready(t, b, api(b.action()))
		ctx, cancel := context.WithCancel(t.Context())
		n, err := read(ctx, acme, cancel)
		if failure(t, err, waygate.KindCanceled); n != 2 {
			t.Errorf("%d records before the end", n)
		}
	})
	_, acme = ready(t, always(200, `{}`), api(goexits{}))
	n, err = read(t.Context(), acme, func() {})
	if failure(t, err, waygate.KindConfig); n != 2 {
		t.Errorf("%d records before the end", n)
	}
}

// goexits ends its goroutine on the second page.
type goexits struct{}

func (goexits) Info() waygate.ActionInfo {
	return waygate.ActionInfo{ID: "list", Effects: waygate.Effects{ReadOnly: true}}
}

func (goexits) Do(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
	if c.Input != nil {
		runtime.Goexit()
	}
	return &waygate.Response{Value: []int{1, 2}}, nil
}

func (goexits) Next(context.Context, *waygate.Call, *waygate.Response) (any, bool, error) {
	return map[string]any{"page": 2}, true, nil
}
