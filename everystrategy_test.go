package waygate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// spot is where a page of a deck stands.
type spot struct {
	from, to, all, size int
	position            int // as it was asked for
	last                bool
}

func (s spot) pages() int { return (s.all + s.size - 1) / s.size }

// token is what leads to the page after it.
func (s spot) token() string { return "t" + strconv.Itoa(s.to) }

// deck is a provider of the objects {"id":0} to {"id":n-1}, asked for by a
// position that it finds in each place of a request.
type deck struct {
	*wire
	count  string // "offset", "page", or "" for tokens
	start  int
	past   int // status after the last page; 0 = an empty page
	tell   func(s spot, h http.Header, r *http.Request) map[string]any
	n      int
	size   int
	asked  bool              // the page size must be said
	fault  func() int        // of one attempt; 0 = none
	broken func(s spot) bool // a page that fails until it is mended
}

func newDeck(d deck) *deck {
	p := &d
	p.wire = &wire{answer: p.answer}
	return p
}

func (d *deck) answer(_ int, r *http.Request, body string) (*http.Response, error) {
	at, size := d.read(r, body)
	if d.asked && size != strconv.Itoa(d.size) {
		return reply(r, 400, `{"message":"which page size?"}`), nil
	}
	s := spot{all: d.n, size: d.size, position: d.start}
	if n, err := strconv.Atoi(strings.TrimPrefix(at, "t")); err == nil {
		s.position = n
	}
	s.from = s.position - d.start
	if d.count == "page" {
		s.from *= d.size
	}
	if d.past != 0 && s.from > 0 && s.from >= d.n {
		return reply(r, d.past, `{"message":"no such page"}`), nil
	}
	s.from = min(s.from, d.n)
	s.to = min(s.from+d.size, d.n)
	s.last = s.to == d.n
	list := []any{}
	for i := s.from; i < s.to; i++ {
		list = append(list, map[string]any{"id": i})
	}
	h := http.Header{}
	m := d.tell(s, h, r)
	m["data"] = list
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if d.broken != nil && d.broken(s) {
		return reply(r, 503, `{}`), nil
	}
	switch d.fault() {
	case 1:
		return reply(r, 502, `{}`), nil
	case 2:
		return nil, errors.New("connection reset by peer")
	case 3: // cut in the middle
		resp := reply(r, 200, string(text))
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(string(text[:len(text)/2])), brokenReader{}))
		return resp, nil
	}
	resp := reply(r, 200, string(text))
	for name := range h {
		resp.Header.Set(name, h.Get(name))
	}
	return resp, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// read finds position and page size in query, headers, path, JSON or form.
func (d *deck) read(r *http.Request, body string) (at, size string) {
	q := r.URL.Query()
	at, size = q.Get("at")+r.Header.Get("X-At"), q.Get("size")+r.Header.Get("X-Size")
	if rest, ok := strings.CutPrefix(r.URL.Path, "/p/"); ok {
		at = rest
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, _ := url.ParseQuery(body)
		return form.Get("page[at]"), form.Get("page[size]")
	}
	if body == "" {
		return at, size
	}
	var in struct {
		Page, Variables struct{ At, Size, After, First any }
	}
	_ = json.Unmarshal([]byte(body), &in)
	for _, v := range []any{in.Page.At, in.Variables.After} {
		if v != nil {
			at = fmt.Sprint(v)
		}
	}
	for _, v := range []any{in.Page.Size, in.Variables.First} {
		if v != nil {
			size = fmt.Sprint(v)
		}
	}
	return at, size
}

// pagingWay is one way to page: a strategy, and the provider that it reads.
type pagingWay struct {
	action   waygate.HTTPAction
	strategy func(limit int) pagination.Strategy
	deck     deck
	in       map[string]any
}

