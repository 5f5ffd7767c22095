package auth_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

// joe is the payload of RFC 7515, appendix A.
const joe = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

func raw64(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func number(t testing.TB, text string) *big.Int {
	t.Helper()
	return new(big.Int).SetBytes(raw64(t, text))
}

// rfc7515RSA is the key of RFC 7515, appendix A.2.
func rfc7515RSA(t testing.TB) string {
	t.Helper()
	k := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{E: 65537, N: number(t, "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2j"+
			"Z47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")},
		D: number(t, "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4"+
			"qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"),
		Primes: []*big.Int{
			number(t, "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"),
			number(t, "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"),
		},
	}
	if err := k.Validate(); err != nil {
		t.Fatal(err)
	}
	return pemOf(t, k)
}

// TestJWSVectors has the signatures of RFC 7515 and RFC 8037 that are the same each time.
func TestJWSVectors(t *testing.T) {
	t.Parallel()
	seed := raw64(t, "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	const ed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
	const edSignature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
	for name, tt := range map[string]struct {
		algorithm, key string
		encoding       auth.KeyEncoding
		input, want    string
	}{
		"RFC 7515, A.1": {"HS256", "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow", auth.KeyBase64,
			"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + joe, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
		"RFC 7515, A.2": {"RS256", rfc7515RSA(t), "", "eyJhbGciOiJSUzI1NiJ9." + joe,
			"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0Gar" +
				"ZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
		"RFC 8037, A.4":              {"EdDSA", pemOf(t, ed25519.NewKeyFromSeed(seed)), "", ed, edSignature},
		"RFC 8037, A.4, seed":        {"EdDSA", base64.StdEncoding.EncodeToString(seed), auth.KeyBase64, ed, edSignature},
		"RFC 8037, A.4, both halves": {"EdDSA", hex.EncodeToString(ed25519.NewKeyFromSeed(seed)), auth.KeyHex, ed, edSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, why := auth.JWSSign(tt.algorithm, tt.key, tt.encoding, tt.input)
			if diff := cmp.Diff(tt.input+"."+tt.want, got); why != "" || diff != "" {
				t.Error(why, diff)
			}
		})
	}
}

// TestJWSECDSA signs with the key of RFC 7515, appendix A.3; such signatures differ each time, so the public key judges.
func TestJWSECDSA(t *testing.T) {
	t.Parallel()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw64(t, "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := k.PublicKey.Bytes()
	if err != nil || base64.RawURLEncoding.EncodeToString(public[1:33]) != "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" {
		t.Fatalf("this isn't the key of the RFC: %x, %v", public, err)
	}
	input := "eyJhbGciOiJFUzI1NiJ9." + joe
	token, why := auth.JWSSign("ES256", pemOf(t, k), "", input)
	if why != "" {
		t.Fatal(why)
	}
	digest := sha256.Sum256([]byte(input))
	for _, signature := range []string{strings.TrimPrefix(token, input+"."),
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"} {
		b := raw64(t, signature)
		if len(b) != 64 || !ecdsa.Verify(&k.PublicKey, digest[:], new(big.Int).SetBytes(b[:32]), new(big.Int).SetBytes(b[32:])) {
			t.Errorf("%s is not good", signature)
		}
	}
}

// TestJWTAlgorithms lets another reader check the tokens of each algorithm.
func TestJWTAlgorithms(t *testing.T) {
	t.Parallel()
	rsaKey, edKey := newRSA(t, 2048), newEd(t)
	secret := strings.Repeat("s3cret-", 10)
	for name, key := range map[string]any{
		"": []byte(secret), "HS256": []byte(secret), "HS384": []byte(secret), "HS512": []byte(secret),
		"RS256": rsaKey, "RS384": rsaKey, "RS512": rsaKey, "PS256": rsaKey, "PS384": rsaKey, "PS512": rsaKey,
		"ES256": newEC(t), "ES384": newECOn(t, elliptic.P384()), "ES512": newECOn(t, elliptic.P521()), "EdDSA": edKey,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := auth.Fields(map[string]string{"secret": secret, "id": "k-1"})
			verify := key
			switch k := key.(type) {
			case *rsa.PrivateKey:
				c, verify = keyed("private_key", pemOf(t, k), map[string]string{"id": "k-1"}), &k.PublicKey
			case *ecdsa.PrivateKey:
				c, verify = keyed("private_key", pemOf(t, k), map[string]string{"id": "k-1"}), &k.PublicKey
			case ed25519.PrivateKey:
				c, verify = keyed("private_key", pemOf(t, k), map[string]string{"id": "k-1"}), k.Public()
			}
			s := auth.JWT{Algorithm: name, KeyID: "{id}", Claims: map[string]any{"iss": "{id}"}}
			r := requestOf(t, "GET", "https://api.example.com/", "")
			if err := s.Authorize(t.Context(), r, c); err != nil {
				t.Fatal(err)
			}
			want := name
			if want == "" {
				want = "HS256"
			}
			token, err := jwt.Parse(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), func(*jwt.Token) (any, error) { return verify, nil },
				jwt.WithValidMethods([]string{want}), jwt.WithExpirationRequired(), jwt.WithIssuer("k-1"))
			if err != nil || token.Header["kid"] != "k-1" || token.Header["typ"] != "JWT" {
				t.Errorf("%v, %v", token, err)
			}
		})
	}
}

