package pagination_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/pagination"
)

func TestLinkNext(t *testing.T) {
	t.Parallel()
	page, err := url.Parse("https://API.example.com/v1/items?page=1&q=a%20b")
	if err != nil {
		t.Fatal(err)
	}
	inBody := pagination.Link{Path: "next"}
	free := pagination.Link{Path: "next", AnyOrigin: true}
	header := func(values ...string) pagination.Page {
		return pagination.Page{URL: page, Header: http.Header{"Link": values}}
	}
	body := func(v any) pagination.Page { return pagination.Page{URL: page, Body: object{"next": v}} }
	of := func(at, next string) pagination.Page {
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		return pagination.Page{URL: u, Body: object{"next": next}}
	}
	long := "https://api.example.com/" + strings.Repeat("x", 4096-len("https://api.example.com/"))
	tests := []struct {
		name   string
		s      pagination.Link
		page   pagination.Page
		want   string // "" is the end
		reason string // of the error
	}{
		{"header", pagination.Link{}, header(`<https://api.example.com/v1/items?page=2>; rel="next"`), "https://api.example.com/v1/items?page=2", ""},
		{"second header", pagination.Link{}, header(`</first>; rel="first"`, `</x>; REL=NEXT`), "https://API.example.com/x", ""},
		{"rel list", pagination.Link{}, header(`</x>; rel="last next"`), "https://API.example.com/x", ""},
		{"other rel", pagination.Link{Rel: "https://example.com/rels/more"}, header(`</x>; rel="https://example.com/rels/more"`), "https://API.example.com/x", ""},
		{"not next", pagination.Link{}, header(`</x>; rel="nextish"; title="next"`), "", ""},
		{"anchor", pagination.Link{}, header(`</x>; rel=next; anchor="/other", </y>; rel=next`), "https://API.example.com/y", ""},
		{"no header", pagination.Link{}, pagination.Page{URL: page}, "", ""},
		{"empty target", pagination.Link{}, header(`<>; rel=next`), "", ""},
		{"broken header", pagination.Link{}, header(`https://api.example.com/?k=hunter22; rel=next`), "", "angle brackets"},
		{"relative query", inBody, body("?page=2"), "https://API.example.com/v1/items?page=2", ""},
		{"relative path", inBody, body("../x#frag"), "https://API.example.com/x", ""},
		{"trailing dot", inBody, body("https://api.example.com./x"), "https://api.example.com./x", ""},
		{"trailing dot of the page", inBody, of("https://api.example.com.", "https://api.example.com/x"), "https://api.example.com/x", ""},
		{"international name", inBody, of("https://b\u00fccher.example.com", "https://xn--bcher-kva.example.com/x"), "https://xn--bcher-kva.example.com/x", ""},
		{"spelled address", inBody, of("https://[2001:DB8:0::1]", "https://[2001:db8::1]/x"), "https://[2001:db8::1]/x", ""},
		{"two trailing dots", inBody, body("https://api.example.com../?k=hunter22"), "", "can't be read"},
		{"port of no server", inBody, body("https://api.example.com:0/?k=hunter22"), "", "can't be read"},
		{"dot before", inBody, body("https://.api.example.com/?k=hunter22"), "", "can't be read"},
		{"default port", inBody, body("https://api.example.com:443/x"), "https://api.example.com:443/x", ""},
		{"missing", inBody, pagination.Page{URL: page, Body: object{}}, "", ""},
		{"null", inBody, body(nil), "", ""},
		{"empty", inBody, body(" "), "", ""},
		{"false", inBody, body(false), "", ""},
		{"true", inBody, body(true), "", "a boolean"},
		{"object", inBody, body(object{"href": "x"}), "", "an object"},
		{"other host", inBody, body("https://evil.example.net/?k=hunter22"), "", `"https://evil.example.net:443"`},
		{"other host, short", inBody, body("//evil.example.net/?k=hunter22"), "", "another origin"},
		{"other scheme", inBody, body("http://api.example.com/?k=hunter22"), "", "another origin"},
		{"other port", inBody, body("https://api.example.com:8443/?k=hunter22"), "", "another origin"},
		{"allowed", free, body("http://other.example.net:81/x?y"), "http://other.example.net:81/x?y", ""},
		{"allowed without page", free, pagination.Page{Body: object{"next": "https://x.example.net/"}}, "https://x.example.net/", ""},
		{"relative without page", free, pagination.Page{Body: object{"next": "/x"}}, "", "relative"},
		{"no page to compare", inBody, pagination.Page{Body: object{"next": "https://x.example.net/"}}, "", "not known"},
		{"user", free, body("https://me:hunter22@api.example.com/"), "", "user information"},
		{"file", free, body("file:///etc/passwd"), "", `"file"`},
		{"script", free, body("javascript:hunter22"), "", "only http and https"},
		{"no host", free, body("https:///x"), "", "no host"},
		{"opaque", free, body("https:x"), "", "no host"},
		{"no URL", free, body("https://[::1/hunter22"), "", "not a URL"},
		{"back slash", free, body(`https://api.example.com\@evil.example.net/`), "", "not a URL"},
		{"4 KiB", inBody, body(long), long, ""},
		{"more than 4 KiB", inBody, body(long + "x"), "", "4 KiB"},
		{"more than 4 KiB when escaped", inBody, body("/" + strings.Repeat("ü", 1000)), "", "4 KiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.s.Next(tt.page)
			if tt.reason != "" {
				var e *pagination.Error
				if !errors.As(err, &e) || e.Op != "next" || !strings.Contains(err.Error(), tt.reason) {
					t.Errorf("got %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "hunter22") {
					t.Error("the error tells too much of the URL")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want *pagination.Next
			if tt.want != "" {
				want = &pagination.Next{URL: tt.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLinkValidate(t *testing.T) {
	t.Parallel()
	checkField(t, pagination.Link{}, "")
	checkField(t, pagination.Link{Path: "a[0].b", Limit: 5, LimitParam: "n", LimitIn: pagination.InHeader}, "")
	checkField(t, pagination.Link{Path: "a["}, "path")
	checkField(t, pagination.Link{Path: "a", Rel: "next"}, "rel")
	checkField(t, pagination.Link{Rel: "next prev"}, "rel")
	checkField(t, pagination.Link{Limit: 5}, "limit_param")
	checkField(t, pagination.Link{Limit: 5, LimitParam: "Host", LimitIn: pagination.InHeader}, "limit_param")
	want := []pagination.Param{{In: pagination.InBody, Name: "page.size", Value: int64(5)}}
	s := pagination.Link{Limit: 5, LimitParam: "page.size", LimitIn: pagination.InBody}
	if diff := cmp.Diff(want, s.First()); diff != "" {
		t.Error(diff)
	}
	if got := (pagination.Link{}).First(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestParseLink(t *testing.T) {
	t.Parallel()
	type links = []pagination.LinkValue
	type params = map[string]string
	tests := []struct {
		name   string
		values []string
		want   links
	}{
		{"none", nil, nil},
		{"empty", []string{"", " , ,"}, nil},
		// The examples of RFC 8288, section 3.5, without the folded line.
		{"previous", []string{`<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter"`},
			links{{URI: "http://example.com/TheBook/chapter2", Params: params{"rel": "previous", "title": "previous chapter"}}}},
		{"bare", []string{`</>; rel="http://example.net/foo"`}, links{{URI: "/", Params: params{"rel": "http://example.net/foo"}}}},
		{"anchor", []string{`</terms>; rel="copyright"; anchor="#foo"`}, links{{URI: "/terms", Params: params{"rel": "copyright", "anchor": "#foo"}}}},
		{"extended", []string{`</c2>; rel="previous"; title*=UTF-8'de'letztes%20Kapitel, </c4>; rel="next"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel`},
			links{{URI: "/c2", Params: params{"rel": "previous", "title*": "UTF-8'de'letztes%20Kapitel"}},
				{URI: "/c4", Params: params{"rel": "next", "title*": "UTF-8'de'n%c3%a4chstes%20Kapitel"}}}},
		{"two rels", []string{`<http://example.org/>; rel="start http://example.net/relation/other"`},
			links{{URI: "http://example.org/", Params: params{"rel": "start http://example.net/relation/other"}}}},

		{"commas and semicolons", []string{`<http://h/?a=1,2;b>; title="x, <y>; \"z\\"; rel=next,</b>`},
			links{{URI: "http://h/?a=1,2;b", Params: params{"title": `x, <y>; "z\`, "rel": "next"}}, {URI: "/b", Params: params{}}}},
		{"first rel counts", []string{`</a>; rel=prev; REL=next`}, links{{URI: "/a", Params: params{"rel": "prev"}}}},
		{"spaces", []string{"\t< /a > ;\trel = next ; crossorigin ; ; x=\"\" ;"}, links{{URI: "/a", Params: params{"rel": "next", "crossorigin": "", "x": ""}}}},
		{"two headers", []string{`</a>`, `</b>`}, links{{URI: "/a", Params: params{}}, {URI: "/b", Params: params{}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := pagination.ParseLink(tt.values)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, value := range map[string]string{
		"no brackets": `/a; rel=next`, "not closed": `</a; rel=next`, "text between": `</a> x`, "no comma": `</a> </b>`,
		"quotes open": `</a>; rel="next`, "escape open": `</a>; rel="next\`, "no name": `</a>; ="next"`, "not UTF-8": "<\xff>",
		"text after quotes": `</a>; rel="next"x`, "many links": strings.Repeat("</a>,", 257),
		"many attributes": "</a>" + strings.Repeat("; a=b", 33), "long": "<" + strings.Repeat("a", 64<<10) + ">",
	} {
		var e *pagination.Error
		if _, err := pagination.ParseLink([]string{value}); !errors.As(err, &e) || e.Op != "parse" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