// pagingWays are all strategies in each place that they support.
func pagingWays() map[string]pagingWay {
	type m = map[string]any
	nothing := func(spot, http.Header, *http.Request) map[string]any { return m{} }
	get, getPath := waygate.HTTPAction{Method: "GET", Path: "/list"}, waygate.HTTPAction{Method: "GET", Path: "/p/{at}"}
	post := waygate.HTTPAction{Method: "POST", Path: "/list", Effects: waygate.Effects{ReadOnly: true, Idempotent: true}}
	form := post
	form.Body = &waygate.Body{Encoding: waygate.BodyForm}
	next := func(name string) func(spot, http.Header, *http.Request) map[string]any {
		return func(s spot, _ http.Header, _ *http.Request) map[string]any {
			if s.last {
				return m{name: nil}
			}
			return m{name: s.token()}
		}
	}
	link := func(s spot, r *http.Request, relative bool) string {
		u := *r.URL
		q := u.Query()
		q.Set("at", s.token())
		u.RawQuery = q.Encode()
		if relative {
			return "?" + u.RawQuery
		}
		return u.String()
	}
	all := map[string]pagingWay{
		"cursor, token in a header": {get, func(int) pagination.Strategy { return pagination.Cursor{Header: "X-Next", Param: "at"} },
			deck{tell: func(s spot, h http.Header, _ *http.Request) map[string]any {
				if !s.last {
					h.Set("X-Next", s.token())
				}
				return m{}
			}}, nil},
		"cursor, last record": {get, func(int) pagination.Strategy { return pagination.Cursor{LastField: "id", Param: "at", More: "more"} },
			deck{start: -1, tell: func(s spot, _ http.Header, _ *http.Request) map[string]any { return m{"more": !s.last} }}, nil},
		"cursor that never ends": {get, func(int) pagination.Strategy { return pagination.Cursor{Path: "next", Param: "at", StopOnEmpty: true} },
			deck{tell: func(s spot, _ http.Header, _ *http.Request) map[string]any { return m{"next": s.token()} }}, nil},
		"cursor, 404 at the end": {get, func(int) pagination.Strategy { return pagination.Cursor{LastField: "id", Param: "at", EndStatus: 404} },
			deck{start: -1, past: 404, tell: nothing}, nil},
		"cursor in the path": {getPath, func(int) pagination.Strategy { return pagination.Cursor{Path: "next", Param: "at", In: "path"} },
			deck{tell: next("next")}, m{"at": "begin"}},
		"graphql": {post, func(n int) pagination.Strategy { return pagination.GraphQL{Path: "d.info", Limit: n} },
			deck{asked: true, tell: func(s spot, _ http.Header, _ *http.Request) map[string]any {
				return m{"d": m{"info": m{"hasNextPage": !s.last, "endCursor": s.token()}}}
			}}, m{"query": "{ a }", "variables": m{"q": "x"}}},
		"auto, cursor into a body": {post, func(int) pagination.Strategy { return pagination.Auto{In: "body", Param: "page.at"} },
			deck{tell: next("next_cursor")}, m{"q": "x"}},
		"auto, pages": {get, func(int) pagination.Strategy { return pagination.Auto{Param: "at"} },
			deck{count: "page", start: 1, tell: func(s spot, _ http.Header, _ *http.Request) map[string]any {
				return m{"meta": m{"page": s.position, "total_pages": s.pages()}}
			}}, nil},
		"auto, offset": {get, func(int) pagination.Strategy { return pagination.Auto{Param: "at"} },
			deck{count: "offset", tell: func(s spot, _ http.Header, _ *http.Request) map[string]any {
				return m{"offset": s.from, "total": s.all}
			}}, nil},
		"pages in a header, 400 at the end": {get, func(n int) pagination.Strategy {
			return pagination.PageNumber{Param: "at", PagesHeader: "X-WP-TotalPages", EndStatus: 400, Limit: n, LimitParam: "size"}
		}, deck{count: "page", start: 1, past: 400, asked: true, tell: func(s spot, h http.Header, _ *http.Request) map[string]any {
			h.Set("X-WP-TotalPages", strconv.Itoa(s.pages()))
			return m{}
		}}, nil},
		"pages from 0, 404 at the end": {get, func(int) pagination.Strategy {
			return pagination.PageNumber{Param: "at", Start: new(0), EndStatus: 404}
		},
			deck{count: "page", past: 404, tell: nothing}, nil},
		"pages from 7, short page": {get, func(n int) pagination.Strategy {
			return pagination.PageNumber{Param: "at", Start: new(7), ShortPage: true, Limit: n, LimitParam: "size"}
		}, deck{count: "page", start: 7, asked: true, tell: nothing}, nil},
		"pages, total": {get, func(int) pagination.Strategy { return pagination.PageNumber{Param: "at", Total: "t"} },
			deck{count: "page", start: 1, tell: func(s spot, _ http.Header, _ *http.Request) map[string]any { return m{"t": s.all} }}, nil},
		"offset, total in a header": {get, func(int) pagination.Strategy { return pagination.Offset{Param: "at", TotalHeader: "X-Total-Count"} },
			deck{count: "offset", tell: func(s spot, h http.Header, _ *http.Request) map[string]any {
				h.Set("X-Total-Count", strconv.Itoa(s.all))
				return m{}
			}}, nil},
		"offset, flag": {get, func(int) pagination.Strategy { return pagination.Offset{Param: "at", More: "more"} },
			deck{count: "offset", tell: func(s spot, _ http.Header, _ *http.Request) map[string]any { return m{"more": !s.last} }}, nil},
	}
	for _, relative := range []bool{false, true} {
		all[fmt.Sprint("link in a header, relative ", relative)] = pagingWay{get, func(n int) pagination.Strategy {
			return pagination.Link{Limit: n, LimitParam: "size"}
		}, deck{asked: true, tell: func(s spot, h http.Header, r *http.Request) map[string]any {
			if !s.last {
				h.Set("Link", "<"+link(s, r, relative)+`>; rel="next"`)
			}
			return m{}
		}}, m{"q": "x y"}}
		all[fmt.Sprint("link in a body, relative ", relative)] = pagingWay{get, func(int) pagination.Strategy {
			return pagination.Link{Path: "@odata.nextLink"}
		}, deck{tell: func(s spot, _ http.Header, r *http.Request) map[string]any {
			if s.last {
				return m{}
			}
			return m{"@odata.nextLink": link(s, r, relative)}
		}}, m{"q": "x y"}}
	}
	for name, place := range map[string]struct {
		action   waygate.HTTPAction
		in       pagination.In
		at, size string
		limitIn  pagination.In
		in1      map[string]any
	}{
		"query":  {get, "", "at", "size", "", m{"q": "x"}},
		"header": {get, "header", "X-At", "X-Size", "header", nil},
		"path":   {getPath, "path", "at", "size", "query", nil},
		"body":   {post, "body", "page.at", "page.size", "body", m{"page": m{"q": 1}}},
		"form":   {form, "body", "page.at", "page.size", "body", m{"page": m{"q": 1}}},
	} {
		all["offset in "+name] = pagingWay{place.action, func(n int) pagination.Strategy {
			return pagination.Offset{Param: place.at, In: place.in, Limit: n, LimitParam: place.size, LimitIn: place.limitIn}
		}, deck{count: "offset", asked: true, tell: nothing}, place.in1}
		all["page number in "+name] = pagingWay{place.action, func(n int) pagination.Strategy {
			return pagination.PageNumber{Param: place.at, In: place.in, Limit: n, LimitParam: place.size, LimitIn: place.limitIn}
		}, deck{count: "page", start: 1, asked: true, tell: nothing}, place.in1}
		if name == "path" {
			continue // above: it needs an input to begin with
		}
		all["cursor in "+name] = pagingWay{place.action, func(n int) pagination.Strategy {
			return pagination.Cursor{Path: "next", Param: place.at, In: place.in, Limit: n, LimitParam: place.size, LimitIn: place.limitIn}
		}, deck{asked: true, tell: next("next")}, place.in1}
	}
	return all
}

