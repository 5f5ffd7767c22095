package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/waygate-go/waygate/internal/template"
)

const (
	defaultAssertion = 5 * time.Minute
	maxAssertion     = 24 * time.Hour
	jtiBytes         = 16
)

// assertion is the definition's, or the zero one.
func (s OAuth2) assertion() Assertion {
	if s.Assertion == nil {
		return Assertion{}
	}
	return *s.Assertion
}

// clientAssertion makes the JWT that stands for the client's secret: RFC 7523 §3, with the client as issuer and subject.
func (a asker) clientAssertion() (string, error) {
	def := a.scheme.assertion()
	audience, err := a.audience(def)
	if err != nil {
		return "", err
	}
	return a.signed(def, jwt.MapClaims{"iss": a.client.ID, "sub": a.client.ID, "aud": audience})
}

// grantAssertion makes the JWT that is the grant: RFC 7523 §2.1.
func (a asker) grantAssertion() (string, error) {
	def := a.scheme.assertion()
	audience, err := a.audience(def)
	if err != nil {
		return "", err
	}
	issuer, err := a.claim("assertion.issuer", def.Issuer, a.client.ID)
	if err != nil {
		return "", err
	}
	subject, err := a.claim("assertion.subject", def.Subject, issuer)
	if err != nil {
		return "", err
	}
	if issuer == "" {
		return "", a.bad("client.id", "is missing, and so is assertion.issuer; give one of them")
	}
	more, err := expandMap("assertion.claims", template.Text, def.Claims, a.parameters)
	if err != nil {
		return "", err
	}
	claims := jwt.MapClaims{}
	for name, v := range more {
		claims[name] = v
	}
	claims["iss"], claims["sub"], claims["aud"] = issuer, subject, audience
	return a.signed(def, claims)
}

func (a asker) claim(field, src, otherwise string) (string, error) {
	if src == "" {
		return otherwise, nil
	}
	return expandText(field, template.Text, src, a.parameters)
}

// audience is the token URL, whichever endpoint is asked: RFC 7523 §3 has it stand for the authorization server.
func (a asker) audience(def Assertion) (string, error) {
	if def.Audience == "" {
		return expandURL("token_url", a.scheme.TokenURL, a.parameters)
	}
	return expandText("assertion.audience", template.Text, def.Audience, a.parameters)
}

// signed adds the times and the id, and signs with the client's key.
func (a asker) signed(def Assertion, claims jwt.MapClaims) (string, error) {
	id, err := a.random(jtiBytes)
	if err != nil {
		return "", err
	}
	lifetime := time.Duration(def.Lifetime)
	if lifetime <= 0 {
		lifetime = defaultAssertion
	}
	now := a.now()
	claims["jti"], claims["iat"], claims["exp"] = id, now.Unix(), now.Add(lifetime).Unix()
	method := signingMethod(def.Algorithm)
	key, why := signingKey(a.client.Key.Reveal(), method)
	if why != "" {
		return "", a.bad("client.key", why)
	}
	token := jwt.NewWithClaims(method, claims)
	if a.client.KeyID != "" {
		token.Header["kid"] = a.client.KeyID
	}
	text, err := token.SignedString(key)
	if err != nil { // which may say something of the key
		return "", a.bad("client.key", "can't sign with "+method.Alg()+"; give a key that fits assertion.algorithm")
	}
	return text, nil
}

// signingMethod knows the algorithms by name; nil for others.
func signingMethod(name string) jwt.SigningMethod {
	switch name {
	case "", "RS256":
		return jwt.SigningMethodRS256
	case "RS384":
		return jwt.SigningMethodRS384
	case "RS512":
		return jwt.SigningMethodRS512
	case "PS256":
		return jwt.SigningMethodPS256
	case "PS384":
		return jwt.SigningMethodPS384
	case "PS512":
		return jwt.SigningMethodPS512
	case "ES256":
		return jwt.SigningMethodES256
	case "ES384":
		return jwt.SigningMethodES384
	case "ES512":
		return jwt.SigningMethodES512
	case "EdDSA":
		return jwt.SigningMethodEdDSA
	}
	return nil
}

// signingKey reads a private key in PEM and checks that the algorithm can use it.
func signingKey(text string, method jwt.SigningMethod) (key crypto.Signer, why string) {
	if method == nil {
		return nil, "can't be used: there is no such algorithm as assertion.algorithm says"
	}
	if text == "" {
		return nil, "is missing; give the private key of the client, in PEM"
	}
	switch encrypted, found := privateKey(text); {
	case encrypted:
		return nil, "is encrypted; give the key without its pass phrase"
	case !found:
		return nil, "holds no private key; give it in PEM, with its first and last line"
	}
	key = parseSigner(text)
	fits := false
	switch k := key.(type) {
	case *rsa.PrivateKey:
		fits = method.Alg()[0] == 'R' || method.Alg()[0] == 'P'
	case *ecdsa.PrivateKey:
		es, ok := method.(*jwt.SigningMethodECDSA)
		fits = ok && es.CurveBits == k.Curve.Params().BitSize
	case ed25519.PrivateKey:
		fits = method.Alg() == "EdDSA"
	case nil:
		return nil, "can't be read; give PKCS #1, PKCS #8 or SEC 1, in PEM"
	}
	if !fits {
		return nil, "doesn't fit assertion.algorithm, which is " + method.Alg()
	}
	return key, ""
}

// parseSigner reads the first private key of a PEM text; nil if it can't be read.
func parseSigner(text string) crypto.Signer {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		if len(block.Bytes) > maxKeyBytes {
			return nil
		}
		if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			signer, _ := k.(crypto.Signer)
			return signer
		}
		if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return k
		}
		if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return k
		}
		return nil
	}
	return nil
}
