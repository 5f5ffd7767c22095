package waygate_test

import (
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

// TestStylesOnTheWire sends a value in each place and style to a real server.
func TestStylesOnTheWire(t *testing.T) {
	t.Parallel()
	list, object := []any{"a b", 2}, map[string]any{"x": 1, "y": "z"}
	no, yes := pointer(false), pointer(true)
	for name, c := range map[string]struct {
		param waygate.Parameter
		value any
		want  string // the end of the URI, the header, the cookies or the body
	}{
		"path":                 {waygate.Parameter{In: "path"}, "a/b?c#d %", "/p/a%2Fb%3Fc%23d%20%25"},
		"path list":            {waygate.Parameter{In: "path"}, list, "/p/a%20b,2"},
		"path object":          {waygate.Parameter{In: "path"}, object, "/p/x,1,y,z"},
		"path exploded":        {waygate.Parameter{In: "path", Explode: yes}, object, "/p/x=1,y=z"},
		"path label":           {waygate.Parameter{In: "path", Style: "label"}, list, "/p/.a%20b,2"},
		"path label exploded":  {waygate.Parameter{In: "path", Style: "label", Explode: yes}, list, "/p/.a%20b.2"},
		"path matrix":          {waygate.Parameter{In: "path", Style: "matrix"}, list, "/p/;v=a%20b,2"},
		"path matrix exploded": {waygate.Parameter{In: "path", Style: "matrix", Explode: yes}, list, "/p/;v=a%20b;v=2"},
		"path with slashes":    {waygate.Parameter{In: "path", AllowSlash: true}, "a/b c/d", "/p/a/b%20c/d"},
		"path JSON":            {waygate.Parameter{In: "path", Style: "json"}, object, "/p/%7B%22x%22%3A1%2C%22y%22%3A%22z%22%7D"},
		"query":                {waygate.Parameter{In: "query"}, "a&b=c#", "/p/-?v=a%26b%3Dc%23"},
		"query zero":           {waygate.Parameter{In: "query"}, 0, "/p/-?v=0"},
		"query false":          {waygate.Parameter{In: "query"}, false, "/p/-?v=false"},
		"query empty":          {waygate.Parameter{In: "query"}, "", "/p/-?v="},
		"query null":           {waygate.Parameter{In: "query"}, nil, "/p/-"},
		"query list":           {waygate.Parameter{In: "query"}, list, "/p/-?v=a%20b&v=2"},
		"query list of one":    {waygate.Parameter{In: "query", Explode: no}, list, "/p/-?v=a%20b,2"},
		"query object":         {waygate.Parameter{In: "query", Style: "form"}, object, "/p/-?x=1&y=z"},
		"query object of one":  {waygate.Parameter{In: "query", Style: "form", Explode: no}, object, "/p/-?v=x,1,y,z"},
		"query spaces":         {waygate.Parameter{In: "query", Style: "spaceDelimited"}, []any{"a", 2}, "/p/-?v=a%202"},
		"query pipes":          {waygate.Parameter{In: "query", Style: "pipeDelimited"}, list, "/p/-?v=a%20b%7C2"},
		"query tabs":           {waygate.Parameter{In: "query", Style: "tabDelimited"}, list, "/p/-?v=a%20b%092"},
		"query deep":           {waygate.Parameter{In: "query", Style: "deepObject"}, object, "/p/-?v%5Bx%5D=1&v%5By%5D=z"},
		"query brackets":       {waygate.Parameter{In: "query", Style: "brackets"}, list, "/p/-?v%5B%5D=a%20b&v%5B%5D=2"},
		"query indices":        {waygate.Parameter{In: "query", Style: "indices"}, list, "/p/-?v%5B0%5D=a%20b&v%5B1%5D=2"},
		"query JSON":           {waygate.Parameter{In: "query", Style: "json"}, object, "/p/-?v=%7B%22x%22%3A1%2C%22y%22%3A%22z%22%7D"},
		"query reserved":       {waygate.Parameter{In: "query", AllowReserved: true}, "a/b:c&d", "/p/-?v=a/b:c%26d"},
		"query renamed":        {waygate.Parameter{In: "query", As: "page[size]"}, 5, "/p/-?page%5Bsize%5D=5"},
		"header":               {waygate.Parameter{In: "header", As: "X-V"}, "a, b", "a, b"},
		"header list":          {waygate.Parameter{In: "header", As: "X-V"}, list, "a b,2"},
		"header object":        {waygate.Parameter{In: "header", As: "X-V", Explode: yes}, object, "x=1,y=z"},
		"header zero":          {waygate.Parameter{In: "header", As: "X-V"}, 0, "0"},
		"header JSON":          {waygate.Parameter{In: "header", As: "X-V", Style: "json"}, object, `{"x":1,"y":"z"}`},
		"header default":       {waygate.Parameter{In: "header", As: "X-V", Default: false}, absent{}, "false"},
		"cookie":               {waygate.Parameter{In: "cookie"}, `a;b "c"`, "v=a%3Bb%20%22c%22"},
		"cookie list":          {waygate.Parameter{In: "cookie"}, list, "v=a%20b; v=2"},
		"cookie object of one": {waygate.Parameter{In: "cookie", Explode: no}, object, "v=x,1,y,z"},
		"cookie false":         {waygate.Parameter{In: "cookie"}, false, "v=false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := waygate.HTTPAction{ID: "a", Method: "GET", Path: "/p/-"}
			if c.param.Name = "v"; c.param.In == "path" {
				a.Path = "/p/{v}"
			}
			a.Parameters = []waygate.Parameter{c.param}
			in := map[string]any{"v": c.value}
			if _, none := c.value.(absent); none {
				in = nil
			}
			server := &arrivals{}
			_, err := served(t, server, a).Invoke(t.Context(), "api.a", in)
			must(t, err)
			got := server.seen()[0]
			text := got.uri
			switch c.param.In {
			case "header":
				text = strings.Join(got.header["X-V"], " | ")
			case "cookie":
				text = got.cookie
			}
			if text != c.want {
				t.Errorf("the server reads %q, want %q", text, c.want)
			}
		})
	}
}

// absent stands for a member that isn't given.
type absent struct{}

// TestUndefinedValues shows values of which nothing is sent, not even a name
// (RFC 6570, section 2.3).
func TestUndefinedValues(t *testing.T) {
	t.Parallel()
	styles := map[waygate.In]waygate.Style{"query": "form", "header": "simple", "cookie": "form"}
	for in := range styles {
		for _, value := range []any{nil, []any{}, []any{nil}, map[string]any{}} {
			got := sends(t, waygate.HTTPAction{Method: "GET", Path: "/p", Parameters: []waygate.Parameter{{Name: "v", In: in, As: "X-V", Style: styles[in]}, {Name: "w", In: in, Style: "json"}}},
				map[string]any{"v": value})
			if _, there := got.header["X-V"]; there || got.query != "" || got.header["Cookie"] != nil {
				t.Errorf("%v in %s: sent %s, %v", value, in, got.url, got.header)
			}
		}
	}
}
