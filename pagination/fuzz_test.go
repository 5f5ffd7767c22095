package pagination_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"github.com/waygate-go/waygate/pagination"
)

func FuzzParseLink(f *testing.F) {
	for _, seed := range []string{
		`<https://api.example.com/?page=2>; rel="next", </last>; rel=last; title*=UTF-8''x`, `<>;;a="\"",`, `<a>;b="`, `, ,<`, "<a>\t;\tb\t=\tc",
	} {
		f.Add(seed, "")
	}
	f.Add(`</a>; rel=next`, `</b>`)
	f.Fuzz(func(t *testing.T, first, second string) {
		links, err := pagination.ParseLink([]string{first, second})
		if err != nil {
			return
		}
		// Written in the plainest way, the links must be read the same.
		var b strings.Builder
		for _, l := range links {
			if strings.ContainsAny(l.URI, "<>") && strings.Contains(l.URI, ">") {
				t.Fatalf("the URI %q holds its end", l.URI)
			}
			b.WriteString("<" + l.URI + ">")
			for name, v := range l.Params {
				b.WriteString("; " + name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`)
			}
			b.WriteString(", ")
		}
		if b.Len() > 64<<10 {
			return
		}
		again, err := pagination.ParseLink([]string{b.String()})
		if err != nil || len(again) != len(links) {
			t.Fatalf("%q: %d links are %d (%v)", b.String(), len(links), len(again), err)
		}
		for i, l := range links {
			if again[i].URI != l.URI || len(again[i].Params) != len(l.Params) {
				t.Fatalf("%v became %v", l, again[i])
			}
			for name, v := range l.Params {
				if again[i].Params[name] != v {
					t.Fatalf("%s: %q became %q", name, v, again[i].Params[name])
				}
			}
		}
	})
}

func FuzzLinkNext(f *testing.F) {
	for _, seed := range []string{"?page=2", "https://api.example.com/x", "//evil.example.net", "http://u@h/", "https://api.example.com:0443/", "https:\\x", "https://api.example.com.",
		"https://\uff41pi.example.com/", "https://api.example.com../", "https://api\u3002example.com/"} {
		f.Add(seed)
	}
	page := &url.URL{Scheme: "https", Host: "api.example.com", Path: "/v1/items"}
	f.Fuzz(func(t *testing.T, ref string) {
		next, err := (pagination.Link{Path: "next"}).Next(pagination.Page{URL: page, Body: map[string]any{"next": ref}})
		if err != nil || next == nil {
			return
		}
		u, err := url.Parse(next.URL)
		if err != nil || u.Scheme != "https" || u.User != nil || len(next.URL) > 4096 {
			t.Fatalf("%q leads to %q", ref, next.URL)
		}
		host, err := idna.Lookup.ToASCII(u.Hostname()) // as net/http does
		if err != nil || !strings.EqualFold(strings.TrimSuffix(host, "."), "api.example.com") {
			t.Fatalf("%q leads to %q: %v", ref, next.URL, err)
		}
		if p := u.Port(); p != "" && strings.TrimLeft(p, "0") != "443" {
			t.Fatalf("%q leads to port %s", ref, p)
		}
		if _, err := http.NewRequest(http.MethodGet, next.URL, nil); err != nil {
			t.Fatalf("%q can't be asked for", next.URL)
		}
	})
}

func FuzzCursorNext(f *testing.F) {
	f.Add([]byte(`{"next":"n","more":true}`), "next", "more", "id")
	f.Add([]byte(`{"next":9007199254740993,"data":[{"id":1}]}`), "next", "", "id")
	f.Add([]byte(`{"@odata.next":[0.1,null]}`), "$['@odata.next'][0]", "more", "")
	f.Add([]byte(`[[[{}]]]`), "$[0][0]", "$", "")
	f.Add([]byte(`"x"`), "", "", "$")
	f.Fuzz(func(t *testing.T, raw []byte, path, more, last string) {
		dec := json.NewDecoder(bytes.NewReader(raw))
		var body any
		if dec.Decode(&body) != nil {
			return
		}
		s := pagination.Cursor{Path: path, More: more, LastField: last, Param: "p"}
		next, err := s.Next(pagination.Page{Body: body, Last: body, Records: 1})
		if (err != nil || next == nil) && s.Validate() == nil {
			return
		}
		if s.Validate() != nil {
			if err == nil {
				t.Fatal("an invalid definition answers")
			}
			return
		}
		text, ok := next.Set[0].Text()
		if !ok || text == "" || len(text) > 4096 {
			t.Fatalf("the token %v can't be sent", next.Set[0].Value)
		}
		stored, err := json.Marshal(next)
		if err != nil {
			t.Fatal(err)
		}
		var again pagination.Next
		if err := json.Unmarshal(stored, &again); err != nil || again.Key() != next.Key() {
			t.Fatalf("%s is another page when read again (%v)", stored, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"none"}`, `{"kind":"link","rel":"x"}`, `{"kind":"cursor","path":"$['a']","param":"p","limit":1,"limit_param":"l"}`, `{"kind":"x"}`, `[[[[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := pagination.Decode(raw, nil)
		if err != nil || s.Validate() != nil {
			return
		}
		once, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := pagination.Decode(once, nil)
		if err != nil {
			t.Fatalf("%s can't be read: %v", once, err)
		}
		twice, err := json.Marshal(again)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s is written again as %s (%v)", once, twice, err)
		}
	})
}
