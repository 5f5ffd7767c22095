package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

func request(t *testing.T, target, contentType, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestWhatGoesOut(t *testing.T) {
	t.Parallel()
	fields := auth.Fields(map[string]string{"a": "1", "b": "2"})
	header := func(name string) func(*http.Request) string {
		return func(r *http.Request) string { return strings.Join(r.Header.Values(name), "|") }
	}
	query := func(r *http.Request) string { return r.URL.RawQuery }
	tests := []struct {
		name   string
		scheme auth.Scheme
		cred   auth.Credential
		look   func(*http.Request) string
		want   string
	}{
		{"bearer", auth.Bearer{}, auth.Token("abc"), header("Authorization"), "Bearer abc"},
		{"bearer prefix", auth.Bearer{Prefix: "Token "}, auth.APIKey("abc"), header("Authorization"), "Token abc"},
		// The example of RFC 7617, section 2, and that of section 2.1 in UTF-8.
		{"basic", auth.Basic{}, auth.UserPassword("Aladdin", "open sesame"), header("Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"basic UTF-8", auth.Basic{}, auth.UserPassword("test", "123£"), header("Authorization"), "Basic dGVzdDoxMjPCow=="},
		{"basic key", auth.Basic{}, auth.APIKey("sk_1"), header("Authorization"), "Basic c2tfMTo="},
		{"basic no user", auth.Basic{}, auth.UserPassword("", "p"), header("Authorization"), "Basic OnA="},
		{"key", auth.Key{Name: "x-api-key", Prefix: "key="}, auth.APIKey("abc"), header("X-Api-Key"), "key=abc"},
		{"key prefers key", auth.Key{Name: "K"}, auth.Fields(map[string]string{"token": "t", "key": "k"}), header("K"), "k"},
		{"key field", auth.Key{Name: "K", Field: "b"}, fields, header("K"), "2"},
		{"query", auth.Key{In: auth.InQuery, Name: "k[a]"}, auth.APIKey("a b+c/&="), query, "z=1&a=b%20c&k%5Ba%5D=a%20b%2Bc%2F%26%3D"},
		{"query replaced", auth.Key{In: auth.InQuery, Name: "a"}, auth.APIKey("k"), query, "z=1&a=k"},
		{"cookie", auth.Key{In: auth.InCookie, Name: "sid"}, auth.APIKey("k"), header("Cookie"), "x=y; sid=k"},
		{"cookie replaced", auth.Key{In: auth.InCookie, Name: "x"}, auth.APIKey("k"), header("Cookie"), "x=k"},
		{"headers", auth.Headers{Values: map[string]string{"H-One": "a", "H-Two": "b"}}, fields, header("H-Two"), "2"},
		{"any second", auth.Any{Schemes: []auth.Scheme{auth.Basic{}, auth.Key{Name: "K", Field: "a"}}}, fields, header("K"), "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := tt.scheme.Validate(); err != nil {
				t.Fatal(err)
			}
			r := request(t, "https://api.example.com/?z=1&a=b%20c", "", "")
			r.Header.Set("Cookie", "x=y")
			r.Header["x-api-key"] = []string{"from the input"}
			if err := tt.scheme.Authorize(t.Context(), r, tt.cred); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tt.look(r)); diff != "" {
				t.Error(diff)
			}
			if name := "x-api-key"; tt.name == "key" && r.Header[name] != nil {
				t.Error("a header of the same name in another spelling went out too")
			}
		})
	}
}

func TestKeyInBody(t *testing.T) {
	t.Parallel()
	const (
		jsonType = "application/vnd.api+json; charset=utf-8"
		formType = "application/x-www-form-urlencoded"
	)
	tests := []struct {
		name, contentType, body, want string // want "" is an error
	}{
		{"multipart related", "multipart/related; boundary=x", "--x--", ""},
		{"json", jsonType, `{"a":1e400,"b":"\u00e4\/","a":-0}`, `{"a":1e400,"b":"\u00e4\/","a":-0,"k\"<":"v<&\""}`},
		{"json replaced", jsonType, ` {"k\u0022<" : [1], "c":{}, "k\"<":2} `, `{"c":{},"k\"<":"v<&\""}`},
		{"json empty object", jsonType, `{}`, `{"k\"<":"v<&\""}`},
		{"json empty", jsonType, ` `, `{"k\"<":"v<&\""}`},
		{"json array", jsonType, `[1]`, ``},
		{"json string", jsonType, `"x"`, ``},
		{"json cut", jsonType, `{"a":`, ``},
		{"json two", jsonType, `{} {}`, ``},
		{"json not UTF-8", jsonType, "{\"a\":\"\xff\"}", ``},
		{"form", formType, "a=1&b=%20&a=2", "a=1&b=%20&a=2&k%22%3C=v%3C%26%22"},
		{"form replaced", formType, "k%22%3c=1&b=2&k%22%3C=3", "b=2&k%22%3C=v%3C%26%22"},
		{"form empty", formType, "", "k%22%3C=v%3C%26%22"},
		{"text", "text/plain", "x", ""},
		{"multipart", "multipart/form-data; boundary=x", "--x--", ""},
		{"none", "", "{}", ""},
	}
	scheme := auth.Key{In: auth.InBody, Name: `k"<`}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request(t, "https://api.example.com/", tt.contentType, tt.body)
			err := scheme.Authorize(t.Context(), r, auth.APIKey(`v<&"`))
			if tt.want == "" {
				var e *auth.Error
				if !errors.As(err, &e) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			if int(r.ContentLength) != len(tt.want) {
				t.Errorf("ContentLength is %d", r.ContentLength)
			}
		})
	}
}

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }

func TestKeyInBodyHasLimits(t *testing.T) {
	t.Parallel()
	scheme := auth.Key{In: auth.InBody, Name: "k"}
	r := request(t, "https://api.example.com/", "application/json", "{}")
	r.Body, r.GetBody = endless{}, nil
	if err := scheme.Authorize(t.Context(), r, auth.APIKey("k")); err == nil {
		t.Error("a body without end is read")
	}
	r = request(t, "https://api.example.com/", "application/json", "{}")
	r.Header.Set("Content-Encoding", "gzip")
	if err := scheme.Authorize(t.Context(), r, auth.APIKey("k")); err == nil {
		t.Error("a compressed body is changed")
	}
	failing := errors.New("no more")
	r = request(t, "https://api.example.com/", "application/json", "{}")
	r.GetBody = func() (io.ReadCloser, error) { return nil, failing }
	if err := scheme.Authorize(t.Context(), r, auth.APIKey("k")); !errors.Is(err, failing) {
		t.Errorf("got %v", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	key := auth.Key{Name: "K"}
	cyclic := make([]auth.Scheme, 1)
	cyclic[0] = auth.All{Schemes: cyclic}
	nest := func(n int) auth.Scheme {
		s := auth.Scheme(auth.Any{Schemes: []auth.Scheme{auth.Bearer{}}})
		for range n - 1 {
			s = auth.Any{Schemes: []auth.Scheme{s}}
		}
		return s
	}
	tests := []struct {
		name   string
		scheme auth.Scheme
		field  string
	}{
		{"bearer", auth.Bearer{}, ""},
		{"prefix without space", auth.Bearer{Prefix: "Token"}, "prefix"},
		{"prefix of two words", auth.Bearer{Prefix: "a b "}, "prefix"},
		{"prefix with line break", auth.Bearer{Prefix: "a\n "}, "prefix"},
		{"no name", auth.Key{}, "name"},
		{"no such part", auth.Key{In: "path", Name: "K"}, "in"},
		{"bad header", auth.Key{Name: "a b"}, "name"},
		{"framing header", auth.Key{Name: "content-Length"}, "name"},
		{"proxy header", auth.Key{Name: "Proxy-Authorization"}, "name"},
		{"bad cookie", auth.Key{In: auth.InCookie, Name: "a=b"}, "name"},
		{"long name", auth.Key{In: auth.InQuery, Name: strings.Repeat("x", 257)}, "name"},
		{"name not UTF-8", auth.Key{In: auth.InBody, Name: "\xff"}, "name"},
		{"prefix runs into", auth.Key{Name: "authorization", Prefix: "Token"}, "prefix"},
		{"prefix is spaced", auth.Key{Name: "authorization", Prefix: "Token "}, ""},
		{"prefix is part", auth.Key{Name: "authorization", Prefix: "sk_"}, ""},
		{"prefix breaks", auth.Key{Name: "K", Prefix: "a\r\n"}, "prefix"},
		{"prefix in cookie", auth.Key{In: auth.InCookie, Name: "K", Prefix: "a "}, "prefix"},
		{"bad field", auth.Key{Name: "K", Field: "A"}, "field"},
		{"no headers", auth.Headers{}, "values"},
		{"same headers", auth.Headers{Values: map[string]string{"a-b": "x", "A-B": "y"}}, `values."a-b"`},
		{"bad value name", auth.Headers{Values: map[string]string{"A": ""}}, `values."A"`},
		{"empty all", auth.All{}, "schemes"},
		{"nil member", auth.All{Schemes: []auth.Scheme{nil}}, "schemes[0]"},
		{"nil pointer", auth.Any{Schemes: []auth.Scheme{(*auth.Bearer)(nil)}}, "schemes[0]"},
		{"bad member", auth.All{Schemes: []auth.Scheme{key, auth.Key{}}}, "schemes[1].name"},
		{"none in all", auth.All{Schemes: []auth.Scheme{auth.None{}}}, "schemes[0]"},
		{"none in any", auth.Any{Schemes: []auth.Scheme{auth.None{}, key}}, ""},
		{"same place", auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Any{Schemes: []auth.Scheme{key, auth.Basic{}}}}}, "schemes[1]"},
		{"same name, other place", auth.All{Schemes: []auth.Scheme{key, auth.Key{In: auth.InQuery, Name: "K"}}}, ""},
		{"cookie header", auth.All{Schemes: []auth.Scheme{auth.Key{In: auth.InCookie, Name: "a"}, auth.Key{Name: "cookie"}}}, "schemes[1]"},
		{"two cookies", auth.All{Schemes: []auth.Scheme{auth.Key{In: auth.InCookie, Name: "a"}, auth.Key{In: auth.InCookie, Name: "b"}}}, ""},
		{"certificate", auth.ClientCertificate{}, ""},
		{"certificate's name", auth.ClientCertificate{Certificate: "A"}, "certificate"},
		{"key's name", auth.ClientCertificate{Key: "a b"}, "key"},
		{"one name", auth.ClientCertificate{Certificate: "x", Key: "x"}, "key"},
		{"one name by default", auth.ClientCertificate{Key: "certificate"}, "key"},
		{"certificate beside", auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.ClientCertificate{}}}, ""},
		{"two certificates", auth.All{Schemes: []auth.Scheme{auth.ClientCertificate{}, auth.Bearer{}, auth.ClientCertificate{Key: "k"}}}, "schemes[2]"},
		{"two, one nested", auth.All{Schemes: []auth.Scheme{auth.ClientCertificate{},
			auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, auth.ClientCertificate{}}}}}, "schemes[1]"},
		{"one of two", auth.Any{Schemes: []auth.Scheme{auth.ClientCertificate{}, auth.ClientCertificate{Key: "k"}}}, ""},
		{"groups without", auth.All{Schemes: []auth.Scheme{auth.Any{Schemes: []auth.Scheme{auth.Bearer{}}}, auth.Any{Schemes: []auth.Scheme{key}},
			auth.ClientCertificate{}}}, ""},
		{"holds itself", cyclic[0], "schemes[0].schemes[0].schemes[0].schemes[0].schemes"},
		{"four levels", nest(4), ""},
		{"five levels", nest(5), "schemes[0].schemes[0].schemes[0].schemes[0].schemes"},
		{"17 members", auth.Any{Schemes: make([]auth.Scheme, 17)}, "schemes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.scheme.Validate()
			var e *auth.Error
			switch {
			case tt.field == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.field != "" && (!errors.As(err, &e) || e.Field != tt.field || e.Reason == "" || e.Op != "validate"):
				t.Errorf("got %v, want the field %s", err, tt.field)
			}
		})
	}
}

