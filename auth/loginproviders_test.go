package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// script is a provider that gives its answers in order and keeps what was asked.
type script struct {
	replies []reply
	wire    wire
}

// reply is one answer: headers are lines "Name: value".
type reply struct {
	status  int
	headers []string
	body    string
	fail    error
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	n := len(s.wire.asked)
	if r.GetBody != nil {
		return nil, errors.New("net/http could send it again by itself")
	}
	if n >= len(s.replies) {
		return nil, fmt.Errorf("request %d was not expected", n+1)
	}
	next := s.replies[n]
	s.wire.status, s.wire.body, s.wire.fail, s.wire.header = next.status, next.body, next.fail, http.Header{}
	for _, line := range next.headers {
		name, value, _ := strings.Cut(line, ": ")
		s.wire.header.Add(name, value)
	}
	if s.wire.body == "" {
		s.wire.body = " "
	}
	return s.wire.RoundTrip(r)
}

func (s *script) call() auth.TokenCall {
	call := s.wire.call()
	call.HTTP = &http.Client{Transport: s}
	call.Parameters = map[string]string{"host": "erp", "tenant": "acme & sons", "region": "eu"}
	return call
}

// values reveals what a credential holds.
func values(c auth.Credential) map[string]string {
	out := map[string]string{}
	for name, v := range c.Values {
		out[name] = v.Reveal()
	}
	return out
}

// loginCase is a login as a real provider has it: its definition, its conversation, and what comes of it.
type loginCase struct {
	name    string
	scheme  auth.Login
	cred    auth.Credential
	replies []reply
	asked   []string
	brings  map[string]string // beside the credential's own
	expires time.Time
	signed  string // how a request to the API then looks
}

func token(path string) []auth.LoginValue {
	return []auth.LoginValue{{Name: "access_token", Path: path}}
}

// TestLoginsOfProviders compares each conversation byte for byte, and what comes of it.
func TestLoginsOfProviders(t *testing.T) {
	t.Parallel()
	for _, p := range loginCases() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			if err := p.scheme.Validate(); err != nil {
				t.Fatal(err)
			}
			if err := p.scheme.Accepts(p.cred); err != nil {
				t.Fatal(err)
			}
			if how := p.scheme.Renewal(p.cred); !how.Possible || how.Spends {
				t.Errorf("renewal: %+v", how)
			}
			s := &script{replies: p.replies}
			got, err := p.scheme.Renew(t.Context(), s.call(), p.cred)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p.asked, s.wire.asked); diff != "" {
				t.Errorf("asked (- want, + got):\n%s", diff)
			}
			want := values(p.cred)
			for name, v := range p.brings {
				want[name] = v
			}
			if diff := cmp.Diff(want, values(got)); diff != "" {
				t.Errorf("the credential:\n%s", diff)
			}
			if got.Kind != p.cred.Kind || !got.Expires.Equal(p.expires) {
				t.Errorf("kind %q, expires %v, want %v", got.Kind, got.Expires, p.expires)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.scheme.Authorize(t.Context(), r, got); err != nil {
				t.Fatal(err)
			}
			name, value, _ := strings.Cut(p.signed, ": ")
			if r.Header.Get(name) != value {
				t.Errorf("signed with %v, want %s", r.Header, p.signed)
			}
		})
	}
}

// TestLoginAgain uses the refresh that a provider has, and logs in where that is refused.
func TestLoginAgain(t *testing.T) {
	t.Parallel()
	p := firebase()
	have := p.cred.Clone()
	have.Values["access_token"], have.Values["refresh_token"] = secret.New("id-token-0001"), secret.New("re-token-0001")
	s := &script{replies: []reply{{status: 200, body: `{"id_token":"id-token-0002","refresh_token":"re-token-0002","expires_in":"3600"}`}}}
	got, err := p.scheme.Renew(t.Context(), s.call(), have)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST https://securetoken.googleapis.com/v1/token?key=AIza-key-0123\nAccept: application/json\nContent-Type: application/x-www-form-urlencoded\n\n" +
		"grant_type=refresh_token&refresh_token=re-token-0001"
	if diff := cmp.Diff([]string{want}, s.wire.asked); diff != "" {
		t.Error(diff)
	}
	if v := values(got); v["access_token"] != "id-token-0002" || v["refresh_token"] != "re-token-0002" || v["password"] != "a-password" {
		t.Errorf("got %v", v)
	}
	s = &script{replies: []reply{{status: 400, body: `{"error":{"message":"TOKEN_EXPIRED"}}`}, {status: 200, body: `{"idToken":"id-token-0003","refreshToken":"re-token-0003"}`}}}
	if got, err = p.scheme.Renew(t.Context(), s.call(), have); err != nil || values(got)["access_token"] != "id-token-0003" {
		t.Errorf("after a refused refresh: %v, %v", values(got), err)
	}
	// The refresh token of a session that is over goes, if the next one has none.
	p.scheme.Steps[0].Answer.Values[1].Optional = true
	s = &script{replies: []reply{{status: 400, body: `{"error":{"message":"TOKEN_EXPIRED"}}`}, {status: 200, body: `{"idToken":"id-token-0003"}`}}}
	if got, err = p.scheme.Renew(t.Context(), s.call(), have); err != nil || !got.Values["refresh_token"].IsZero() {
		t.Errorf("after a login without refresh token: %v, %v", values(got), err)
	}
	// An outage is no refusal: nothing follows it.
	s = &script{replies: []reply{{status: 503}, {status: 200, body: `{"idToken":"id-token-0003","refreshToken":"re-token-0003"}`}}}
	if _, err = p.scheme.Renew(t.Context(), s.call(), have); err == nil || len(s.wire.asked) != 1 {
		t.Errorf("after an outage: %v, %d requests", err, len(s.wire.asked))
	}
	// The refresh token alone can do it too, and is then spent.
	delete(have.Values, "password")
	if how := p.scheme.Renewal(have); !how.Possible || !how.Spends {
		t.Errorf("with a refresh token alone: %+v", how)
	}
	s = &script{replies: []reply{{status: 400, body: `{"error":{"message":"TOKEN_EXPIRED"}}`}, {status: 200}}}
	var e *auth.TokenError
	if _, err = p.scheme.Renew(t.Context(), s.call(), have); !asTokenError(err, &e) || e.Cause != auth.TokenRefused || e.Op != "refresh" || len(s.wire.asked) != 1 {
		t.Errorf("with a refresh token alone, refused: %v", err)
	}
}
