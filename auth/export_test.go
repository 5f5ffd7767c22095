package auth

import (
	"context"
	"net/http"
)

// JWSSign signs what is given, to compare with vectors whose header and claims are written otherwise than ours.
func JWSSign(algorithm, key string, e KeyEncoding, input string) (string, string) {
	k, why := jwsKey(algorithm, key, e)
	if why != "" {
		return "", why
	}
	token, ok := jwsSign(algorithm, k, input)
	if !ok {
		return "", "it can't sign"
	}
	return token, ""
}

// OAuth1Vector gives base string and signature of a request with these parameters.
func OAuth1Vector(s OAuth1, r *http.Request, c Credential, parameters [][2]string) (base, signature string, err error) {
	m, err := newMaterial(context.Background(), opAuthorize, s.Kind(), r, c)
	if err != nil {
		return "", "", err
	}
	var own []pair
	for _, p := range parameters {
		own = append(own, pair{p[0], p[1]})
	}
	sign, err := s.signer(opAuthorize, c)
	if err != nil {
		return "", "", err
	}
	if base, err = m.oauth1Base(own); err != nil {
		return "", "", err
	}
	signature, err = s.signature(m, sign, own)
	return base, signature, err
}
