package auth_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/auth"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"none"}`, `{"kind":"key","in":"query","name":"k","prefix":"p","field":"f"}`,
		`{"kind":"headers","values":{"A":"a"}}`, `{"kind":"all","schemes":[{"kind":"bearer"},{"kind":"any","schemes":[]}]}`,
		`{"kind":"any","schemes":[null]}`, `{"kind":"basic","x":1}`, `[[[[`, `{"kind":"key","name":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := auth.Decode(raw, nil)
		if err != nil {
			return
		}
		if s.Validate() != nil {
			return
		}
		once, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("a valid scheme can't be written: %v", err)
		}
		again, err := auth.Decode(once, nil)
		if err != nil {
			t.Fatalf("%s can't be read: %v", once, err)
		}
		twice, err := json.Marshal(again)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s is written again as %s (%v)", once, twice, err)
		}
	})
}

func FuzzDecodeCredential(f *testing.F) {
	if seed, err := full().Encode(); err == nil {
		f.Add(seed)
	}
	f.Add([]byte(`{"v":1,"kind":"token","values":{"token":"t"},"expires":"2026-01-01T00:00:00+14:00"}`))
	f.Add([]byte(`{"v":1,"kind":"token","values":{"token":null}}`))
	f.Add([]byte(`{"v":1,"kind":"token","scopes":["\u2028"],"extra":{"a":"\ud800"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := auth.DecodeCredential(raw)
		if err != nil {
			return
		}
		once, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := auth.DecodeCredential(once)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := again.Encode()
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q is written again as %q (%v)", once, twice, err)
		}
	})
}

// FuzzKey signs requests that have anything in them: what stood there before
// stays, and the secret arrives as it was given, or there is an error.
func FuzzKey(f *testing.F) {
	f.Add("header", "X-Key", "secret", "a=1", "x=y", `{"a":1}`)
	f.Add("query", "k", "a&b=c", "k=1&;&%zz&k=2", "", "")
	f.Add("cookie", "sid", "v", "", "sid=1; sid; =; ;\"", "")
	f.Add("cookie", "0", "0=", "", "0", "")
	f.Add("body", "k", "\u2028\"", "", "", `{"k":[{}],"a":"\ud83d\ude00","k":1}`)
	f.Add("body", "k", "\r\n\x00", "", "", `{"k"`)
	f.Fuzz(func(t *testing.T, in, name, value, query, cookie, body string) {
		s := auth.Key{In: auth.In(in), Name: name}
		c := auth.APIKey(value)
		if s.Validate() != nil || s.Accepts(c) != nil {
			return
		}
		r := &http.Request{
			Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "h", Path: "/", RawQuery: query},
			Header: http.Header{"Cookie": {cookie}, "Content-Type": {"application/json"}},
			Body:   io.NopCloser(strings.NewReader(body)),
		}
		if err := s.Authorize(t.Context(), r, c); err != nil {
			return
		}
		got, why := "", ""
		switch s.In {
		case auth.InQuery:
			// A reader of queries gives up on bad pairs of the input, not on ours.
			values, _ := url.ParseQuery(r.URL.RawQuery)
			got, why = values.Get(name), r.URL.RawQuery
			if len(values[name]) != 1 {
				t.Fatalf("%d pairs in %q", len(values[name]), why)
			}
		case auth.InCookie:
			line := r.Header.Get("Cookie")
			last := line[strings.LastIndex(line, "; ")+1:] // ours comes last, and holds no semicolon
			got, why = strings.TrimPrefix(strings.TrimSpace(last), name+"="), line
		case auth.InBody:
			out, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			var members map[string]any
			if err := json.Unmarshal(out, &members); err != nil {
				t.Fatalf("%q: %v", out, err)
			}
			got, _ = members[name].(string)
			why = string(out)
		default:
			got = r.Header.Get(name)
		}
		if got != value {
			t.Fatalf("%q arrives as %q in %q", value, got, why)
		}
	})
}
