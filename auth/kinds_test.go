package auth_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]auth.Scheme{
		`{"kind":"none"}`:                     auth.None{},
		`{"kind":"bearer"}`:                   auth.Bearer{},
		`{"kind":"bearer","prefix":"Token "}`: auth.Bearer{Prefix: "Token "},
		`{"kind":"basic"}`:                    auth.Basic{},
		`{"kind":"key","name":"X-Api-Key"}`:   auth.Key{Name: "X-Api-Key"},
		`{"kind":"key","in":"body","name":"a","prefix":"\u003c ","field":"f"}`: auth.Key{In: auth.InBody, Name: "a", Prefix: "< ", Field: "f"},
		`{"kind":"headers","values":{"A":"x","B":"y"}}`:                        auth.Headers{Values: map[string]string{"A": "x", "B": "y"}},
		`{"kind":"client_certificate"}`:                                        auth.ClientCertificate{},
		`{"kind":"client_certificate","certificate":"c","key":"k"}`:            auth.ClientCertificate{Certificate: "c", Key: "k"},
		`{"kind":"all","schemes":[{"kind":"bearer"},{"kind":"any","schemes":[{"kind":"none"}]}]}`: auth.All{
			Schemes: []auth.Scheme{auth.Bearer{}, auth.Any{Schemes: []auth.Scheme{auth.None{}}}}},
	} {
		got, err := auth.Decode([]byte(written), nil)
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
		again, err := json.Marshal(got)
		if err != nil || string(again) != written {
			t.Errorf("%s is written again as %s (%v)", written, again, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		written, field, text string
	}{
		{``, "", "JSON"},
		{`[]`, "", "array"},
		{`null`, "kind", "missing"},
		{`{}`, "kind", "missing"},
		{`{"kind":1}`, "kind", "number"},
		{`{"kind":"hawk"}`, "kind", "all, any, basic, bearer, client_certificate, github_app, headers, jwt, key, login, none, oauth1, oauth2, signature"},
		{`{"kind":"` + strings.Repeat("x", 1000) + `"}`, "kind", "x…"},
		{`{"Kind":"bearer"}`, "kind", "missing"},
		{`{"kind":"bearer","Prefix":"x"}`, "Prefix", "no such member"},
		{`{"kind":"bearer","prefix":1}`, "prefix", "number"},
		{`{"kind":"bearer","prefix":"a","prefix":"b"}`, "", "prefix"},
		{`{"kind":"bearer"} {}`, "", "JSON"},
		{`{"kind":"headers","values":{"A":["x"]}}`, "values.A", "array"},
		{`{"kind":"any","schemes":[{"kind":"bearer"},{"kind":"key","nam":"x"}]}`, "schemes[1].nam", "no such member"},
		{`{"kind":"any","schemes":[{"kind":"any","schemes":[{"kind":"x"}]}]}`, "schemes[0].schemes[0].kind", `"x"`},
		{`{"kind":"client_certificate","private_key":"x"}`, "private_key", "no such member"},
		{`{"kind":"any","schemes":[null]}`, "schemes[0].kind", "missing"},
		{`{"kind":"any","schemes":{}}`, "schemes", "object"},
		{strings.Repeat(`{"kind":"any","schemes":[`, 2000), "", "nested too deep"},
		{strings.Repeat(" ", 64<<10+1), "", "64 KiB"},
	}
	for _, tt := range tests {
		_, err := auth.Decode([]byte(tt.written), nil)
		var e *auth.Error
		if !errors.As(err, &e) || e.Field != tt.field || e.Op != "decode" || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%.60s: got %v", tt.written, err)
		}
	}
}

// own is a host's scheme that has a written form.
type own struct{ auth.Bearer }

func (own) Kind() string                   { return "own" }
func (s own) MarshalJSON() ([]byte, error) { return []byte(`{"kind":"own"}`), nil }

// hook is a host's scheme that has none.
type hook struct{ auth.Bearer }

func (hook) Kind() string { return "hook" }

func TestHostsOwnKinds(t *testing.T) {
	t.Parallel()
	kinds := auth.Kinds()
	kinds["own"] = func([]byte, auth.KindMap) (auth.Scheme, error) { return own{}, nil }
	kinds["nothing"] = func([]byte, auth.KindMap) (auth.Scheme, error) { return nil, nil }
	const written = `{"kind":"all","schemes":[{"kind":"own"}]}`
	s, err := auth.Decode([]byte(written), kinds)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(auth.Scheme(auth.All{Schemes: []auth.Scheme{own{}}}), s); diff != "" {
		t.Error(diff)
	}
	if _, err := auth.Decode([]byte(written), nil); err == nil {
		t.Error("a change of one map shows in the next")
	}
	if _, err := auth.Decode([]byte(`{"kind":"nothing"}`), kinds); err == nil {
		t.Error("a decoder that gives nothing is let pass")
	}
	var e *auth.Error
	_, err = json.Marshal(auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, hook{}}})
	if !errors.As(err, &e) || e.Field != "schemes[1]" || !strings.Contains(e.Reason, `"hook"`) {
		t.Errorf("a scheme without a written form must be named, got %v", err)
	}
	cyclic := make([]auth.Scheme, 1)
	cyclic[0] = auth.All{Schemes: cyclic}
	if _, err := json.Marshal(cyclic[0]); err == nil {
		t.Error("a scheme that holds itself is written")
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	s := auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, auth.Basic{}, hook{}, auth.All{Schemes: []auth.Scheme{
		auth.Key{Name: "x-key"}, auth.Key{In: auth.InBody, Name: "k"}, auth.Headers{Values: map[string]string{"b": "x", "a": "x"}}}}}}
	want := []auth.Place{{In: "header", Name: "Authorization"}, {In: "header", Name: "X-Key"}, {In: "body", Name: "k"},
		{In: "header", Name: "A"}, {In: "header", Name: "B"}}
	if got := s.Places(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := (auth.None{}).Places(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