func TestRefusalsAdvise(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scheme auth.Scheme
		cred   auth.Credential
		want   []string
	}{
		{auth.Bearer{}, auth.UserPassword("u", "p"), []string{"values.token", "auth.Token"}},
		{auth.Basic{}, auth.Fields(nil), []string{"values.user", "auth.UserPassword"}},
		{auth.Key{Name: "K"}, auth.UserPassword("u", "p"), []string{"values.key", "auth.APIKey"}},
		{auth.Key{Name: "K", Field: "app"}, auth.APIKey("k"), []string{"values.app", "auth.Fields"}},
		{auth.Key{Name: "K"}, auth.APIKey("k\n"), []string{"header K", "line"}},
		{auth.Key{Name: "K"}, auth.APIKey(" k"), []string{"header K", "space"}},
		{auth.Key{In: auth.InCookie, Name: "K"}, auth.APIKey("a;b"), []string{"cookie K", "percent-encode"}},
		{auth.Basic{}, auth.UserPassword("a:b", ""), []string{"values.user", "colon"}},
		{auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, auth.Basic{}}}, auth.Fields(nil), []string{"auth.Token", "auth.UserPassword"}},
		{auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "K", Field: "x"}}}, auth.Token("t"), []string{"schemes[1].values.x"}},
		{auth.None{}, auth.Token("t"), []string{"leave it out"}},
	}
	for _, tt := range tests {
		err := tt.scheme.Accepts(tt.cred)
		if err == nil {
			t.Errorf("%s takes it", tt.scheme.Kind())
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
	}
}

func TestAllStopsWhenAMemberFails(t *testing.T) {
	t.Parallel()
	s := auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{In: auth.InBody, Name: "k", Field: "token"}}}
	r := request(t, "https://api.example.com/", "text/plain", "x")
	err := s.Authorize(context.Background(), r, auth.Token("abc"))
	var e *auth.Error
	if !errors.As(err, &e) || e.Field != "schemes[1].body k" {
		t.Errorf("got %v", err)
	}
}

func TestAllSignsNothingForARefusedCredential(t *testing.T) {
	t.Parallel()
	s := auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "K", Field: "app"}}}
	r := request(t, "https://api.example.com/", "", "")
	err := s.Authorize(t.Context(), r, auth.Token("abc"))
	var e *auth.Error
	if !errors.As(err, &e) || e.Op != "authorize" || e.Field != "schemes[1].values.app" {
		t.Errorf("got %v", err)
	}
	if r.Header.Get("Authorization") != "" {
		t.Error("the first member signed")
	}
}
