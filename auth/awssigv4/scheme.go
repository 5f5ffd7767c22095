package awssigv4

import (
	"context"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/secret"
)

// The kind, and the names of a credential's values.
const (
	kind              = "aws_sigv4"
	valueAccessKeyID  = "access_key_id"
	valueSecretKey    = "secret_access_key"
	valueSessionToken = "session_token"
	valueRegion       = "region"
	maxSignedHeaders  = 32
	maxText           = 64 // bytes of a service or region
)

// Scheme signs with AWS Signature Version 4, in headers, as the IAM User Guide describes it ("AWS Signature Version 4
// for API requests"). The host, Content-Type, every X-Amz header and a SHA-256 of the body are signed.
type Scheme struct {
	// Service is the service's name in signatures: "sqs", "s3", "execute-api", "bedrock"; required. With s3 the
	// path is signed as it is, and X-Amz-Content-Sha256 is sent; any other service has the path escaped again.
	Service string `json:"service"`
	// Region is the region: "eu-west-1". Empty means the credential's value or Extra "region"; else the region that
	// is a label of the request's host, sqs.eu-west-1.amazonaws.com; else us-east-1, where global services are.
	Region string `json:"region,omitempty"`
	// UnsignedPayload leaves the body out of the signature, for services that allow that, such as s3: then it isn't
	// read. Otherwise it is read into memory, at most 10 MiB.
	UnsignedPayload bool `json:"unsigned_payload,omitempty"`
	// Headers are further headers to sign where a request has them; at most 32.
	Headers []string `json:"headers,omitempty"`
}

var (
	_ auth.Scheme = Scheme{}
	_ auth.Placer = Scheme{}
)

// Credential makes a credential of kind "fields" with the values "access_key_id", "secret_access_key" and, for
// temporary ones, "session_token", which may be empty.
func Credential(accessKeyID, secretAccessKey, sessionToken string) auth.Credential {
	c := auth.Fields(map[string]string{valueAccessKeyID: accessKeyID, valueSecretKey: secretAccessKey})
	if sessionToken != "" {
		c.Values[valueSessionToken] = secret.New(sessionToken)
	}
	return c
}

// Kinds gives a new map with the decoder of this kind alone.
func Kinds() auth.KindMap { return auth.KindMap{kind: Decode} }

// Decode reads the written form of a [Scheme]; it is an [auth.Decoder].
func Decode(raw []byte, _ auth.KindMap) (auth.Scheme, error) {
	var s Scheme
	if err := written.Members(raw, &s); err != nil {
		e := written.Explain(err)
		return nil, &auth.Error{Op: "decode", Scheme: kind, Field: e.Field, Reason: e.Reason, Err: e.Err}
	}
	return s, nil
}

// Kind is "aws_sigv4".
func (Scheme) Kind() string { return kind }

// Validate checks the names.
func (s Scheme) Validate() error {
	bad := func(field, reason string) error {
		return &auth.Error{Op: "validate", Scheme: kind, Field: field, Reason: reason}
	}
	if !isLabel(s.Service) {
		return bad("service", `is the name in signatures, such as "sqs": lower-case letters, digits and hyphens`)
	}
	if s.Region != "" && !isLabel(s.Region) {
		return bad("region", `must be one such as "eu-west-1", or left out`)
	}
	if len(s.Headers) > maxSignedHeaders {
		return bad("headers", "are more than 32; name those alone that the service wants signed")
	}
	for _, name := range s.Headers {
		if !header.IsToken(name) || header.Reserved(name) || unsignable(name) {
			return bad("headers", written.Quote(name)+" can't be signed; leave it out")
		}
	}
	return nil
}

// unsignable are the headers that change on the way, as AWS's signer knows them.
func unsignable(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "user-agent", "x-amzn-trace-id", "expect", "transfer-encoding":
		return true
	}
	return false
}

// Accepts asks for access_key_id and secret_access_key, and that they and session_token can stand in a header.
func (s Scheme) Accepts(c auth.Credential) error {
	_, err := s.keys("accept", c)
	return err
}

// Authorize signs the request. It fails if the body can't be read or has more than 10 MiB, unless it isn't signed.
func (s Scheme) Authorize(ctx context.Context, r *http.Request, c auth.Credential) error {
	fault := func(reason string, err error) error {
		return &auth.Error{Op: "authorize", Scheme: kind, Reason: reason, Err: err}
	}
	if err := ctx.Err(); err != nil {
		return fault("the context has ended", err)
	}
	if r == nil || r.URL == nil {
		return fault("there is no request to sign, or it has no URL", nil)
	}
	keys, err := s.keys("authorize", c)
	if err != nil {
		return err
	}
	return s.sign(ctx, r, keys)
}

// Places gives the headers of a signature.
func (s Scheme) Places() []auth.Place {
	var places []auth.Place
	for _, name := range s.placeNames() {
		places = append(places, auth.Place{In: auth.InHeader, Name: name})
	}
	return places
}

func (s Scheme) placeNames() []string {
	return []string{"Authorization", "X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token"}
}

// MarshalJSON writes {"kind":"aws_sigv4"} and the fields that are set.
func (s Scheme) MarshalJSON() ([]byte, error) {
	type plain Scheme
	return written.Marshal(kind, plain(s))
}

// isLabel holds for names of services and regions.
func isLabel(s string) bool {
	return s != "" && len(s) <= maxText && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
