package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/secret"
)

// book is a provider of the numbers 0 to n-1, in pages of given sizes.
type book struct {
	*wire
	sizes []int // how many are on each page
	style string
	fail  func(page int) int // a status instead of the page; 0 = none
	item  func(i int) string // JSON of item i; nil is the number
}

// newBook answers in the style "link", "body link", "cursor", "number", "post"
// or "header".
func newBook(style string, sizes ...int) *book {
	b := &book{sizes: sizes, style: style}
	b.wire = &wire{answer: b.answer}
	return b
}

func (b *book) action() waygate.HTTPAction {
	a := waygate.HTTPAction{ID: "list", Method: "GET", Path: "/list", Records: "data"}
	switch b.style {
	case "link":
		a.Pagination = pagination.Link{}
	case "body link":
		a.Pagination = pagination.Link{Path: "next_url"}
	case "cursor":
		a.Pagination = pagination.Cursor{Path: "next", Param: "page"}
	case "number":
		a.Pagination = pagination.Cursor{Path: "number", Param: "page", More: "more"}
	case "post":
		a.Method, a.Effects.Idempotent = "POST", true
		a.Pagination = pagination.Cursor{Path: "next", Param: "at.page", In: pagination.InBody, Limit: 7, LimitParam: "at.limit", LimitIn: pagination.InBody}
	case "header":
		a.Pagination = pagination.Cursor{Header: "X-Next", Param: "X-Page", In: pagination.InHeader}
	}
	return a
}

func (b *book) answer(_ int, r *http.Request, body string) (*http.Response, error) {
	text := r.URL.Query().Get("page") + r.Header.Get("X-Page")
	if body != "" {
		var in struct{ At struct{ Page string } }
		_ = json.Unmarshal([]byte(body), &in)
		text = in.At.Page
	}
	page, _ := strconv.Atoi(strings.TrimPrefix(text, "p"))
	if b.fail != nil {
		if status := b.fail(page); status != 0 {
			return reply(r, status, `{}`), nil
		}
	}
	start := 0
	for _, n := range b.sizes[:page] {
		start += n
	}
	list := []string{}
	for i := start; i < start+b.sizes[page]; i++ {
		item := strconv.Itoa(i)
		if b.item != nil {
			item = b.item(i)
		}
		list = append(list, item)
	}
	data := strings.Join(list, ",")
	if page+1 == len(b.sizes) {
		return reply(r, 200, `{"data":[`+data+`],"more":false}`), nil
	}
	next := strconv.Itoa(page + 1)
	return reply(r, 200, `{"data":[`+data+`],"next":"p`+next+`","number":`+next+`,"more":true,"next_url":"https://api.example.com/list?page=`+next+`"}`,
		"Link", `</list?page=`+next+`>; rel="next"`, "X-Next", "p"+next), nil
}

func (b *book) total() (n int) {
	for _, size := range b.sizes {
		n += size
	}
	return n
}

func upTo(n int) []int {
	list := []int{}
	for i := range n {
		list = append(list, i)
	}
	return list
}

// TestReadsEachItemOnce reads random books with random limits, cut anywhere and
// gone on with, in every way there is: each item exactly once, in order.
func TestReadsEachItemOnce(t *testing.T) {
	t.Parallel()
	for _, style := range []string{"link", "body link", "cursor", "number", "post", "header"} {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			rnd := rand.New(rand.NewPCG(seed, 1))
			for range 30 {
				var sizes []int
				for range 1 + rnd.IntN(6) {
					sizes = append(sizes, rnd.IntN(6))
				}
				b := newBook(style, sizes...)
				gw, acme := ready(t, b, api(b.action()))
				var got []int
				for i, err := range waygate.Items[int](t.Context(), acme, "api.list", nil) {
					must(t, err)
					got = append(got, i)
				}
				if diff := cmp.Diff(upTo(b.total()), append([]int{}, got...)); diff != "" {
					t.Fatalf("seed %d, sizes %v: %s", seed, sizes, diff)
				}
				got = []int{}
				token, rounds := "", 0
				for {
					opts := []waygate.Option{}
					if rnd.IntN(2) == 0 {
						opts = append(opts, waygate.MaxItems(1+rnd.IntN(5)))
					}
					if rnd.IntN(2) == 0 {
						opts = append(opts, waygate.MaxPages(1+rnd.IntN(3)))
					}
					if token != "" {
						opts = append(opts, waygate.Continue(token))
					}
					list, next := readSome(t, acme, rnd, opts)
					got = append(got, list...)
					if token = next; token == "" {
						break
					}
					if rounds++; rounds > 100 {
						t.Fatalf("seed %d, sizes %v: no end", seed, sizes)
					}
				}
				if diff := cmp.Diff(upTo(b.total()), got); diff != "" {
					t.Fatalf("seed %d, sizes %v: %s", seed, sizes, diff)
				}
				must(t, gw.Flush(t.Context()))
			}
		})
	}
}