// TestJWTContent shows all that a token can say, and where it can go.
func TestJWTContent(t *testing.T) {
	t.Parallel()
	s := auth.JWT{
		KeyID: "{id}", Header: map[string]string{"typ": "at+jwt", "nonce": "{random(2)}"}, NotBefore: true,
		Claims: map[string]any{"iss": "{id}", "n": int64(7), "f": 1.5, "ok": true, "null": nil, "scope": []any{"{method} {path}", "<b>&"},
			"deep": map[string]any{"q": "{query}", "body": "{sha256(body)}", "own": "{{{id}}}", "target": "{target}"}, "quote": "{quote}"},
		Lifetime: auth.Duration(2 * time.Minute), Backdate: auth.Duration(time.Minute), In: auth.InQuery, Name: "jwt",
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	c := auth.Fields(map[string]string{"secret": "sec", "id": "k{secret}", "quote": `"},{"admin":true`})
	r := requestOf(t, "POST", "https://api.example.com/a%2Fb?x=1", "body")
	if err := s.Authorize(still(t.Context()), r, c); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(r.URL.Query().Get("jwt"), ".")
	got := make([]any, 2)
	for i := range got {
		if err := json.Unmarshal(raw64(t, parts[i]), &got[i]); err != nil {
			t.Fatal(err)
		}
	}
	want := []any{
		map[string]any{"alg": "HS256", "kid": "k{secret}", "typ": "at+jwt", "nonce": "abab"},
		map[string]any{"iss": "k{secret}", "n": 7.0, "f": 1.5, "ok": true, "null": nil, "scope": []any{"POST /a%2Fb", "<b>&"},
			"deep": map[string]any{"q": "x=1", "own": "{k{secret}}", "target": "/a%2Fb?x=1",
				"body": "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"},
			"quote": `"},{"admin":true`, "iat": 1767225540.0, "nbf": 1767225540.0, "exp": 1767225720.0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for place, scheme := range map[string]auth.JWT{
		"Authorization: Ghost ": {Prefix: "Ghost "}, "X-Jwt: ": {Name: "x-jwt"}, "X-Jwt: a": {Name: "x-jwt", Prefix: "a"}, "Cookie: c=": {In: auth.InCookie, Name: "c"},
	} {
		r := requestOf(t, "GET", "https://api.example.com/", "")
		if err := scheme.Authorize(still(t.Context()), r, c); err != nil || !strings.Contains(sent(t, r), "|"+place+"ey") {
			t.Errorf("%q isn't in %s (%v)", place, sent(t, r), err)
		}
	}
}

func TestJWTRefuses(t *testing.T) {
	t.Parallel()
	deep := any("x")
	for range 5 {
		deep = []any{deep}
	}
	many := map[string]any{}
	for i := range 33 {
		many[strings.Repeat("x", i+1)] = true
	}
	for _, tt := range []struct {
		field string
		s     auth.JWT
	}{
		{"algorithm", auth.JWT{Algorithm: "none"}},
		{"algorithm", auth.JWT{Algorithm: "HS1"}},
		{"key_encoding", auth.JWT{KeyEncoding: "jwk"}},
		{"key_encoding", auth.JWT{KeyEncoding: auth.KeyPEM}},
		{"key_encoding", auth.JWT{Algorithm: "RS256", KeyEncoding: auth.KeyBase64}},
		{"key_encoding", auth.JWT{Algorithm: "EdDSA", KeyEncoding: auth.KeyText}},
		{"key", auth.JWT{Key: "Secret Key"}},
		{"key_id", auth.JWT{KeyID: "{timestamp}"}},
		{"key_id", auth.JWT{KeyID: "{Bad-Name}"}},
		{"key_id", auth.JWT{KeyID: "${env.x}"}},
		{"key_id", auth.JWT{KeyID: "{header.a b}"}},
		{`header."alg"`, auth.JWT{Header: map[string]string{"alg": "none"}}},
		{`header."x"`, auth.JWT{Header: map[string]string{"x": "{md5(a)}"}}},
		{`claims."exp"`, auth.JWT{Claims: map[string]any{"exp": int64(1)}}},
		{`claims."x"`, auth.JWT{Claims: map[string]any{"x": struct{}{}}}},
		{`claims."x"`, auth.JWT{Claims: map[string]any{"x": math.NaN()}}},
		{`claims."x"`, auth.JWT{Claims: map[string]any{"x": deep}}},
		{`claims."x"`, auth.JWT{Claims: map[string]any{"x": map[string]any{"": true}}}},
		{"claims", auth.JWT{Claims: many}},
		{"lifetime", auth.JWT{Lifetime: auth.Duration(25 * time.Hour)}},
		{"lifetime", auth.JWT{Lifetime: -1}},
		{"backdate", auth.JWT{Backdate: auth.Duration(11 * time.Minute)}},
		{"name", auth.JWT{Name: "Content-Length"}},
		{"name", auth.JWT{In: auth.InQuery}},
		{"in", auth.JWT{In: "path", Name: "x"}},
		{"prefix", auth.JWT{Prefix: "a\nb"}},
		{`claims."x"`, auth.JWT{In: auth.InBody, Name: "t", Claims: map[string]any{"x": "{sha256(body)}"}}},
		{`claims."x"`, auth.JWT{In: auth.InCookie, Name: "t", Claims: map[string]any{"x": "{header.cookie}"}}},
	} {
		var e *auth.Error
		if err := tt.s.Validate(); !errors.As(err, &e) || e.Field != tt.field || e.Op != "validate" || e.Scheme != "jwt" || e.Reason == "" {
			t.Errorf("%+v: %v", tt.s, err)
		}
	}
	short := keyed("private_key", pemOf(t, newRSA(t, 1024)), nil)
	for _, tt := range []struct {
		s auth.JWT
		c auth.Credential
	}{
		{auth.JWT{Algorithm: "RS256"}, short},
		{auth.JWT{Algorithm: "ES256"}, keyed("private_key", pemOf(t, newECOn(t, elliptic.P384())), nil)},
		{auth.JWT{KeyEncoding: auth.KeyHex}, keyed("secret", "xyz", nil)},
		{auth.JWT{Algorithm: "EdDSA", KeyEncoding: auth.KeyHex}, keyed("private_key", "abcd", nil)},
		{auth.JWT{Algorithm: "EdDSA", KeyEncoding: auth.KeyHex}, keyed("private_key", strings.Repeat("ab", 64), nil)},
		{auth.JWT{KeyID: "{id}"}, keyed("secret", "x", nil)},
		{auth.JWT{Claims: map[string]any{"x": "{id}"}}, keyed("secret", "x", map[string]string{"id": strings.Repeat("x", 20<<10)})},
	} {
		if err := tt.s.Accepts(tt.c); err == nil {
			t.Errorf("%+v takes what it can't sign with", tt.s)
		}
	}
}
