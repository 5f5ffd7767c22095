package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

// TestSignatureOnTheWire has requests as providers want them, down to the bytes. The first two have published signatures:
// Binance, "SIGNED Endpoint Examples for POST /api/v3/order"; RFC 8032, section 7.1, test 2. The others were computed by
// another implementation of HMAC.
func TestSignatureOnTheWire(t *testing.T) {
	t.Parallel()
	const jsonType = "Content-Type: application/json"
	binance := auth.WithSigning(t.Context(), auth.Signing{Now: time.UnixMilli(1499827319559)})
	for name, tt := range map[string]struct {
		scheme auth.Signature
		values map[string]string
		r      *http.Request
		want   string
	}{
		"query, published": {auth.Signature{Payload: "{query}{body}", Timestamp: "unix_ms", Headers: map[string]string{"X-MBX-APIKEY": "{key}"},
			Query: map[string]string{"timestamp": "{timestamp}", "signature": "{signature}"}},
			map[string]string{"key": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A", "secret": "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"},
			requestOf(t, "GET", "https://api.example.com/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000", "").WithContext(binance),
			"/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&" +
				"signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71|X-Mbx-Apikey: vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A||"},
		"ed25519, published": {auth.Signature{Algorithm: auth.SignEd25519, KeyEncoding: auth.KeyHex, Payload: "{body}", Headers: map[string]string{"X-Sig": "{signature}"}},
			map[string]string{"private_key": "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"},
			requestOf(t, "POST", "https://api.example.com/", "r"),
			"/|Content-Length: 1|X-Sig: 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00||r"},
		"key in base64": {auth.Signature{KeyEncoding: auth.KeyBase64, Output: auth.OutputBase64, Payload: "{timestamp}{method}{target}{body}",
			Headers: map[string]string{"CB-ACCESS-KEY": "{key}", "CB-ACCESS-SIGN": "{signature}", "CB-ACCESS-TIMESTAMP": "{timestamp}"}},
			map[string]string{"key": "k", "secret": "c2VjcmV0LWtleS0wMTIz"}, requestOf(t, "POST", "https://api.example.com/orders?x=1", `{"a":1}`, jsonType),
			`/orders?x=1|Content-Length: 7|Cb-Access-Key: k|Cb-Access-Sign: GROHG537Wo6xOqpdeIwzZAoJwf86z3bPO/yEkTx7FkI=|Cb-Access-Timestamp: 1767225600|Content-Type: application/json||{"a":1}`},
		"sorted query, SHA-1, upper case": {auth.Signature{Algorithm: auth.SignHMACSHA1, Output: auth.OutputHexUpper, Payload: "{sorted_query}",
			Query: map[string]string{"Sign": "{signature}"}},
			map[string]string{"secret": "sec"}, requestOf(t, "GET", "https://api.example.com/?b=2&a=1", ""), "/?b=2&a=1&Sign=6D104C0B1D4CF23B594A42D9A313ABDFBDD6085D||"},
		"HTTP signature with a digest": {auth.Signature{Output: auth.OutputBase64,
			Payload: "(request-target): post {target}\nhost: {host}\ndate: {header.date}\ndigest: {header.Digest}",
			Headers: map[string]string{"Date": "{now('http')}", "Digest": "SHA-256={base64(sha256(body))}",
				"Signature": `keyId="{key}",algorithm="hmac-sha256",headers="(request-target) host date digest",signature="{signature}"`}},
			map[string]string{"key": "k", "secret": "sec"}, requestOf(t, "POST", "https://api.example.com/orders?x=1", `{"a":1}`, jsonType),
			`/orders?x=1|Content-Length: 7|Content-Type: application/json|Date: Thu, 01 Jan 2026 00:00:00 GMT|Digest: SHA-256=AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=|` +
				`Signature: keyId="k",algorithm="hmac-sha256",headers="(request-target) host date digest",signature="/QdF9dEIOnXaiCUS8R3v4gKXqxwT8OsTtX051CYpM4Q="||{"a":1}`},
		"nonce, SHA-512, base64url": {auth.Signature{Algorithm: auth.SignHMACSHA512, Output: auth.OutputBase64URL, NonceBytes: 4, Payload: "{url}|{nonce}",
			Headers: map[string]string{"Authorization": "hmac {key}:{nonce}:{signature}"}},
			map[string]string{"key": "k", "secret": "sec"}, requestOf(t, "GET", "https://api.example.com/orders?x=1", ""),
			"/orders?x=1|Authorization: hmac k:abababab:FLmVW2yzhYj0e--aCmVTEHyB_O2s0WqcMy7oM-R5zolOp0J02vTc_TUU4wJ81LaFI8HIMPeQjKdY7kjySRBLZA||"},
		"key in hexadecimal, SHA-384": {auth.Signature{Algorithm: auth.SignHMACSHA384, KeyEncoding: auth.KeyHex, Key: "mac", Payload: "{method} {path}",
			Headers: map[string]string{"X-Sig": "{signature}", "X-Date": "{timestamp}"}, Timestamp: "2006-01-02 15:04:05"},
			map[string]string{"mac": "00FF10"}, requestOf(t, "", "https://api.example.com", ""), "/|X-Date: 2026-01-01 00:00:00|X-Sig: 6fc73c899c74582b623f41666326796f522aec731877b7b0f86affcb5e1b2e241bbe253dc395c146ac4d4b62e571e647||"},
		"a pair that is encoded, signed before": {auth.Signature{Payload: "{body}{header.authorization}", Headers: map[string]string{"Authorization": "Basic {base64(key, ':', signature)}"}},
			map[string]string{"key": "k", "secret": "Jefe"}, requestOf(t, "POST", "https://api.example.com", "what do ya want for nothing?", "authorization: old"),
			"/|Content-Length: 28|Authorization: Basic azo1YmRjYzE0NmJmNjA3NTRlNmEwNDI0MjYwODk1NzVjNzVhMDAzZjA4OWQyNzM5ODM5ZGVjNThiOTY0ZWMzODQz||what do ya want for nothing?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tt.scheme.Validate(); err != nil {
				t.Fatal(err)
			}
			ctx := tt.r.Context()
			if ctx != binance {
				ctx = still(ctx)
			}
			tt.r.Header["User-Agent"] = nil
			for range 2 { // once more on the signed request: as if once
				if err := tt.scheme.Authorize(ctx, tt.r, auth.Fields(tt.values)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, sent(t, tt.r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSignatureWithPrivateKeys lets the public keys judge.
func TestSignatureWithPrivateKeys(t *testing.T) {
	t.Parallel()
	rsaKey, ecKey := newRSA(t, 2048).(*rsa.PrivateKey), newEC(t).(*ecdsa.PrivateKey)
	digest := sha256.Sum256([]byte("POST /x"))
	for algorithm, tt := range map[auth.SignatureAlgorithm]struct {
		key  crypto.Signer
		good func(signature []byte) bool
	}{
		auth.SignRSASHA256:   {rsaKey, func(s []byte) bool { return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, digest[:], s) == nil }},
		auth.SignECDSASHA256: {ecKey, func(s []byte) bool { return ecdsa.VerifyASN1(&ecKey.PublicKey, digest[:], s) }},
	} {
		s := auth.Signature{Algorithm: algorithm, Payload: "{method} {path}", Output: auth.OutputBase64, Headers: map[string]string{"X-Sig": "{signature}"}}
		r := requestOf(t, "POST", "https://api.example.com/x", "")
		if err := s.Authorize(t.Context(), r, keyed("private_key", pemOf(t, tt.key), nil)); err != nil {
			t.Fatal(err)
		}
		if b, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Sig")); err != nil || !tt.good(b) {
			t.Errorf("%s: %s is not good", algorithm, hex.EncodeToString(b))
		}
	}
}

func TestSignatureRefuses(t *testing.T) {
	t.Parallel()
	sig := map[string]string{"X-Sig": "{signature}"}
	many := map[string]string{}
	for i := range 17 {
		many[strings.Repeat("x", i+1)] = "{signature}"
	}
	for _, tt := range []struct {
		field, text string
		s           auth.Signature
	}{
		{"algorithm", "hmac-sha256", auth.Signature{Algorithm: "md5", Payload: "x", Headers: sig}},
		{"payload", "missing", auth.Signature{Headers: sig}},
		{"payload", "{signature}", auth.Signature{Payload: "{signature}", Headers: sig}},
		{"payload", "base64, now", auth.Signature{Payload: "{md5(body)}", Headers: sig}},
		{"payload", "parts of the request", auth.Signature{Payload: "${tenant.x}", Headers: sig}},
		{"payload", "neither a part", auth.Signature{Payload: "{request.path}", Headers: sig}},
		{"payload", "names no header", auth.Signature{Payload: "{header.}", Headers: sig}},
		{"headers", "{signature}", auth.Signature{Payload: "x"}},
		{"headers", "{timestamp}", auth.Signature{Payload: "{timestamp}", Headers: sig}},
		{"headers", "{nonce}", auth.Signature{Payload: "{nonce}", Headers: sig}},
		{"headers", "16", auth.Signature{Payload: "x", Headers: many}},
		{"query", "16", auth.Signature{Payload: "x", Query: many}},
		{`headers."Content-Length"`, "can't set", auth.Signature{Payload: "x", Headers: map[string]string{"Content-Length": "{signature}"}}},
		{`headers."x-sig"`, "twice", auth.Signature{Payload: "x", Headers: map[string]string{"X-Sig": "{signature}", "x-sig": "{signature}"}}},
		{`headers."X-Sig"`, "control", auth.Signature{Payload: "x", Headers: map[string]string{"X-Sig": "{signature}\n"}}},
		{"output", "hex", auth.Signature{Payload: "x", Headers: sig, Output: "base32"}},
		{"key", "a-z", auth.Signature{Payload: "x", Headers: sig, Key: "Key"}},
		{"key_encoding", "pem", auth.Signature{Payload: "x", Headers: sig, KeyEncoding: "jwk"}},
		{"key_encoding", "leave it out", auth.Signature{Payload: "x", Headers: sig, KeyEncoding: auth.KeyPEM}},
		{"key_encoding", "leave it out", auth.Signature{Payload: "x", Headers: sig, Algorithm: auth.SignRSASHA256, KeyEncoding: auth.KeyHex}},
		{"timestamp", "unix_ms", auth.Signature{Payload: "x", Headers: sig, Timestamp: "epoch"}},
		{"nonce_bytes", "64", auth.Signature{Payload: "x", Headers: sig, NonceBytes: 65}},
		{"nonce_bytes", "64", auth.Signature{Payload: "x", Headers: sig, NonceBytes: -1}},
	} {
		var e *auth.Error
		if err := tt.s.Validate(); !errors.As(err, &e) || e.Field != tt.field || e.Op != "validate" || !strings.Contains(e.Reason, tt.text) {
			t.Errorf("%+v: %v", tt.s, err)
		}
	}
	s := auth.Signature{Payload: "{body}{id}", Headers: map[string]string{"X-Sig": "{id} {signature}"}}
	for field, c := range map[string]auth.Credential{
		"values.secret": auth.Fields(map[string]string{"id": "x"}), "values.id": auth.Fields(map[string]string{"secret": "x", "id": ""}),
		`headers."X-Sig"`: auth.Fields(map[string]string{"secret": "x", "id": "a\nb"}), "header X-Sig": auth.Fields(map[string]string{"secret": "x", "id": " a"}),
	} {
		var e *auth.Error
		if err := s.Accepts(c); !errors.As(err, &e) || e.Field != field || e.Op != "accept" {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestSignatureExtra takes what isn't secret from the credential's Extra.
func TestSignatureExtra(t *testing.T) {
	t.Parallel()
	c := auth.Fields(map[string]string{"secret": "x"})
	c.Extra = map[string]string{"account": "42", "secret": "never"}
	s := auth.Signature{Payload: "x", Headers: map[string]string{"X-Account": "{account}", "X-Sig": "{signature}"}}
	r := requestOf(t, "GET", "https://api.example.com/", "")
	if err := s.Authorize(t.Context(), r, c); err != nil || r.Header.Get("X-Account") != "42" {
		t.Errorf("%v, %v", r.Header, err)
	}
}

// TestSignedBodies: what is signed can still be sent, however the body can be read, and one that can't be read isn't.
func TestSignedBodies(t *testing.T) {
	t.Parallel()
	s := auth.Signature{Payload: "{body}", Headers: map[string]string{"X-Sig": "{signature}"}}
	c := auth.Fields(map[string]string{"secret": "Jefe"})
	const text, want = "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	for name, change := range map[string]func(r *http.Request){
		"as made": func(*http.Request) {}, "once": func(r *http.Request) { r.GetBody, r.ContentLength = nil, -1 },
		"chunked": func(r *http.Request) { r.GetBody, r.ContentLength, r.TransferEncoding = nil, -1, []string{"chunked"} },
	} {
		r := requestOf(t, "POST", "https://api.example.com/", text)
		change(r)
		for range 2 {
			if err := s.Authorize(t.Context(), r, c); err != nil || r.Header.Get("X-Sig") != want {
				t.Errorf("%s: %v, %v", name, r.Header, err)
			}
		}
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != text || r.ContentLength != int64(len(text)) {
			t.Errorf("%s: %q, %v, length %d", name, body, err, r.ContentLength)
		}
	}
	for name, change := range map[string]func(r *http.Request){
		"10 MiB": func(r *http.Request) {
			r.Body, r.GetBody = io.NopCloser(strings.NewReader(strings.Repeat("x", 10<<20+1))), nil
		},
		"read again": func(r *http.Request) { r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("gone") } },
	} {
		r := requestOf(t, "POST", "https://api.example.com/", text)
		change(r)
		var e *auth.Error
		if err := s.Authorize(t.Context(), r, c); !errors.As(err, &e) || e.Field != "body" || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unread := requestOf(t, "POST", "https://api.example.com/", "")
	unread.Body, unread.GetBody = io.NopCloser(io.LimitReader(nil, 1)), nil // a panic if it were read
	if err := (auth.Signature{Payload: "{path}", Headers: map[string]string{"X-Sig": "{signature}"}}).Authorize(t.Context(), unread, c); err != nil {
		t.Error(err)
	}
}

// FuzzSigners: whatever a definition, a credential and a request hold, there is no panic, no line break on the wire, no secret in
// an error, and Authorize refuses what Accepts does.
func FuzzSigners(f *testing.F) {
	for _, s := range []string{
		`{"kind":"signature","payload":"{method}{query}{body}{header.X}","headers":{"A":"{signature}{a}"},"query":{"q":"{base64(a,signature)}"}}`,
		`{"kind":"signature","algorithm":"ed25519","key":"a","key_encoding":"hex","payload":"{url}","headers":{"A":"{signature}"}}`,
		`{"kind":"jwt","key":"a","claims":{"x":["{a}",1,{"y":"{target}"}]},"lifetime":"1m","in":"query","name":"t"}`,
		`{"kind":"jwt","key":"a","key_id":"{a}","key_encoding":"base64"}`,
		`{"kind":"oauth1","realm":"{a}","no_token":true}`, `{"kind":"oauth1","in":"query","method":"PLAINTEXT","no_version":true}`,
	} {
		f.Add([]byte(s), "secret-0123", "a=1;b=%zz&c", "X: 1\r\n", "a=1")
	}
	f.Fuzz(func(t *testing.T, raw []byte, value, query, header, body string) {
		s, err := auth.Decode(raw, nil)
		if err != nil || s.Validate() != nil {
			return
		}
		if once, err := json.Marshal(s); err != nil {
			t.Fatalf("%s can't be written: %v", once, err)
		}
		c := auth.Fields(map[string]string{"a": value, "secret": value, "private_key": value, "consumer_key": value, "consumer_secret": value,
			"token": value, "token_secret": value})
		r := requestOf(t, "POST", "https://h.test/p", body, formType)
		r.URL.RawQuery = query
		r.Header["X"] = []string{strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(header)}
		accepted := s.Accepts(c)
		signed := s.Authorize(still(t.Context()), r, c)
		if accepted != nil && signed == nil {
			t.Fatalf("Authorize takes what Accepts refuses: %v", accepted)
		}
		for _, err := range []error{accepted, signed} {
			if err != nil && len(value) >= 8 && !strings.Contains(string(raw), value) && strings.Contains(err.Error(), value) {
				t.Fatalf("an error holds the value: %v", err)
			}
		}
		if signed != nil {
			return
		}
		for name, values := range r.Header {
			if strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
				t.Fatalf("the header %s has a line break", name)
			}
		}
	})
}
