package auth

import (
	"cmp"
	"context"
	"net/http"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// OAuth1 signs requests as OAuth 1.0a does (RFC 5849, section 3), with tokens that
// the customer was given: three-legged ones that never expire, and token-based
// variants such as NetSuite's. It obtains no tokens.
//
// The signature covers the method, the URL, the query and, if the body is a form,
// its pairs. The credential is auth.Fields with consumer_key, consumer_secret,
// token and token_secret; for RSA, private_key in the place of the secrets.
//
//	auth.OAuth1{Realm: "{account}"} // and account in the Fields
type OAuth1 struct {
	// Method is how it is signed. Empty means HMAC-SHA256.
	Method OAuth1Method `json:"method,omitempty"`
	// Realm is the realm of the Authorization header (RFC 7617), which isn't signed:
	// a template that may name values of the credential. Empty: none.
	Realm string `json:"realm,omitempty"`
	// In is where the parameters go: InHeader, the default, or InQuery.
	In In `json:"in,omitempty"`
	// NoToken is for providers that ask for the consumer's key and secret alone.
	NoToken bool `json:"no_token,omitempty"`
	// NoVersion leaves out oauth_version, for providers that don't know it.
	NoVersion bool `json:"no_version,omitempty"`
}

// OAuth1Method is a signature method of OAuth 1.
type OAuth1Method string

// The methods of [OAuth1], named as oauth_signature_method is on the wire.
const (
	OAuth1HMACSHA256 OAuth1Method = "HMAC-SHA256" // as RFC 5849, section 3.4.2, with SHA-256
	OAuth1HMACSHA1   OAuth1Method = "HMAC-SHA1"   // RFC 5849, section 3.4.2
	OAuth1HMACSHA512 OAuth1Method = "HMAC-SHA512" // as OAuth1HMACSHA1, with SHA-512
	OAuth1RSASHA1    OAuth1Method = "RSA-SHA1"    // RFC 5849, section 3.4.3
	OAuth1RSASHA256  OAuth1Method = "RSA-SHA256"  // as OAuth1RSASHA1, with SHA-256
	OAuth1Plaintext  OAuth1Method = "PLAINTEXT"   // RFC 5849, section 3.4.4; sends the secrets themselves
)

// The kind and the names of its values.
const (
	kindOAuth1          = "oauth1"
	valueConsumerKey    = "consumer_key"
	valueConsumerSecret = "consumer_secret"
	valueTokenSecret    = "token_secret"
)

var (
	_ Scheme = OAuth1{}
	_ Placer = OAuth1{}
)

// Kind is "oauth1".
func (OAuth1) Kind() string { return kindOAuth1 }

// Validate checks that method and place are known, and the realm.
func (s OAuth1) Validate() error {
	_, err := s.compile(opValidate)
	return err
}

// Accepts asks for the values that the method needs.
func (s OAuth1) Accepts(c Credential) error {
	return s.sign(context.Background(), opAccept, unsent(), c)
}

// Authorize signs the request. It fails if the query or a form can't be decoded,
// and if the form has more than 10 MiB.
func (s OAuth1) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	return s.sign(ctx, opAuthorize, r, c)
}

// Places gives the header Authorization, or the parameters in the query.
func (s OAuth1) Places() []Place {
	if s.In.orHeader() == InHeader {
		return []Place{authorization()}
	}
	var places []Place
	for _, name := range s.parameterNames() {
		places = append(places, Place{In: InQuery, Name: name})
	}
	return places
}

// MarshalJSON writes {"kind":"oauth1"} and the fields that are set.
func (s OAuth1) MarshalJSON() ([]byte, error) {
	type plain OAuth1
	return written.Marshal(s.Kind(), plain(s))
}

func (s OAuth1) method() OAuth1Method { return cmp.Or(s.Method, OAuth1HMACSHA256) }

func (s OAuth1) isRSA() bool { return s.method() == OAuth1RSASHA1 || s.method() == OAuth1RSASHA256 }

// parameterNames are the parameters that are sent, in order.
func (s OAuth1) parameterNames() []string {
	names := []string{"oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp"}
	if !s.NoToken {
		names = append(names, "oauth_token")
	}
	if !s.NoVersion {
		names = append(names, "oauth_version")
	}
	return names
}

// compile checks all fields and reads the realm; nil if there is none.
func (s OAuth1) compile(op string) (realm *template.Template, err error) {
	bad := func(field, reason string) (*template.Template, error) {
		return nil, &Error{Op: op, Scheme: s.Kind(), Field: field, Reason: reason}
	}
	switch s.method() {
	case OAuth1HMACSHA256, OAuth1HMACSHA1, OAuth1HMACSHA512, OAuth1RSASHA1, OAuth1RSASHA256, OAuth1Plaintext:
	default:
		return bad("method", "there is no such method; use HMAC-SHA256, HMAC-SHA1, HMAC-SHA512, RSA-SHA1, RSA-SHA256 or PLAINTEXT")
	}
	switch in := s.In.orHeader(); {
	case in != InHeader && in != InQuery:
		return bad("in", "must be header or query")
	case s.Realm == "":
		return nil, nil
	case in == InQuery:
		return bad("realm", "stands in a header alone; leave it out")
	}
	realm, why := compileSigned(s.Realm, template.Header)
	if why == "" {
		for _, ref := range realm.Refs() {
			if isRequestPart(ref.Name) {
				why = "can't hold " + ref.String() + ": it may name values of the credential"
			}
		}
	}
	if why != "" {
		return bad("realm", why)
	}
	return realm, nil
}
