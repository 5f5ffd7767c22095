package auth

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sign signs r, or goes through the motions if op is not to authorize.
func (s OAuth1) sign(ctx context.Context, op string, r *http.Request, c Credential) error {
	realm, err := s.compile(op)
	if err != nil {
		return err
	}
	m, err := newMaterial(ctx, op, s.Kind(), r, c)
	if err != nil {
		return err
	}
	signer, err := s.signer(op, c)
	if err != nil {
		return err
	}
	realmText := ""
	if realm != nil {
		if realmText, err = m.expand("realm", realm); err != nil {
			return err
		}
		if strings.ContainsAny(realmText, `"\`) {
			return m.fault("realm", `can't hold " or \`)
		}
	}
	own, err := s.parameters(m)
	if err != nil {
		return err
	}
	if s.In.orHeader() == InQuery {
		dropQuery(r, s.parameterNames()...)
	}
	signature := unsignedText
	if op == opAuthorize {
		if signature, err = s.signature(m, signer, own); err != nil {
			return err
		}
	}
	s.write(r, append(own, pair{"oauth_signature", signature}), realmText)
	return nil
}

// signature signs the request with the parameters beside it.
func (s OAuth1) signature(m *material, signer func(string) (string, bool), own []pair) (string, error) {
	base := ""
	if s.method() != OAuth1Plaintext {
		var err error
		if base, err = m.oauth1Base(own); err != nil {
			return "", err
		}
	}
	signature, ok := signer(base)
	if !ok {
		return "", m.fault("values."+valuePrivateKey, "can't sign with "+string(s.method())+"; give an RSA key of 2048 bits or more")
	}
	return signature, nil
}

// pair is a parameter, decoded.
type pair struct{ name, value string }

// parameters are those of RFC 5849, section 3.1, without the signature.
func (s OAuth1) parameters(m *material) ([]pair, error) {
	if err := m.stamp("unix", defaultNonce); err != nil {
		return nil, err
	}
	consumer, err := pick(m.op, s.Kind(), m.c, "auth.Fields with that name", valueConsumerKey)
	if err != nil {
		return nil, err
	}
	own := []pair{{"oauth_consumer_key", consumer}, {"oauth_nonce", m.own[partNonce]},
		{"oauth_signature_method", string(s.method())}, {"oauth_timestamp", m.own[partTimestamp]}}
	if !s.NoToken {
		token, err := pick(m.op, s.Kind(), m.c, "auth.Fields with that name", valueToken)
		if err != nil {
			return nil, err
		}
		own = append(own, pair{"oauth_token", token})
	}
	if !s.NoVersion {
		own = append(own, pair{"oauth_version", "1.0"})
	}
	return own, nil
}

// write puts the parameters where they go: RFC 5849, sections 3.5.1 and 3.5.3.
func (s OAuth1) write(r *http.Request, own []pair, realm string) {
	slices.SortFunc(own, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	if s.In.orHeader() == InQuery {
		for _, p := range own {
			setQuery(r, p.name, p.value)
		}
		return
	}
	var list []string
	if s.Realm != "" {
		list = append(list, `realm="`+realm+`"`)
	}
	for _, p := range own {
		list = append(list, p.name+`="`+escape(p.value)+`"`)
	}
	setHeader(r, "Authorization", "OAuth "+strings.Join(list, ", "))
}

// oauth1Base is the signature base string: RFC 5849, section 3.4.1.
func (m *material) oauth1Base(own []pair) (string, error) {
	all := slices.Clone(own)
	query, ok := formPairs(m.r.URL.RawQuery)
	if !ok {
		return "", m.fault("query", "can't be decoded, so that it can't be signed; escape its % and ;")
	}
	all = append(all, query...)
	if bodyKind(m.r.Header) == "form" {
		if err := m.readBody(); err != nil {
			return "", err
		}
		form, ok := formPairs(m.body)
		if !ok {
			return "", m.fault("body", "is a form that can't be decoded, so that it can't be signed; escape its % and ;")
		}
		all = append(all, form...)
	}
	encoded := make([]pair, len(all))
	for i, p := range all {
		encoded[i] = pair{escape(p.name), escape(p.value)}
	}
	slices.SortFunc(encoded, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	list := make([]string, len(encoded))
	for i, p := range encoded {
		list[i] = p.name + "=" + p.value
	}
	return strings.ToUpper(m.part(partMethod)) + "&" + escape(m.baseURI()) + "&" + escape(strings.Join(list, "&")), nil
}

// baseURI is RFC 5849, section 3.4.1.2: no query, and no port that goes without
// saying.
func (m *material) baseURI() string {
	scheme, host := strings.ToLower(m.r.URL.Scheme), strings.ToLower(m.host())
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return scheme + "://" + host + m.part(partPath)
}

// formPairs decodes a query or a form.
func formPairs(raw string) (pairs []pair, ok bool) {
	for text := range strings.SplitSeq(raw, "&") {
		if text == "" {
			continue
		}
		name, value, _ := strings.Cut(text, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, false
		}
		pairs = append(pairs, pair{name, value})
	}
	return pairs, true
}

// signer reads the keys, and gives what signs a base string. ok is false for a
// key that can't.
func (s OAuth1) signer(op string, c Credential) (sign func(base string) (signature string, ok bool), err error) {
	if s.isRSA() {
		text, err := pick(op, s.Kind(), c, "auth.Fields with that name", valuePrivateKey)
		if err != nil {
			return nil, err
		}
		key, why := rsaKey(text, leastRSA)
		if why != "" {
			return nil, &Error{Op: op, Scheme: s.Kind(), Field: "values." + valuePrivateKey, Reason: why}
		}
		return func(base string) (string, bool) { return s.signRSA(key, base) }, nil
	}
	names := []string{valueConsumerSecret, valueTokenSecret}
	if s.NoToken {
		names = names[:1]
	}
	secrets := make([]string, 2) // the second stays empty without a token
	for i, name := range names {
		v, err := pick(op, s.Kind(), c, "auth.Fields with that name", name)
		if err != nil {
			return nil, err
		}
		secrets[i] = escape(v)
	}
	key := strings.Join(secrets, "&")
	return func(base string) (string, bool) {
		if s.method() == OAuth1Plaintext {
			return key, true
		}
		mac := hmac.New(s.hash(), []byte(key))
		mac.Write([]byte(base))
		return base64.StdEncoding.EncodeToString(mac.Sum(nil)), true
	}, nil
}

func (s OAuth1) hash() func() hash.Hash {
	switch s.method() {
	case OAuth1HMACSHA1, OAuth1RSASHA1:
		return sha1.New
	case OAuth1HMACSHA512:
		return sha512.New
	}
	return sha256.New
}

func (s OAuth1) signRSA(key *rsa.PrivateKey, base string) (string, bool) {
	h, id := s.hash()(), crypto.SHA256
	if s.method() == OAuth1RSASHA1 {
		id = crypto.SHA1
	}
	h.Write([]byte(base))
	signature, err := rsa.SignPKCS1v15(nil, key, id, h.Sum(nil))
	return base64.StdEncoding.EncodeToString(signature), err == nil
}
