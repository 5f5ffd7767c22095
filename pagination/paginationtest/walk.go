package paginationtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/pagination"
)

// request is the first request if the options bring none.
func request() *http.Request {
	// The method and the URL are constants: this can't fail.
	r, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://api.example.com/v1/items?q=a%20b", nil)
	return r
}

// items makes a list of n records with ids that grow.
func items(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = map[string]any{"id": int64(i*7 + 1), "name": fmt.Sprint("item ", i)}
	}
	return list
}

func (s subject) walkRandom() error {
	const rounds = 60
	// A seed of its own makes a failure come back.
	random := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		// Every small length, so that full and empty last pages are met, then others.
		n, size := round, 1+random.IntN(9)
		if round >= rounds/2 {
			n = random.IntN(120)
		}
		want := items(n)
		pages, err := s.walk(want, size)
		if err != nil {
			return fmt.Errorf("%d items, %d to a page: %w", n, size, err)
		}
		var got []any
		for _, p := range pages {
			got = append(got, s.o.Records(p.Body)...)
		}
		if len(got) != len(want) || n > 0 && !reflect.DeepEqual(got, want) {
			return fmt.Errorf("%d items, %d to a page: %d arrive, or in another order", n, size, len(got))
		}
	}
	return nil
}

// walk reads the whole list and gives its pages.
func (s subject) walk(list []any, size int) ([]pagination.Page, error) {
	prepared, err := pagination.Prepare(s.strategy)
	if err != nil {
		return nil, err
	}
	var pages []pagination.Page
	var guard pagination.Guard
	server := s.o.Provider(list, size)
	before := 0
	for next := (&pagination.Next{}); next != nil; {
		if len(pages) > len(list)+2 {
			return nil, errors.New("there is no end")
		}
		page, err := s.fetch(server, *next)
		if e, ok := prepared.(pagination.Ender); ok && len(pages) > 0 && e.Ends(page.Status) {
			return pages, nil
		}
		if err != nil {
			return nil, err
		}
		page.Index, page.Before = len(pages), before
		before += max(page.Records, 0)
		pages = append(pages, page)
		if next, err = prepared.Next(clonePage(page)); err != nil {
			return nil, fmt.Errorf("after page %d: %w", len(pages), err)
		}
		if next != nil {
			if next, err = kept(&guard, *next); err != nil {
				return nil, err
			}
		}
	}
	return pages, nil
}

// kept gives what a caller goes on with elsewhere.
func kept(guard *pagination.Guard, n pagination.Next) (*pagination.Next, error) {
	if n.URL == "" && len(n.Set) == 0 {
		return nil, errors.New("a Next asks for nothing")
	}
	if err := guard.Seen(n); err != nil {
		return nil, err
	}
	return stored(n)
}

// stored gives n as it is after it was written down and read again.
func stored(n pagination.Next) (*pagination.Next, error) {
	raw, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("a Next can't be written: %w", err)
	}
	var again pagination.Next
	if err := json.Unmarshal(raw, &again); err != nil {
		return nil, fmt.Errorf("a Next can't be read: %w", err)
	}
	if again.Key() != n.Key() {
		return nil, errors.New("a Next is another after it was written and read")
	}
	return &again, nil
}

// fetch asks the provider for one page.
func (s subject) fetch(server http.Handler, n pagination.Next) (pagination.Page, error) {
	r, err := s.apply(n)
	if err != nil {
		return pagination.Page{}, err
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return pagination.Page{Status: w.Code}, fmt.Errorf("the provider answers %d to %s", w.Code, r.URL)
	}
	page := pagination.Page{URL: r.URL, Header: w.Header(), Records: -1, Status: w.Code, Sent: s.params(n)}
	if w.Body.Len() > 0 {
		if page.Body, err = parse(w.Body.Bytes()); err != nil {
			return pagination.Page{}, err
		}
	}
	records := s.o.Records(page.Body)
	page.Records = len(records)
	if len(records) > 0 {
		page.Last = records[len(records)-1]
	}
	return page, nil
}

// apply makes the request that n asks for.
func (s subject) apply(n pagination.Next) (*http.Request, error) {
	r := s.o.Request()
	body := map[string]any{}
	for _, p := range s.params(n) {
		text, ok := p.Text()
		if !ok {
			return nil, fmt.Errorf("the parameter %s is a %T", p.Name, p.Value)
		}
		switch p.In {
		case pagination.InHeader:
			r.Header.Set(p.Name, text)
		case pagination.InPath:
			r.URL.Path = strings.ReplaceAll(r.URL.Path, "{"+p.Name+"}", text)
		case pagination.InBody:
			put(body, strings.Split(p.Name, "."), p.Value)
		default:
			q := r.URL.Query()
			q.Set(p.Name, text)
			r.URL.RawQuery = q.Encode()
		}
	}
	if n.URL != "" {
		u, err := url.Parse(n.URL)
		if err != nil {
			return nil, err
		}
		r.URL, r.Host = u, u.Host
	}
	if len(body) == 0 {
		return r, nil
	}
	return withBody(r, body)
}

// params are those of First, and over them those of n; with a URL only what has
// its place elsewhere.
func (s subject) params(n pagination.Next) []pagination.Param {
	first := slices.DeleteFunc(s.strategy.First(), func(p pagination.Param) bool {
		return slices.ContainsFunc(n.Set, func(q pagination.Param) bool { return samePlace(p, q) })
	})
	return append(first, n.Set...)
}

func samePlace(a, b pagination.Param) bool {
	return cmp.Or(a.In, pagination.InQuery) == cmp.Or(b.In, pagination.InQuery) && a.Name == b.Name
}

// withBody makes r again with a JSON body.
func withBody(r *http.Request, body any) (*http.Request, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	again, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	again.Header = r.Header
	return again, nil
}

// put sets the member at a dotted path.
func put(into map[string]any, path []string, v any) {
	for ; len(path) > 1; path = path[1:] {
		below, ok := into[path[0]].(map[string]any)
		if !ok {
			below = map[string]any{}
			into[path[0]] = below
		}
		into = below
	}
	into[path[0]] = v
}

// parse reads JSON as the callers of strategies do: int64, float64, and
// json.Number for what fits neither.
func parse(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return numbers(v), nil
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return f
		}
	case map[string]any:
		for k, e := range v {
			v[k] = numbers(e)
		}
	case []any:
		for i, e := range v {
			v[i] = numbers(e)
		}
	}
	return v
}