type item struct {
	ID int `json:"id"`
}

// TestEveryStrategyReadsEachItemOnce reads lists of random lengths, in pages of
// random sizes, in each way there is, while attempts fail at random: each record
// arrives exactly once, in order. Then it reads them in pieces, cut anywhere, each
// by one of two gateways over the same store, past a page that fails for good: none
// is lost and none repeated.
func TestEveryStrategyReadsEachItemOnce(t *testing.T) {
	t.Parallel()
	rounds := 8
	if raceEnabled {
		rounds = 4
	}
	for name, w := range pagingWays() {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			rnd := rand.New(rand.NewPCG(seed, 2))
			for round := range rounds {
				d := w.deck
				d.n, d.size = rnd.IntN(25), 1+rnd.IntN(6)
				if round < 3 {
					d.n = round * d.size // a full last page
				}
				faulty := false
				d.fault = func() int { // never two in a row: attempts are three
					if faulty = !faulty && rnd.IntN(20) == 0; faulty {
						return 1 + rnd.IntN(3)
					}
					return 0
				}
				r := newReading(t, w, newDeck(d))
				r.whole(t, seed)
				r.inPieces(t, seed, rnd)
			}
		})
	}
}

// reading is a list and two gateways that read it.
type reading struct {
	deck *deck
	in   map[string]any
	by   [2]*waygate.Tenant
	want []int
}

