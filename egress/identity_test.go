package egress_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

func TestNewIdentityRefuses(t *testing.T) {
	t.Parallel()
	const canary = "Q0FOQVJZLWNhbmFyeS1jYW5hcnk="
	one, other := issue(t, "one", nil), issue(t, "other", nil)
	broken := "-----BEGIN CERTIFICATE-----\n" + canary + "\n-----END CERTIFICATE-----\n"
	badKey := "-----BEGIN PRIVATE KEY-----\n" + canary + "\n-----END PRIVATE KEY-----\n"
	encrypted := pem.EncodeToMemory(&pem.Block{
		Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte(canary),
	})
	huge := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: make([]byte, 40_000)})
	for name, tc := range map[string]struct{ cert, key, roots, field string }{
		"nothing":                     {"", "", "", "Certificate"},
		"certificate without key":     {one.certPEM(), "", "", "Key"},
		"key without certificate":     {"", one.keyPEM(t), "", "Certificate"},
		"key of another":              {one.certPEM(), other.keyPEM(t), "", "Key"},
		"key of the chain":            {one.certPEM() + other.certPEM(), other.keyPEM(t), "", "Key"},
		"certificate as key":          {one.certPEM(), other.certPEM(), "", "Key"},
		"no PEM":                      {canary, one.keyPEM(t), "", "Certificate"},
		"broken certificate":          {broken, one.keyPEM(t), "", "Certificate"},
		"broken second certificate":   {one.certPEM() + broken, one.keyPEM(t), "", "Certificate"},
		"empty certificate":           {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", one.keyPEM(t), "", "Certificate"},
		"broken key":                  {one.certPEM(), badKey, "", "Key"},
		"encrypted key, old":          {one.certPEM(), string(encrypted), "", "Key"},
		"encrypted key, PKCS 8":       {one.certPEM(), strings.ReplaceAll(badKey, "PRIVATE", "ENCRYPTED PRIVATE"), "", "Key"},
		"key too long":                {one.certPEM(), string(huge), "", "Key"},
		"certificate text too long":   {strings.Repeat(" ", 64<<10+1), one.keyPEM(t), "", "Certificate"},
		"key text too long":           {one.certPEM(), one.keyPEM(t) + strings.Repeat(" ", 64<<10), "", "Key"},
		"roots too long":              {one.certPEM(), one.keyPEM(t), strings.Repeat(" ", 64<<10+1), "Roots"},
		"roots without a word":        {one.certPEM(), one.keyPEM(t), " ", "Roots"},
		"broken roots":                {one.certPEM(), one.keyPEM(t), broken, "Roots"},
		"a key among the roots":       {"", "", one.certPEM() + one.keyPEM(t), "Roots"},
		"a broken one among good":     {"", "", one.certPEM() + broken, "Roots"},
		"roots, and half an identity": {one.certPEM(), "", one.certPEM(), "Key"},
	} {
		id, err := egress.NewIdentity(secret.New(tc.cert), secret.New(tc.key), tc.roots)
		var bad *egress.IdentityError
		if !errors.As(err, &bad) || bad.Field != tc.field || id != nil {
			t.Errorf("%s: got %v, want an IdentityError about %s", name, err, tc.field)
			continue
		}
		if text := err.Error(); strings.Contains(text, canary) || strings.Contains(text, "BEGIN") || len(text) > 250 {
			t.Errorf("%s: the error shows what was given: %s", name, text)
		}
	}
}

// The reasons tell apart what looks alike.
func TestNewIdentityReasons(t *testing.T) {
	t.Parallel()
	one := issue(t, "one", nil)
	for word, key := range map[string]string{
		"longer":     string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: make([]byte, 16<<10+1)})),
		"encrypted":  string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})),
		"belong":     issue(t, "other", nil).keyPEM(t),
		"no private": one.certPEM(),
	} {
		_, err := egress.NewIdentity(secret.New(one.certPEM()), secret.New(key), "")
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want a word on %q", err, word)
		}
	}
}

