package waygate_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
)

// TestLimits shows what ends a collected read, exactly at a limit and beyond.
func TestLimits(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		sizes        []int
		opts         []waygate.Option
		items, pages int
		truncated    string
	}{
		"no list at all":            {[]int{0}, nil, 0, 1, ""},
		"empty pages between":       {[]int{0, 1, 0, 0, 1}, nil, 2, 5, ""},
		"five pages":                {[]int{1, 1, 1, 1, 1}, nil, 5, 5, ""},
		"six pages":                 {[]int{1, 1, 1, 1, 1, 1}, nil, 5, 5, "pages"},
		"500 items":                 {[]int{250, 250}, nil, 500, 2, ""},
		"500 items and a page":      {[]int{250, 250, 0}, nil, 500, 2, "items"},
		"501 items":                 {[]int{250, 251}, nil, 500, 2, "items"},
		"exactly":                   {[]int{2, 2}, []waygate.Option{waygate.MaxItems(4), waygate.MaxPages(2)}, 4, 2, ""},
		"within a page":             {[]int{2, 2}, []waygate.Option{waygate.MaxItems(3)}, 3, 2, "items"},
		"at a page's end":           {[]int{2, 2}, []waygate.Option{waygate.MaxItems(2)}, 2, 1, "items"},
		"one page":                  {[]int{2, 2}, []waygate.Option{waygate.MaxPages(1)}, 2, 1, "pages"},
		"characters, exactly":       {[]int{2, 2}, []waygate.Option{waygate.MaxChars(4)}, 4, 2, ""},
		"characters":                {[]int{2, 2}, []waygate.Option{waygate.MaxChars(3)}, 3, 2, "characters"},
		"characters at a page":      {[]int{2, 2}, []waygate.Option{waygate.MaxChars(2)}, 2, 2, "characters"},
		"characters of more":        {[]int{12}, []waygate.Option{waygate.MaxChars(11)}, 10, 1, "characters"},
		"at least one":              {[]int{0, 1}, []waygate.Option{waygate.MaxChars(1)}, 1, 2, ""},
		"characters, then items":    {[]int{5}, []waygate.Option{waygate.MaxChars(2), waygate.MaxItems(3)}, 2, 1, "characters"},
		"the later option wins":     {[]int{5}, []waygate.Option{waygate.MaxItems(1), waygate.MaxItems(4)}, 4, 1, "items"},
		"items, then characters":    {[]int{5}, []waygate.Option{waygate.MaxChars(3), waygate.MaxItems(2)}, 2, 1, "items"},
		"ten thousand at the limit": {[]int{10_000}, []waygate.Option{waygate.MaxItems(10_000)}, 10_000, 1, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook("cursor", c.sizes...)
			_, acme := ready(t, b, api(b.action()))
			res, err := acme.Collect(t.Context(), "api.list", nil, c.opts...)
			must(t, err)
			m := res.Meta
			if m.Items != c.items || m.Pages != c.pages || m.Truncated != c.truncated || len(b.seen()) != c.pages || m.Attempts != c.pages {
				t.Errorf("%d items on %d pages in %d requests, truncated %q", m.Items, m.Pages, len(b.seen()), m.Truncated)
			}
			if m.HasMore != (c.truncated != "") || (m.Next != "") != m.HasMore || len(res.Value().([]any)) != c.items {
				t.Errorf("has more %v, token %v", m.HasMore, m.Next != "")
			}
			list := recordsOf(t, acme)
			if len(list) != c.pages {
				t.Fatalf("%d records", len(list))
			}
			for i, r := range list {
				if r.ReadID != m.ReadID || r.ReadID == "" || r.Page != c.pages-i || r.Records != c.sizes[r.Page-1] {
					t.Errorf("record %d says %+v", i, r)
				}
			}
		})
	}
	t.Run("at least one, however long", func(t *testing.T) {
		t.Parallel()
		b := newBook("cursor", 2)
		b.item = func(int) string { return `"longer than the limit"` }
		_, acme := ready(t, b, api(b.action()))
		res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxChars(3))
		must(t, err)
		if res.Meta.Items != 1 || res.Meta.Truncated != "characters" || res.Meta.Next == "" {
			t.Errorf("got %+v", res.Meta)
		}
	})
	t.Run("characters, not bytes", func(t *testing.T) {
		t.Parallel()
		b := newBook("cursor", 3)
		b.item = func(int) string { return `"ää"` }
		_, acme := ready(t, b, api(b.action()))
		res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxChars(12))
		must(t, err)
		if res.Meta.Items != 3 || res.Meta.Characters != 12 {
			t.Errorf("%d items of %d characters", res.Meta.Items, res.Meta.Characters)
		}
	})
}

