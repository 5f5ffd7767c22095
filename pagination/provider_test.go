package pagination_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/pagination/paginationtest"
)

// provider pages a list by numbers behind opaque tokens. write puts the page on
// the wire; from is the first item of the page to come, -1 after the last page.
type provider struct {
	list  []any
	size  int
	sizes int // the page size that must be asked for, 0 for none
	read  func(r *http.Request) (token, size string)
	write func(w http.ResponseWriter, r *http.Request, page []any, from int)
}

func (p provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, asked := p.read(r)
	if n, err := strconv.Atoi(asked); err == nil {
		p.size = n
	} else if p.sizes > 0 {
		http.Error(w, "no page size", http.StatusBadRequest)
		return
	}
	from := 0
	if token != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(token, "t"))
		if err != nil {
			http.Error(w, "bad token", http.StatusBadRequest)
			return
		}
		from = n
	}
	to, next := from+p.size, from+p.size
	if to >= len(p.list) {
		to, next = len(p.list), -1
	}
	p.write(w, r, p.list[min(from, to):to], next)
}

func writeJSON(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

// query reads both from the query, where most providers do.
func query(r *http.Request) (string, string) {
	return r.URL.Query().Get("cursor"), r.URL.Query().Get("limit")
}

// serve makes the options for a provider that writes pages so.
func serve(limit int, read func(*http.Request) (string, string), write func(http.ResponseWriter, *http.Request, []any, int)) paginationtest.Options {
	return paginationtest.Options{
		Provider: func(list []any, size int) http.Handler {
			return provider{list: list, size: size, sizes: limit, read: read, write: write}
		},
		Records: func(body any) []any {
			switch body := body.(type) {
			case map[string]any:
				list, _ := body["data"].([]any)
				return list
			case []any:
				return body
			}
			return nil
		},
	}
}

// body gives a page whose object has members beside the data.
func body(members func(r *http.Request, page []any, from int) map[string]any) func(http.ResponseWriter, *http.Request, []any, int) {
	return func(w http.ResponseWriter, r *http.Request, page []any, from int) {
		v := members(r, page, from)
		v["data"] = page
		writeJSON(w, v)
	}
}

// nextURL is the URL of r with another token.
func nextURL(r *http.Request, from int) string {
	u := *r.URL
	q := u.Query()
	q.Set("cursor", fmt.Sprint("t", from))
	u.RawQuery = q.Encode()
	u.Scheme, u.Host = "https", "api.example.com"
	return u.String()
}

func token(from int) any {
	if from < 0 {
		return nil
	}
	return fmt.Sprint("t", from)
}

func TestStrategiesKeepTheContract(t *testing.T) {
	t.Parallel()
	type members = map[string]any
	bodyPost := func() *http.Request { return newRequest(http.MethodPost, "https://api.example.com/graphql") }
	tests := []struct {
		name     string
		strategy pagination.Strategy
		o        paginationtest.Options
		request  func() *http.Request
	}{
		{"none", pagination.None{}, serve(0, query, func(w http.ResponseWriter, r *http.Request, _ []any, _ int) {}), nil},
		{"link header", pagination.Link{Limit: 3, LimitParam: "limit"}, serve(3, query, func(w http.ResponseWriter, r *http.Request, page []any, from int) {
			w.Header().Add("Link", `<https://api.example.com/v1/items>; rel="first"; title="a, b; c"`)
			if from >= 0 {
				w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="alternate next"`, nextURL(r, from)))
			}
			writeJSON(w, page)
		}), nil},
		{"link relative", pagination.Link{Rel: "more"}, serve(0, query, func(w http.ResponseWriter, r *http.Request, page []any, from int) {
			if from >= 0 {
				w.Header().Set("Link", fmt.Sprintf(`<?cursor=t%d>; rel=more`, from))
			}
			writeJSON(w, page)
		}), nil},
		{"link in body", pagination.Link{Path: "$['@odata.nextLink']"}, serve(0, query, body(func(r *http.Request, _ []any, from int) members {
			if from < 0 {
				return members{"@odata.nextLink": ""}
			}
			return members{"@odata.nextLink": nextURL(r, from)}
		})), nil},
		{"cursor in body", pagination.Cursor{Path: "meta.next", Param: "cursor", Limit: 2, LimitParam: "limit"},
			serve(2, query, body(func(_ *http.Request, _ []any, from int) members {
				return members{"meta": members{"next": token(from)}}
			})), nil},
		{"cursor and flag", pagination.Cursor{Path: "next", Param: "cursor", More: "more"},
			serve(0, query, body(func(_ *http.Request, page []any, from int) members {
				return members{"next": "t" + strconv.Itoa(max(from, 0)), "more": from >= 0}
			})), nil},
		{"number as cursor", pagination.Cursor{Path: "next", Param: "cursor"},
			serve(0, query, body(func(_ *http.Request, _ []any, from int) members {
				if from < 0 {
					return members{}
				}
				return members{"next": from}
			})), nil},
		{"cursor in header", pagination.Cursor{Header: "X-Next", Param: "X-Cursor", In: pagination.InHeader, Limit: 4, LimitParam: "X-Limit", LimitIn: pagination.InHeader},
			serve(4, func(r *http.Request) (string, string) { return r.Header.Get("X-Cursor"), r.Header.Get("X-Limit") },
				func(w http.ResponseWriter, _ *http.Request, page []any, from int) {
					if from >= 0 {
						w.Header().Set("X-Next", fmt.Sprint("t", from))
					}
					writeJSON(w, page)
				}), nil},
		{"cursor into body", pagination.Cursor{Path: "data_info.end", Param: "variables.after", In: pagination.InBody, Limit: 5, LimitParam: "variables.first", LimitIn: pagination.InBody},
			serve(5, readBody, body(func(_ *http.Request, _ []any, from int) members {
				return members{"data_info": members{"end": token(from)}}
			})), bodyPost},
		{"cursor into path", pagination.Cursor{Path: "next", Param: "cursor", In: pagination.InPath},
			serve(0, func(r *http.Request) (string, string) {
				return strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1/"), "{cursor}"), ""
			}, body(func(_ *http.Request, _ []any, from int) members { return members{"next": token(from)} })),
			func() *http.Request { return newRequest(http.MethodGet, "https://api.example.com/v1/{cursor}") }},
		{"last record, short page", pagination.Cursor{LastField: "id", Param: "cursor", ShortPage: true, Limit: 3, LimitParam: "limit"}, lastRecord(false, 3), nil},
		{"last record and flag", pagination.Cursor{LastField: "id", Param: "cursor", More: "has_more"}, lastRecord(true, 0), nil},
		{"last record", pagination.Cursor{LastField: "id", Param: "cursor"}, lastRecord(false, 0), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.o.Request = tt.request
			if tt.name == "none" {
				tt.o.Provider = func(list []any, _ int) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, list) })
				}
			}
			paginationtest.Strategy(t, tt.strategy, tt.o)
		})
	}
}

func newRequest(method, target string) *http.Request {
	u, err := url.Parse(target)
	if err != nil {
		panic(err)
	}
	return &http.Request{Method: method, URL: u, Header: http.Header{}, Host: u.Host}
}

// readBody reads both from a GraphQL-like body.
func readBody(r *http.Request) (string, string) {
	var b struct {
		Variables struct {
			After string      `json:"after"`
			First json.Number `json:"first"`
		} `json:"variables"`
	}
	if r.Body == nil {
		return "", ""
	}
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		return "bad body", ""
	}
	return b.Variables.After, b.Variables.First.String()
}

// lastRecord pages by the id of the last record, as Stripe does: ids are
// 1, 8, 15, … .
func lastRecord(flag bool, limit int) paginationtest.Options {
	return serve(limit, func(r *http.Request) (string, string) {
		size := r.URL.Query().Get("limit")
		id, err := strconv.Atoi(r.URL.Query().Get("cursor"))
		if err != nil {
			return "", size
		}
		return strconv.Itoa(id/7 + 1), size
	}, body(func(_ *http.Request, page []any, from int) map[string]any {
		if flag {
			return map[string]any{"has_more": from >= 0}
		}
		return map[string]any{}
	}))
}
