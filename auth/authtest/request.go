package authtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
)

// Request makes a POST with a query, a cookie, a header and a JSON body.
func Request() *http.Request {
	const target = "https://api.example.com/v1/things?limit=2&q=a%20b"
	// The method and the URL are constants: this can't fail.
	r, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, target,
		strings.NewReader(`{"name":"thing","size":9007199254740993}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Cookie", "theme=dark")
	r.Header.Set("X-Other", "stays")
	return r
}

// sign gives a request of its own, signed with c.
func (s subject) sign(c auth.Credential) (*http.Request, error) {
	r := s.o.Request()
	return r, s.scheme.Authorize(r.Context(), r, c)
}

// picture is a request cut into its places, to compare: "header X-Other" and so
// on, each with its values in order.
type picture map[string][]string

// look is a picture of r and of what is presented in the handshake beside it.
func (s subject) look(r *http.Request, c auth.Credential) (picture, error) {
	pic, err := snapshot(r)
	i, ok := s.scheme.(auth.Identifier)
	if err != nil || !ok {
		return pic, err
	}
	certificate, key, err := i.Identity(c)
	if err != nil {
		return nil, fmt.Errorf("the method Identity refuses a Good credential: %w", err)
	}
	if certificate.IsZero() != key.IsZero() {
		return nil, errors.New("the method Identity gives one of certificate and key")
	}
	if !key.IsZero() {
		pic["identity"] = []string{certificate.Reveal(), key.Reveal()}
	}
	return pic, nil
}

// snapshot reads r without using up its body.
func snapshot(r *http.Request) (picture, error) {
	pic := picture{"method": {r.Method}}
	if r.URL != nil {
		pic["target"] = []string{r.URL.Scheme, r.URL.Host, r.URL.EscapedPath(), r.Host}
		for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
			name, value, _ := strings.Cut(pair, "=")
			pic.add(auth.InQuery, unescape(name), unescape(value))
		}
	}
	for key, values := range r.Header {
		if http.CanonicalHeaderKey(key) == "Cookie" {
			continue
		}
		for _, v := range values {
			pic.add(auth.InHeader, http.CanonicalHeaderKey(key), v)
		}
	}
	for _, c := range r.Cookies() {
		pic.add(auth.InCookie, c.Name, c.Value)
	}
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	pic.addBody(r.Header.Get("Content-Type"), body)
	for _, values := range pic {
		slices.Sort(values)
	}
	return pic, nil
}

func (pic picture) add(in auth.In, name, value string) {
	key := auth.Place{In: in, Name: name}.String()
	pic[key] = append(pic[key], value)
}

func (pic picture) addBody(contentType string, body []byte) {
	var members map[string]json.RawMessage
	switch {
	case strings.Contains(contentType, "form"):
		for pair := range strings.SplitSeq(string(body), "&") {
			name, value, _ := strings.Cut(pair, "=")
			pic.add(auth.InBody, unescape(name), unescape(value))
		}
	case json.Unmarshal(body, &members) == nil:
		for name, v := range members {
			pic.add(auth.InBody, name, string(v))
		}
	default:
		pic["body"] = []string{string(body)}
	}
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// bodyOf reads the body by GetBody, or reads it and puts it back.
func bodyOf(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.GetBody == nil {
		raw, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(raw)))
		return raw, err
	}
	again, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(again)
}

// same says where two pictures differ, without showing values.
func same(want, got picture) error {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !slices.Equal(want[key], got[key]) {
			return fmt.Errorf("%s differs: %d values before, %d after", key, len(want[key]), len(got[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			return fmt.Errorf("%s was added", key)
		}
	}
	return nil
}

// shape keeps of a picture only how many values stand in each place.
func (pic picture) shape() picture {
	out := make(picture, len(pic))
	for key, values := range pic {
		out[key] = []string{fmt.Sprint(len(values))}
	}
	return out
}

// places gives what the scheme says it writes, as keys of a picture.
func (s subject) places() (map[string]auth.Place, bool) {
	p, ok := s.scheme.(auth.Placer)
	if !ok {
		return nil, false
	}
	out := make(map[string]auth.Place)
	for _, place := range p.Places() {
		if place.In == "" || place.In == auth.InHeader {
			place.Name = http.CanonicalHeaderKey(place.Name)
		}
		out[place.String()] = place
	}
	return out, true
}
