package authtest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/authtest"
	"github.com/waygate-go/waygate/secret"
)

// broken is auth.Key with one promise taken back.
type broken struct {
	auth.Key
	authorize func(k auth.Key, ctx context.Context, r *http.Request, c auth.Credential) error
	accepts   func(c auth.Credential) error
	places    []auth.Place
}

func (b broken) Accepts(c auth.Credential) error {
	if b.accepts != nil {
		return b.accepts(c)
	}
	return b.Key.Accepts(c)
}

func (b broken) Authorize(ctx context.Context, r *http.Request, c auth.Credential) error {
	if b.authorize != nil {
		return b.authorize(b.Key, ctx, r, c)
	}
	return b.Key.Authorize(ctx, r, c)
}

func (b broken) Places() []auth.Place {
	if b.places != nil {
		return b.places
	}
	return b.Key.Places()
}

func options() authtest.Options {
	return authtest.Options{
		Good: []auth.Credential{auth.APIKey("0123456789abcdef"), auth.Token("fedcba9876543210")},
		Bad:  []auth.Credential{auth.UserPassword("somebody", "password1")},
	}
}

func TestSuiteFindsBrokenPromises(t *testing.T) {
	t.Parallel()
	header := auth.Key{Name: "X-Api-Key"}
	type authorize = func(k auth.Key, ctx context.Context, r *http.Request, c auth.Credential) error
	value := func(c auth.Credential) string { return c.Secrets()[0].Reveal() }
	after := func(do func(r *http.Request, c auth.Credential)) authorize {
		return func(k auth.Key, ctx context.Context, r *http.Request, c auth.Credential) error {
			err := k.Authorize(ctx, r, c)
			if err == nil && r.URL != nil {
				do(r, c)
			}
			return err
		}
	}
	var kept auth.Credential
	tests := []struct {
		name   string
		scheme broken
		want   string
	}{
		{"ignores the end of ctx", broken{authorize: func(k auth.Key, _ context.Context, r *http.Request, c auth.Credential) error {
			return k.Authorize(context.Background(), r, c)
		}}, "end of ctx"},
		{"accepts everything", broken{accepts: func(auth.Credential) error { return nil }}, "absence"},
		{"says it without a field", broken{accepts: func(auth.Credential) error { return &auth.Error{Op: "accept"} }}, "absence"},
		{"accepts less than it signs", broken{accepts: func(auth.Credential) error {
			return &auth.Error{Field: "values.key", Reason: "never"}
		}}, "agreement"},
		{"changes the shared URL", broken{authorize: after(func(r *http.Request, _ auth.Credential) {
			r.URL.RawQuery += "&x=1"
		})}, "aliasing"},
		{"changes the credential", broken{authorize: after(func(_ *http.Request, c auth.Credential) {
			c.Values["key"] = secret.New(value(c) + "0")
		})}, "aliasing"},
		{"adds a second header", broken{authorize: after(func(r *http.Request, c auth.Credential) {
			r.Header.Add("X-Second", value(c))
		}), places: []auth.Place{{Name: "X-Api-Key"}, {Name: "X-Second"}}}, "repetition"},
		{"leaves another spelling", broken{authorize: func(k auth.Key, ctx context.Context, r *http.Request, c auth.Credential) error {
			key := strings.ToLower(k.Name)
			odd := r.Header[key]
			err := k.Authorize(ctx, r, c)
			if odd != nil {
				r.Header[key] = odd
			}
			return err
		}}, "replacement"},
		{"tells the value", broken{accepts: func(c auth.Credential) error {
			if err := header.Accepts(c); err != nil && len(c.Values) > 0 {
				return &auth.Error{Field: "values.key", Reason: "no good: " + fmt.Sprintf("%q", value(c))}
			}
			return header.Accepts(c)
		}}, "silence"},
		{"changes the path", broken{authorize: after(func(r *http.Request, _ auth.Credential) {
			u := *r.URL
			u.Path += "/signed"
			r.URL = &u
		})}, "extent"},
		{"writes outside its places", broken{authorize: after(func(r *http.Request, _ auth.Credential) {
			r.Header.Set("X-Time", "now")
		})}, "extent"},
		{"reads the body", broken{authorize: after(func(r *http.Request, _ auth.Credential) {
			_, _ = io.ReadAll(r.Body)
		})}, "body"},
		{"replaces the body alone", broken{authorize: after(func(r *http.Request, _ auth.Credential) {
			_ = r.Body.Close()
			r.Body = io.NopCloser(strings.NewReader("{}"))
		})}, "body"},
		{"forgets to close the body", broken{authorize: after(func(r *http.Request, _ auth.Credential) {
			r.Body = io.NopCloser(bytes.NewReader(nil))
		})}, "body"},
		{"lets a line break through", broken{
			accepts: func(c auth.Credential) error { return header.Accepts(trimmed(c)) },
			authorize: func(k auth.Key, ctx context.Context, r *http.Request, c auth.Credential) error {
				err := k.Authorize(ctx, r, trimmed(c))
				if err == nil && r.Header != nil {
					r.Header.Set("X-Api-Key", value(c))
				}
				return err
			}}, "safety on the wire"},
		{"panics without a request", broken{authorize: func(k auth.Key, ctx context.Context, r *http.Request, c auth.Credential) error {
			_ = r.Method
			return k.Authorize(ctx, r, c)
		}}, "panics"},
		{"remembers a credential", broken{authorize: func(k auth.Key, ctx context.Context, r *http.Request, c auth.Credential) error {
			if kept.Kind == "" && c.Kind != "" && k.Accepts(c) == nil {
				kept = c
			}
			if kept.Kind != "" && k.Accepts(c) == nil {
				return k.Authorize(ctx, r, kept)
			}
			return k.Authorize(ctx, r, c)
		}}, "aliasing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.scheme.Key = header
			o := options()
			o.Unwritten = true
			if authtest.Failures(tt.scheme, o, tt.want)[tt.want] == nil {
				t.Errorf("the clause %q holds", tt.want)
			}
		})
	}
}