// readSome reads on by Collect, Pages or, for one page, Invoke.
func readSome(t *testing.T, acme *waygate.Tenant, rnd *rand.Rand, opts []waygate.Option) (list []int, next string) {
	t.Helper()
	switch rnd.IntN(3) {
	case 0:
		for page, err := range waygate.Pages[int](t.Context(), acme, "api.list", nil, opts...) {
			must(t, err)
			list, next = append(list, page.Items...), page.Meta.Next
			if page.Meta.HasMore != (next != "") {
				t.Errorf("has more %v, next %q", page.Meta.HasMore, next)
			}
			if rnd.IntN(4) == 0 {
				break // its token goes on from here
			}
		}
		return list, next
	case 1:
		if rnd.IntN(3) == 0 {
			opts = append(opts, waygate.MaxChars(1+rnd.IntN(6)))
		}
		res, err := acme.Collect(t.Context(), "api.list", nil, opts...)
		must(t, err)
		list, err = waygate.Decode[[]int](res)
		must(t, err)
		if m := res.Meta; m.Items != len(list) || m.HasMore != (m.Next != "") || (m.Truncated == "") != (m.Next == "") {
			t.Errorf("%d items, but %+v", len(list), m)
		}
		return list, res.Meta.Next
	}
	var keep []waygate.Option
	if len(opts) > 0 { // a token stands last
		if _, err := acme.Invoke(t.Context(), "api.list", nil, opts[len(opts)-1]); err == nil {
			keep = opts[len(opts)-1:]
		}
	}
	res, err := acme.Invoke(t.Context(), "api.list", nil, keep...)
	must(t, err)
	list, err = waygate.Decode[[]int](res)
	must(t, err)
	return list, res.Meta.Next
}

// TestLoops shows that a provider that goes in circles is noticed, and that what
// was read is given.
func TestLoops(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 2, 5} {
		w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
			return reply(r, 200, fmt.Sprintf(`{"data":[%d],"next":"c%d"}`, n, n%length)), nil
		}}
		a := get("list")
		a.Records, a.Pagination = "data", pagination.Cursor{Path: "next", Param: "page"}
		_, acme := ready(t, w, api(a))
		n := 0
		var last error
		for _, err := range waygate.Items[int](t.Context(), acme, "api.list", nil) {
			if last = err; err == nil {
				n++
			}
		}
		e := failure(t, last, waygate.KindInvalidResponse)
		if !errors.Is(last, pagination.ErrRepeated) || n > length+1 || n < length {
			t.Errorf("a circle of %d: %d items, then %v", length, n, last)
		}
		if e.Tenant != "acme" || e.Integration != "api" || e.Action != "api.list" || e.CallID == "" {
			t.Errorf("its place is %+v", e)
		}
		res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxPages(20))
		failure(t, err, waygate.KindInvalidResponse)
		if res.Meta.Items < length {
			t.Errorf("a circle of %d: collected %d", length, res.Meta.Items)
		}
	}
}

// TestBreak shows that a read which is left early asks for no more, and leaves
// no call behind.
func TestBreak(t *testing.T) {
	t.Parallel()
	b := newBook("cursor", 2, 2, 2)
	gw, acme := ready(t, b, api(b.action()))
	seq := waygate.Items[int](t.Context(), acme, "api.list", nil)
	for range seq {
		break
	}
	if n := len(b.seen()); n != 1 {
		t.Errorf("%d requests", n)
	}
	n := 0
	for range seq { // from the beginning again
		n++
	}
	reads := map[string]int{}
	for _, r := range recordsOf(t, acme) {
		reads[r.ReadID]++
	}
	if n != 6 || len(reads) != 2 {
		t.Errorf("%d items in the second read, reads %v", n, reads)
	}
	func() {
		defer func() { _ = recover() }()
		for range seq {
			panic("the caller's own")
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	must(t, gw.Shutdown(ctx))
}

// TestSecretsOfLaterPages shows that a secret of the input is not seen in what a
// later page says.
func TestSecretsOfLaterPages(t *testing.T) {
	t.Parallel()
	const pin = "an-input-secret-77"
	b := newBook("cursor", 1, 1)
	inner := b.wire.answer
	b.wire.answer = func(n int, r *http.Request, body string) (*http.Response, error) {
		if r.URL.Query().Get("page") != "" {
			return reply(r, 400, `{"echo":"`+r.URL.Query().Get("pin")+`"}`), nil
		}
		return inner(n, r, body)
	}
	_, acme := ready(t, b, api(b.action()), func(c *waygate.Config) { c.RecordBodies = true })
	in := map[string]any{"pin": secret.New(pin)}
	_, err := acme.Collect(t.Context(), "api.list", in)
	e := failure(t, err, waygate.KindRejected)
	if !strings.Contains(b.last(t).query, pin) {
		t.Fatal("the provider didn't get it")
	}
	if text := string(e.Body) + err.Error() + jsonText(t, recordsOf(t, acme)); strings.Contains(text, pin) {
		t.Error("the input's secret is seen")
	}
}