func TestNewIdentityTakesAllForms(t *testing.T) {
	t.Parallel()
	one, by := issue(t, "one", nil), issue(t, "by", nil)
	sec1, err := x509.MarshalECPrivateKey(one.key)
	if err != nil {
		t.Fatal(err)
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}))
	for name, tc := range map[string]struct{ cert, key, roots string }{
		"PKCS 8":               {one.certPEM(), one.keyPEM(t), ""},
		"SEC 1":                {one.certPEM(), key, ""},
		"with a chain":         {one.certPEM() + by.certPEM(), key, by.certPEM()},
		"both in one text":     {one.certPEM() + key, one.certPEM() + key, ""},
		"prose around the PEM": {"subject=one\n" + one.certPEM(), "here it is:\n" + key, "# roots\n" + by.certPEM()},
		"roots only":           {"", "", one.certPEM() + by.certPEM()},
	} {
		if _, err := egress.NewIdentity(secret.New(tc.cert), secret.New(tc.key), tc.roots); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := egress.NewIdentity(secret.String{}, secret.String{}, by.certPEM()); err != nil {
		t.Errorf("roots only, the rest unset: %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	one, two, root := issue(t, "one", nil), issue(t, "two", nil), issue(t, "root", nil)
	seen := make(map[string]string)
	for name, id := range map[string]*egress.Identity{
		"one":                  one.identity(t, ""),
		"two":                  two.identity(t, ""),
		"one with roots":       one.identity(t, root.certPEM()),
		"one with other roots": one.identity(t, two.certPEM()),
		"one with both roots":  one.identity(t, root.certPEM()+two.certPEM()),
		"one with a chain":     mustIdentity(t, one.certPEM()+root.certPEM(), one.keyPEM(t), ""),
		"the roots only":       mustIdentity(t, "", "", root.certPEM()),
		"one as roots":         mustIdentity(t, "", "", one.certPEM()),
		"not made":             {Certificate: secret.New(one.certPEM()), Key: secret.New(one.keyPEM(t))},
	} {
		if before, ok := seen[id.Fingerprint()]; ok {
			t.Errorf("%s has the fingerprint of %s", name, before)
		}
		seen[id.Fingerprint()] = name
	}
	if again := one.identity(t, ""); seen[again.Fingerprint()] != "one" || len(again.Fingerprint()) != 64 {
		t.Errorf("one made again has the fingerprint %s", again.Fingerprint())
	}
	if (*egress.Identity)(nil).Fingerprint() != "" || seen[""] != "not made" {
		t.Error("what NewIdentity did not make has a fingerprint")
	}
}

func TestIdentityDoesNotPrint(t *testing.T) {
	t.Parallel()
	one := issue(t, "one", nil)
	id := one.identity(t, "")
	tr := mustNew(t, egress.Policy{})
	// The key's number, and its lines in PEM, as they would show.
	d, err := one.key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(one.keyPEM(t), "\n")
	outer := struct{ inner egress.Identity }{*id}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{id, *id, outer, &outer, tr} {
			got := fmt.Sprintf(verb, value)
			for _, bad := range []string{lines[1], fmt.Sprintf("%x", d), fmt.Sprint(d), new(big.Int).SetBytes(d).String()} {
				if strings.Contains(got, bad) {
					t.Errorf("%s of a %T shows the key", verb, value)
				}
			}
		}
	}
	raw, err := json.Marshal(id)
	if err != nil || strings.Contains(string(raw), lines[1]) {
		t.Errorf("as JSON: %s, %v", raw, err)
	}
}

func TestHandmadeIdentityIsRefused(t *testing.T) {
	t.Parallel()
	one := issue(t, "one", nil)
	req := newGet(t, "https://8.8.8.8/")
	id := &egress.Identity{Certificate: secret.New(one.certPEM()), Key: secret.New(one.keyPEM(t))}
	w := &wire{to: "127.0.0.1:1"}
	_, err := mustNew(t, egress.Policy{Dial: w.dial}).RoundTrip(req.WithContext(egress.WithIdentity(req.Context(), id)))
	if !errors.Is(err, egress.ErrDenied) || len(w.dialled()) != 0 {
		t.Errorf("got %v after %d connections, want ErrDenied and none", err, len(w.dialled()))
	}
}

// A redirect to another origin leaves the identity behind, and a detour does not bring it back.
func TestIdentityAndRedirects(t *testing.T) {
	t.Parallel()
	s := &site{answers: map[string]answer{
		"https://a.test/": {302, "/b"}, "https://a.test/b": {302, "https://b.test/"}, "https://b.test/": {302, "https://a.test/c"},
	}}
	tr := mustNew(t, egress.Policy{Dial: (&wire{to: "127.0.0.1:1"}).dial})
	var got []bool
	next := roundTripper(func(req *http.Request) (*http.Response, error) {
		// Whether a hop carries it shows in the refusal of one that was put together by hand.
		_, err := tr.RoundTrip(newGet(t, "https://8.8.8.8/").WithContext(req.Context()))
		got = append(got, errors.Is(err, egress.ErrDenied))
		return s.RoundTrip(req)
	})
	req := newGet(t, "https://a.test/")
	req = req.WithContext(egress.WithIdentity(req.Context(), &egress.Identity{}))
	if _, err := egress.FollowRedirects(next).RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{true, true, false, false}, got); diff != "" {
		t.Errorf("hops that carry it (-want +got):\n%s", diff)
	}
}

// FuzzNewIdentity holds that nothing panics, that what is taken has a fingerprint, and that no error shows its input.
func FuzzNewIdentity(f *testing.F) {
	one := issue(f, "one", nil)
	f.Add(one.certPEM(), one.keyPEM(f), "")
	f.Add("", "", one.certPEM())
	f.Add(one.certPEM(), one.certPEM(), one.keyPEM(f))
	f.Add("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "x", "y")
	f.Add(rand.Text(), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "")
	f.Fuzz(func(t *testing.T, cert, key, roots string) {
		id, err := egress.NewIdentity(secret.New(cert), secret.New(key), roots)
		var bad *egress.IdentityError
		switch {
		case err == nil && len(id.Fingerprint()) != 64:
			t.Fatal("taken without a fingerprint")
		case err != nil && !errors.As(err, &bad):
			t.Fatalf("%T", err)
		case err != nil && len(key) > 100 && strings.Contains(err.Error(), key[:20]):
			t.Fatalf("shows the key: %v", err)
		}
	})
}