// badIdentity is auth.Key that presents something in the handshake, with a
// promise taken back.
type badIdentity struct {
	auth.Key
	identity func(c auth.Credential) (secret.String, secret.String, error)
}

func (b badIdentity) Identity(c auth.Credential) (certificate, key secret.String, err error) {
	return b.identity(c)
}

func TestSuiteFindsBadIdentities(t *testing.T) {
	t.Parallel()
	key := auth.Key{Name: "X-Api-Key"}
	good := func(c auth.Credential) (secret.String, secret.String, error) {
		if err := key.Accepts(c); err != nil {
			return secret.String{}, secret.String{}, err
		}
		return secret.New("certificate"), c.Secrets()[0], nil
	}
	for name, tt := range map[string]struct {
		identity func(c auth.Credential) (secret.String, secret.String, error)
		want     string // the clause that is broken; none if empty
	}{
		"good": {good, ""},
		"none": {func(c auth.Credential) (secret.String, secret.String, error) {
			return secret.String{}, secret.String{}, key.Accepts(c)
		}, ""},
		"takes all": {func(c auth.Credential) (secret.String, secret.String, error) {
			return secret.New("c"), secret.New("k"), nil
		}, "absence"},
		"agrees not": {func(auth.Credential) (secret.String, secret.String, error) {
			return secret.String{}, secret.String{}, &auth.Error{Field: "values.key", Reason: "never"}
		}, "agreement"},
		"gives a half": {func(c auth.Credential) (secret.String, secret.String, error) {
			_, k, err := good(c)
			return secret.String{}, k, err
		}, "repetition"},
		"tells": {func(c auth.Credential) (secret.String, secret.String, error) {
			_, k, err := good(c)
			if err != nil && len(c.Secrets()) > 0 {
				err = &auth.Error{Field: "values.key", Reason: c.Secrets()[0].Reveal()}
			}
			return secret.New("certificate"), k, err
		}, "silence"},
		"panics": {func(c auth.Credential) (secret.String, secret.String, error) {
			return secret.New("certificate"), c.Secrets()[0], key.Accepts(c)
		}, "panics"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options()
			o.Unwritten = true
			got := authtest.Failures(badIdentity{key, tt.identity}, o)
			if tt.want == "" && len(got) > 0 || tt.want != "" && got[tt.want] == nil {
				t.Errorf("want the clause %q broken, got %v", tt.want, got)
			}
		})
	}
}

// trimmed is c without what follows a control character.
func trimmed(c auth.Credential) auth.Credential {
	c = c.Clone()
	for name, v := range c.Values {
		text, _, _ := strings.Cut(v.Reveal(), "\r")
		text, _, _ = strings.Cut(text, "\n")
		c.Values[name] = secret.New(text)
	}
	return c
}

// unwritten has no MarshalJSON: its written form lacks the kind.
type unwritten struct{ Name string }

func (unwritten) Kind() string                                                    { return "Un Written" }
func (unwritten) Validate() error                                                 { return nil }
func (unwritten) Accepts(auth.Credential) error                                   { return nil }
func (unwritten) Authorize(context.Context, *http.Request, auth.Credential) error { return nil }

func TestSuiteFindsBadDefinitions(t *testing.T) {
	t.Parallel()
	got := slices.Sorted(maps.Keys(authtest.Failures(unwritten{}, options())))
	for _, want := range []string{"definition", "written form", "absence", "end of ctx", "panics"} {
		if !slices.Contains(got, want) {
			t.Errorf("the clause %q holds; broken are %v", want, got)
		}
	}
	if got := authtest.Failures(auth.Key{}, options()); got["definition"] == nil {
		t.Error("an invalid definition is let pass")
	}
	if got := authtest.Failures(auth.None{}, authtest.Options{}); len(got) == 0 {
		t.Error("options without a Good credential are let pass")
	}
}

func TestSuiteLetsGoodSchemesPass(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(map[string]error{}, authtest.Failures(auth.Key{Name: "X-Api-Key"}, options())); diff != "" {
		t.Error(diff)
	}
}
