package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/authtest"
	"github.com/waygate-go/waygate/store/memory"
)

// Checked sends the API key followed by a checksum of key and path, as Acme wants it:
// X-Acme-Key: euk-123-1f0b2a77. Region is part of the definition: it stands before the key.
type Checked struct {
	Region string `json:"region,omitempty"`
}

var (
	_ auth.Scheme = Checked{}
	_ auth.Placer = Checked{}
)

// Kind is "acme_checked".
func (Checked) Kind() string { return "acme_checked" }

// Validate is asked once, when a definition is registered.
func (s Checked) Validate() error {
	switch s.Region {
	case "", "eu", "us":
		return nil
	}
	return &auth.Error{Op: "validate", Scheme: s.Kind(), Field: "region", Reason: "is none of Acme's; use eu or us"}
}

// Accepts is asked when a connection is made.
func (s Checked) Accepts(c auth.Credential) error {
	_, err := s.key("accept", c)
	return err
}

// Authorize signs one attempt, in place.
func (s Checked) Authorize(ctx context.Context, r *http.Request, c auth.Credential) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, err := s.key("authorize", c)
	if err != nil {
		return err
	}
	if r == nil || r.URL == nil {
		return &auth.Error{Op: "authorize", Scheme: s.Kind(), Reason: "there is no request to sign"}
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	maps.DeleteFunc(r.Header, func(name string, _ []string) bool { return strings.EqualFold(name, "X-Acme-Key") }) // x-acme-key too
	sum := crc32.ChecksumIEEE([]byte(key + r.URL.EscapedPath()))
	r.Header.Set("X-Acme-Key", fmt.Sprintf("%s%s-%08x", s.Region, key, sum))
	return nil
}

// Places keeps others from writing there, and what stands there from being shown.
func (Checked) Places() []auth.Place {
	return []auth.Place{{In: auth.InHeader, Name: "X-Acme-Key"}}
}

func (s Checked) key(op string, c auth.Credential) (string, error) {
	key := c.Values["key"].Reveal()
	switch {
	case key == "":
		return "", &auth.Error{Op: op, Scheme: s.Kind(), Field: "values.key", Reason: "is missing; give the connection auth.APIKey"}
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", &auth.Error{Op: op, Scheme: s.Kind(), Field: "values.key", Reason: "has characters that a header can't carry"}
	}
	return key, nil
}

// MarshalJSON writes {"kind":"acme_checked","region":"eu"}.
func (s Checked) MarshalJSON() ([]byte, error) {
	type plain Checked // without methods
	return json.Marshal(struct {
		Kind string `json:"kind"`
		plain
	}{s.Kind(), plain(s)})
}

// decodeChecked reads what MarshalJSON writes.
func decodeChecked(raw []byte, _ auth.KindMap) (auth.Scheme, error) {
	var written struct {
		Kind string `json:"kind"`
		Checked
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&written); err != nil {
		return nil, &auth.Error{Op: "decode", Scheme: "acme_checked", Reason: "takes the member region, a text, and no other", Err: err}
	}
	return written.Checked, nil
}

func TestChecked(t *testing.T) {
	t.Parallel()
	authtest.Scheme(t, Checked{Region: "eu"}, authtest.Options{
		Good:  []auth.Credential{auth.APIKey("k-0123456789")},
		Bad:   []auth.Credential{auth.Token("t-0123456789"), auth.APIKey("two\nlines")},
		Kinds: auth.KindMap{"acme_checked": decodeChecked},
	})
}

// Example_scheme reads a definition that names the scheme, and calls by it.
func Example_scheme() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{
		Store: memory.New(),
		Kinds: waygate.Kinds{Auth: auth.KindMap{"acme_checked": decodeChecked}},
		Transport: func(http.RoundTripper) http.RoundTripper {
			return answering(func(r *http.Request) string { return `{"key": "` + r.Header.Get("X-Acme-Key") + `"}` })
		},
	})
	noError(err)
	in, err := gw.ParseIntegration([]byte(`{
		"id": "acme", "base_url": "https://api.acme.example.com",
		"auth": {"kind": "acme_checked", "region": "eu"},
		"actions": [{"id": "ping", "method": "GET", "path": "/ping"}]
	}`))
	noError(err)
	noError(gw.Register(ctx, in))

	globex := gw.Tenant("globex")
	_, err = globex.Connect(ctx, "acme", waygate.ConnectionSpec{Slug: "main", Credential: auth.APIKey("k-0123456789")})
	noError(err)
	res, err := globex.Invoke(ctx, "acme.ping", nil) // this provider answers with what it got
	noError(err)
	fmt.Println(string(res.JSON()))

	_, err = globex.Connect(ctx, "acme", waygate.ConnectionSpec{Slug: "other", Credential: auth.Token("t-0123456789")})
	fmt.Println(err)
	// Output:
	// {"key":"euk-0123456789-d4aa46b4"}
	// waygate: connect acme on "other" for tenant "globex": invalid input: Credential: auth: accept acme_checked: values.key: is missing; give the connection auth.APIKey
}