func newReading(t *testing.T, w pagingWay, d *deck) *reading {
	t.Helper()
	a := w.action
	a.ID, a.Records, a.Pagination = "list", "data", w.strategy(d.size)
	store, keyring := memory.New(), ring(t, "k1")
	shared := func(c *waygate.Config) { // its faults are no outage
		c.Store, c.Keyring, c.Breaker = store, keyring, resilience.BreakerSettings{Disabled: true}
	}
	r := &reading{deck: d, in: w.in, want: upTo(d.n)}
	_, r.by[0] = ready(t, d, api(a), shared)
	second := wired(t, d, shared)
	must(t, second.Register(t.Context(), api(a)))
	r.by[1] = second.Tenant("acme")
	return r
}

func (r *reading) whole(t *testing.T, seed uint64) {
	t.Helper()
	for _, opts := range [][]waygate.Option{nil, {waygate.Prefetch()}} {
		got := []int{}
		for i, err := range waygate.Items[item](t.Context(), r.by[0], "api.list", r.in, opts...) {
			if err != nil {
				t.Fatalf("seed %d, %d items, %d to a page: %v", seed, r.deck.n, r.deck.size, err)
			}
			got = append(got, i.ID)
		}
		if diff := cmp.Diff(r.want, got); diff != "" {
			t.Fatalf("seed %d, %d items, %d to a page: %s", seed, r.deck.n, r.deck.size, diff)
		}
	}
}

func (r *reading) inPieces(t *testing.T, seed uint64, rnd *rand.Rand) {
	t.Helper()
	bad, mended := rnd.IntN(r.deck.n+1), false
	r.deck.broken = func(s spot) bool { return !mended && s.from <= bad && bad < s.to }
	got, token := []int{}, ""
	for range 3*r.deck.n + 10 {
		var opts []waygate.Option
		if token != "" {
			opts = append(opts, waygate.Continue(token))
		}
		if rnd.IntN(2) == 0 {
			opts = append(opts, waygate.MaxItems(1+rnd.IntN(5)))
		}
		if rnd.IntN(2) == 0 {
			opts = append(opts, waygate.MaxPages(1+rnd.IntN(3)))
		}
		if rnd.IntN(3) == 0 {
			opts = append(opts, waygate.MaxChars(1+rnd.IntN(50)))
		}
		res, err := r.by[rnd.IntN(2)].Collect(t.Context(), "api.list", r.in, opts...)
		list, decoded := waygate.Decode[[]item](res)
		must(t, decoded)
		for _, i := range list {
			got = append(got, i.ID)
		}
		if err != nil {
			failure(t, err, waygate.KindServer)
			if mended {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if mended = true; res.Meta.Next != "" {
				token = res.Meta.Next
			}
			continue
		}
		if m := res.Meta; m.Items != len(list) || m.HasMore != (m.Next != "") || (m.Truncated == "") != (m.Next == "") {
			t.Fatalf("seed %d: %d items, but %+v", seed, len(list), m)
		}
		if token = res.Meta.Next; token == "" {
			break
		}
	}
	if diff := cmp.Diff(r.want, got); diff != "" {
		t.Fatalf("seed %d, %d items, %d to a page, in pieces: %s", seed, r.deck.n, r.deck.size, diff)
	}
}
