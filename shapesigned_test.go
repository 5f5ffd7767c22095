package waygate_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// shapeKeys are two keys of each kind: what the provider knows, and what it doesn't.
type shapeKeys struct {
	rsa   [2]*rsa.PrivateKey
	ec    *ecdsa.PrivateKey
	ed    ed25519.PrivateKey
	ecPEM [2]string
	edPEM [2]string
}

func newShapeKeys(t *testing.T) (k shapeKeys) {
	for i := range 2 {
		var err error
		k.rsa[i], err = rsa.GenerateKey(rand.Reader, 2048)
		must(t, err)
		ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		_, ed, err := ed25519.GenerateKey(rand.Reader)
		must(t, err)
		k.ecPEM[i], k.edPEM[i] = pemOf(ec), pemOf(ed)
		if i == 0 {
			k.ec, k.ed = ec, ed
		}
	}
	return k
}

// pemOf writes a private key in PKCS #8.
func pemOf(key any) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// hmacSigned is an HMAC over what a request says and when, with a nonce that is good once.
func hmacSigned() shape {
	return shape{
		scheme: auth.Signature{Payload: "{method}\n{path}\n{sorted_query}\n{timestamp}\n{nonce}\n{base64(sha256(body))}", Output: auth.OutputBase64,
			Headers: map[string]string{"Authorization": "HMAC-SHA256 {key_id}:{signature}", "X-Timestamp": "{timestamp}", "X-Nonce": "{nonce}"}},
		good:  auth.Fields(map[string]string{"key_id": "key-1", "secret": "a-signing-secret-0123"}),
		wrong: mistaken(auth.Fields(map[string]string{"key_id": "key-1", "secret": "another-secret-0123"})),
		kind:  waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: clockLapses,
		check: func(p *shapeProvider, r *http.Request, body []byte) string {
			path, query, _ := strings.Cut(r.RequestURI, "?")
			pairs := strings.Split(query, "&")
			slices.Sort(pairs)
			digest := sha256.Sum256(body)
			text := strings.Join([]string{r.Method, path, strings.Join(pairs, "&"), r.Header.Get("X-Timestamp"), r.Header.Get("X-Nonce"),
				base64.StdEncoding.EncodeToString(digest[:])}, "\n")
			mac := hmac.New(sha256.New, []byte(p.known["secret"]))
			mac.Write([]byte(text))
			return signedNow(p, r, r.Header.Get("Authorization") == "HMAC-SHA256 "+p.known["key_id"]+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		},
	}
}

// signedNow checks what stands beside a signature, in X-Timestamp and X-Nonce.
func signedNow(p *shapeProvider, r *http.Request, good bool) string {
	at, err := strconv.ParseInt(r.Header.Get("X-Timestamp"), 10, 64)
	switch {
	case !good:
		return "the signature is wrong"
	case err != nil || !p.recent(time.Unix(at, 0)):
		return "it was signed at another time"
	case !p.once(r.Header.Get("X-Nonce")):
		return "it came before"
	}
	return ""
}

// ed25519Signed signs the request as it is, body included.
func ed25519Signed(keys shapeKeys) shape {
	return shape{
		scheme: auth.Signature{Algorithm: auth.SignEd25519, Payload: "{timestamp}.{nonce}.{method}.{target}.{header.content-type}.{body}", Output: auth.OutputHex,
			Headers: map[string]string{"X-Signature": "{signature}", "X-Timestamp": "{timestamp}", "X-Nonce": "{nonce}", "X-Key": "{key_id}"}},
		good:  auth.Fields(map[string]string{"key_id": "key-1", "private_key": keys.edPEM[0]}),
		wrong: mistaken(auth.Fields(map[string]string{"key_id": "key-1", "private_key": keys.edPEM[1]})),
		kind:  waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: clockLapses,
		check: func(p *shapeProvider, r *http.Request, body []byte) string {
			signature, err := hex.DecodeString(r.Header.Get("X-Signature"))
			text := strings.Join([]string{r.Header.Get("X-Timestamp"), r.Header.Get("X-Nonce"), r.Method, r.RequestURI, r.Header.Get("Content-Type"), string(body)}, ".")
			public, _ := keys.ed.Public().(ed25519.PublicKey)
			return signedNow(p, r, err == nil && r.Header.Get("X-Key") == "key-1" && ed25519.Verify(public, []byte(text), signature))
		},
	}
}

// jwtSigned sends a token that names the request and is good for it alone.
func jwtSigned(algorithm, good, wrong string, verify func(signed string, signature []byte) bool) shape {
	fields := func(pem string) auth.Credential {
		return auth.Fields(map[string]string{"key_id": "key-1", "issuer": "acme", "private_key": pem})
	}
	return shape{
		scheme: auth.JWT{Algorithm: algorithm, KeyID: "{key_id}", Lifetime: auth.Duration(2 * time.Minute), Claims: map[string]any{
			"iss": "{issuer}", "aud": "things-v1", "uri": "{method} {host}{target}", "jti": "{random(16)}", "body": map[string]any{"sha256": "{sha256(body)}"}}},
		good: fields(good), wrong: mistaken(fields(wrong)), kind: waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: clockLapses,
		check: func(p *shapeProvider, r *http.Request, body []byte) string {
			header, claims, signed, signature, why := openJWT(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			if why != "" || header["alg"] != algorithm || header["kid"] != "key-1" || !verify(signed, signature) {
				return "the token can't be verified " + why
			}
			digest := sha256.Sum256(body)
			of, _ := claims["body"].(map[string]any)
			iat, _ := claims["iat"].(float64)
			exp, _ := claims["exp"].(float64)
			jti, _ := claims["jti"].(string)
			switch {
			case claims["iss"] != "acme", claims["aud"] != "things-v1":
				return "another's token"
			case claims["uri"] != r.Method+" "+r.Host+r.RequestURI, of["sha256"] != hex.EncodeToString(digest[:]):
				return "a token for another request"
			case !p.recent(time.Unix(int64(iat), 0)), exp-iat != 120:
				return "a token of another time"
			case !p.once(jti):
				return "it came before"
			}
			return ""
		},
	}
}

func (k shapeKeys) verifyES256(signed string, signature []byte) bool {
	if len(signature) != 64 { // RFC 7518, section 3.4
		return false
	}
	digest := sha256.Sum256([]byte(signed))
	return ecdsa.Verify(&k.ec.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func (k shapeKeys) verifyEdDSA(signed string, signature []byte) bool {
	public, _ := k.ed.Public().(ed25519.PublicKey)
	return ed25519.Verify(public, []byte(signed), signature)
}

// openJWT reads the parts of a token: RFC 7515, section 3.1.
func openJWT(token string) (header, claims map[string]any, signed string, signature []byte, why string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, "", nil, "not of three parts"
	}
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return nil, nil, "", nil, "not JSON in base64url"
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		why = "its signature is not base64url"
	}
	return header, claims, parts[0] + "." + parts[1], signature, why
}

// oauth1Signed is token-based authentication as NetSuite has it.
func oauth1Signed() shape {
	fields := func(secret string) auth.Credential {
		return auth.Fields(map[string]string{"key_id": "123456_SB1", "consumer_key": "ck-0123456789abcdef", "consumer_secret": "cs+" + secret, "token": "tk-0123456789abcdef", "token_secret": "ts&" + secret})
	}
	return shape{
		scheme: auth.OAuth1{Realm: "{key_id}"},
		good:   fields("good-secret-0123"), wrong: mistaken(fields("wrong-secret-0123")),
		kind: waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: clockLapses,
		check: checkOAuth1,
	}
}

// checkOAuth1 makes the signature of RFC 5849, section 3.4, anew from what arrived.
func checkOAuth1(p *shapeProvider, r *http.Request, _ []byte) string {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	if !ok {
		return "no OAuth"
	}
	sent := map[string]string{}
	for _, part := range strings.Split(given, ",") {
		name, quoted, _ := strings.Cut(strings.TrimSpace(part), "=")
		value, err := url.PathUnescape(strings.Trim(quoted, `"`))
		if _, twice := sent[name]; twice || err != nil {
			return "a parameter that can't be read"
		}
		sent[name] = value
	}
	var pairs []string
	for name, value := range sent {
		if name != "realm" && name != "oauth_signature" {
			pairs = append(pairs, oauth1Escape(name)+"="+oauth1Escape(value))
		}
	}
	for name, values := range r.URL.Query() {
		for _, v := range values {
			pairs = append(pairs, oauth1Escape(name)+"="+oauth1Escape(v))
		}
	}
	slices.Sort(pairs)
	path, _, _ := strings.Cut(r.RequestURI, "?")
	base := r.Method + "&" + oauth1Escape("https://"+r.Host+path) + "&" + oauth1Escape(strings.Join(pairs, "&"))
	mac := hmac.New(sha256.New, []byte(oauth1Escape(p.known["consumer_secret"])+"&"+oauth1Escape(p.known["token_secret"])))
	mac.Write([]byte(base))
	at, err := strconv.ParseInt(sent["oauth_timestamp"], 10, 64)
	switch {
	case sent["realm"] != p.known["key_id"], sent["oauth_consumer_key"] != p.known["consumer_key"], sent["oauth_token"] != p.known["token"]:
		return "no such token"
	case sent["oauth_signature_method"] != "HMAC-SHA256", sent["oauth_version"] != "1.0":
		return "another method"
	case sent["oauth_signature"] != base64.StdEncoding.EncodeToString(mac.Sum(nil)):
		return "the signature is wrong"
	case err != nil || !p.recent(time.Unix(at, 0)):
		return "it was signed at another time"
	case !p.once(sent["oauth_nonce"]):
		return "it came before"
	}
	return ""
}

// oauth1Escape is RFC 5849, section 3.6.
func oauth1Escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}