// TestReadFails shows what a read that fails midway gives: what was read, the
// error, and the place to go on from.
func TestReadFails(t *testing.T) {
	t.Parallel()
	for _, style := range []string{"link", "cursor", "post"} {
		b := newBook(style, 2, 2, 2)
		broken := true
		b.fail = func(page int) int {
			if broken && page == 2 {
				return 404
			}
			return 0
		}
		_, acme := ready(t, b, api(b.action()))
		res, err := acme.Collect(t.Context(), "api.list", nil)
		failure(t, err, waygate.KindMissing)
		if res == nil || res.Meta.Items != 4 || res.Meta.Pages != 2 || res.Meta.Truncated != "error" || !res.Meta.HasMore {
			t.Fatalf("%s: beside the error: %+v", style, res)
		}
		var items []int
		for i, e := range waygate.Items[int](t.Context(), acme, "api.list", nil) {
			if err = e; e == nil {
				items = append(items, i)
			}
		}
		if failure(t, err, waygate.KindMissing); len(items) != 4 {
			t.Errorf("%s: %v before the error", style, items)
		}
		broken = false
		res, err = acme.Collect(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next))
		must(t, err)
		if got := jsonText(t, res.Value()); got != "[4,5]" {
			t.Errorf("%s: went on with %s", style, got)
		}
	}
	b := newBook("cursor", 1)
	b.fail = func(int) int { return 500 }
	_, acme := ready(t, b, api(b.action()))
	res, err := acme.Collect(t.Context(), "api.list", nil)
	failure(t, err, waygate.KindServer)
	if res == nil || res.Meta.Items != 0 || res.Meta.HasMore {
		t.Errorf("beside the error: %+v", res)
	}
}

// TestCollectDuration shows that time ends a collected read as a limit does.
func TestCollectDuration(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts  []waygate.Option
		pages int
	}{"default": {nil, 4}, "option": {[]waygate.Option{waygate.Timeout(15 * time.Second)}, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBook("cursor", 1, 1, 1, 1, 1)
				inner := b.wire.answer
				b.wire.answer = func(n int, r *http.Request, body string) (*http.Response, error) {
					select {
					case <-time.After(7 * time.Second):
						return inner(n, r, body)
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
				}
				_, acme := ready(t, b, api(b.action()))
				res, err := acme.Collect(t.Context(), "api.list", nil, c.opts...)
				must(t, err)
				if m := res.Meta; m.Truncated != "duration" || m.Pages != c.pages || m.Items != c.pages || m.Next == "" {
					t.Errorf("got %+v", m)
				}
				res, err = acme.Collect(t.Context(), "api.list", nil, append(c.opts, waygate.Continue(res.Meta.Next))...)
				must(t, err)
				if first := res.Value().([]any)[0]; first != int64(c.pages) {
					t.Errorf("went on with %v", first)
				}
				_, err = acme.Collect(t.Context(), "api.list", nil, waygate.Timeout(time.Second))
				failure(t, err, waygate.KindTimeout) // nothing was read
			})
		})
	}
}
