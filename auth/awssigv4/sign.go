package awssigv4

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/waygate-go/waygate/auth"
)

const (
	maxBody         = 10 << 20 // bytes that are signed
	unsignedPayload = "UNSIGNED-PAYLOAD"
	hashHeader      = "X-Amz-Content-Sha256"
)

// keys are a credential's values, checked.
type keys struct {
	aws.Credentials
	region string
}

// keys reads the values.
func (s Scheme) keys(op string, c auth.Credential) (k keys, err error) {
	read := func(name string) string {
		v := c.Values[name]
		if v.IsZero() {
			return ""
		}
		text := v.Reveal()
		if err == nil && (strings.ContainsFunc(text, isControl) || strings.TrimSpace(text) != text || !utf8.ValidString(text)) {
			err = &auth.Error{Op: op, Scheme: kind, Field: "values." + name,
				Reason: "has a line break, a space at its end or another character that no such value has; was it pasted?"}
		}
		return text
	}
	k.AccessKeyID, k.SecretAccessKey, k.SessionToken = read(valueAccessKeyID), read(valueSecretKey), read(valueSessionToken)
	if k.region = s.Region; k.region == "" {
		if k.region = read(valueRegion); k.region == "" {
			k.region = c.Extra[valueRegion]
		}
	}
	if err != nil {
		return keys{}, err
	}
	for _, v := range [][2]string{{valueAccessKeyID, k.AccessKeyID}, {valueSecretKey, k.SecretAccessKey}} {
		if v[1] == "" {
			return keys{}, &auth.Error{Op: op, Scheme: kind, Field: "values." + v[0],
				Reason: "is missing or empty; give the connection awssigv4.Credential"}
		}
	}
	if k.region != "" && !isLabel(k.region) {
		return keys{}, &auth.Error{Op: op, Scheme: kind, Field: "values." + valueRegion, Reason: "is no region; write one such as eu-west-1"}
	}
	return k, nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// sign lets AWS's signer sign a request that has only what is to be signed, and takes over the headers it set.
func (s Scheme) sign(ctx context.Context, r *http.Request, k keys) error {
	hash, err := s.payloadHash(r)
	if err != nil {
		return err
	}
	if err := plainQuery(r); err != nil {
		return err
	}
	s.clear(r)
	u := *r.URL // the signer sorts its query
	signed := &http.Request{Method: cmp.Or(r.Method, http.MethodGet), URL: &u, Host: r.Host, Header: s.signedHeaders(r.Header)}
	if s.Service == "s3" || s.UnsignedPayload {
		signed.Header.Set(hashHeader, hash)
	}
	region := cmp.Or(k.region, regionOf(signed))
	err = v4.NewSigner().SignHTTP(ctx, k.Credentials, signed, hash, s.Service, region, auth.SigningFrom(ctx).Now.UTC(),
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.Service == "s3" })
	if err != nil {
		return &auth.Error{Op: "authorize", Scheme: kind, Reason: "the request can't be signed", Err: err}
	}
	for _, name := range s.placeNames() {
		if v := signed.Header.Get(name); v != "" {
			r.Header.Set(name, v)
		}
	}
	return nil
}

// clear takes out an earlier signature, however its headers are spelled in the map.
func (s Scheme) clear(r *http.Request) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	for key := range r.Header {
		if slices.ContainsFunc(s.placeNames(), func(own string) bool { return strings.EqualFold(key, own) }) {
			delete(r.Header, key)
		}
	}
}

// plainQuery sees to it that AWS reads the query as it is signed: a space is written as %20, not as +, and what the signer
// would leave out is refused.
func plainQuery(r *http.Request) error {
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return &auth.Error{Op: "authorize", Scheme: kind, Field: "query", Reason: "can't be decoded, so that it can't be signed; escape its % and ;"}
	}
	if strings.Contains(r.URL.RawQuery, "+") {
		u := *r.URL
		u.RawQuery = strings.ReplaceAll(u.RawQuery, "+", "%20")
		r.URL = &u
	}
	return nil
}

// signedHeaders are the headers that are signed beside the host.
func (s Scheme) signedHeaders(all http.Header) http.Header {
	out := http.Header{}
	for key, values := range all {
		name := http.CanonicalHeaderKey(key)
		signed := name == "Content-Type" || strings.HasPrefix(name, "X-Amz-")
		for _, more := range s.Headers {
			signed = signed || strings.EqualFold(more, key)
		}
		if signed && !unsignable(name) {
			out[name] = append(out[name], values...)
		}
	}
	return out
}

// regionOf finds the region in a host of AWS's.
func regionOf(r *http.Request) string {
	host, _, _ := strings.Cut(strings.ToLower(cmp.Or(r.Host, r.URL.Host)), ":")
	name, ok := strings.CutSuffix(strings.TrimSuffix(host, ".cn"), ".amazonaws.com")
	if !ok {
		return "us-east-1"
	}
	labels := strings.Split(name, ".")
	for i := len(labels) - 1; i >= 0; i-- {
		if isRegion(labels[i]) {
			return labels[i]
		}
	}
	return "us-east-1"
}

// isRegion knows regions by their form: eu-west-1, us-gov-east-1.
func isRegion(label string) bool {
	parts := strings.Split(label, "-")
	n := len(parts)
	if n < 3 || n > 4 || len(parts[0]) != 2 || len(parts[n-1]) != 1 || parts[n-1][0] < '0' || parts[n-1][0] > '9' {
		return false
	}
	for _, p := range parts[:n-1] {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return true
}

// payloadHash is the SHA-256 of the body. A body that can be read only once is replaced by its bytes.
func (s Scheme) payloadHash(r *http.Request) (string, error) {
	if s.UnsignedPayload {
		return unsignedPayload, nil
	}
	body, err := readBody(r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// readBody gives the bytes of the body, from GetBody where there is one, so that r.Body stays unread.
func readBody(r *http.Request) ([]byte, error) {
	from, once := r.Body, r.GetBody == nil
	if from == nil {
		return nil, nil
	}
	fault := func(reason string, err error) error {
		return &auth.Error{Op: "authorize", Scheme: kind, Field: "body", Reason: reason, Err: err}
	}
	if !once {
		again, err := r.GetBody()
		if err != nil {
			return nil, fault("can't be read again; give a body that can, or set unsigned_payload if the service allows that", err)
		}
		if again == nil {
			return nil, nil
		}
		// It is a second reader of a body that lives elsewhere.
		defer func() { _ = again.Close() }()
		from = again
	}
	body, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	if err != nil {
		return nil, fault("can't be read", err)
	}
	if len(body) > maxBody {
		return nil, fault("has more than 10 MiB; set unsigned_payload if the service allows that", nil)
	}
	if once {
		_ = r.Body.Close() // all of it was read
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.ContentLength, r.TransferEncoding = int64(len(body)), nil
	}
	return body, nil
}
