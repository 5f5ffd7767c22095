package auth

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// jwsMethod knows the algorithms by name; nil for others.
func jwsMethod(name string) jwt.SigningMethod {
	switch name {
	case "HS256":
		return jwt.SigningMethodHS256
	case "HS384":
		return jwt.SigningMethodHS384
	case "HS512":
		return jwt.SigningMethodHS512
	case "":
		return nil
	}
	return signingMethod(name)
}

// jwsKey reads the key of an algorithm: bytes for an HMAC, else a private key.
func jwsKey(algorithm, text string, e KeyEncoding) (key any, why string) {
	switch {
	case strings.HasPrefix(algorithm, "HS"):
		return decodeKey(text, e)
	case algorithm == "EdDSA":
		k, why := ed25519Key(text, e)
		return k, why
	case strings.HasPrefix(algorithm, "ES"):
		k, why := ecKey(text)
		if es, ok := jwsMethod(algorithm).(*jwt.SigningMethodECDSA); why == "" && (!ok || !onCurve(k, es)) {
			return nil, "is on another curve than " + algorithm + " signs with"
		}
		return k, why
	}
	k, why := rsaKey(text, 2048) // RFC 7518, sections 3.3 and 3.5
	return k, why
}

func onCurve(k *ecdsa.PrivateKey, es *jwt.SigningMethodECDSA) bool {
	return k.Curve.Params().BitSize == es.CurveBits
}

// jwsInput is what is signed: RFC 7515, section 5.1, steps 1 to 5. Members are in
// the order of their names.
func jwsInput(header, claims map[string]any) (string, bool) {
	var parts []string
	for _, part := range []map[string]any{header, claims} {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if enc.Encode(part) != nil {
			return "", false
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(bytes.TrimRight(b.Bytes(), "\n")))
	}
	return strings.Join(parts, "."), true
}

// jwsSign adds the signature.
func jwsSign(algorithm string, key any, input string) (token string, ok bool) {
	signature, err := jwsMethod(algorithm).Sign(input, key)
	if err != nil {
		return "", false
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), true
}
