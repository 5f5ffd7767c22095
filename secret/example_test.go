package secret_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/waygate-go/waygate/secret"
)

// A secret that prints nothing, is taken out of an error, and is sealed for one place of one tenant.
func Example() {
	ctx := context.Background()
	token := secret.New("ghp_0123456789")
	fmt.Printf("%+v\n", token)

	r := secret.NewRedactor(token).Pair(secret.New("jane"), secret.New("correct horse"))
	err := errors.New(`Get "https://api.example.com/?key=ghp_0123456789": refused, sent Basic amFuZTpjb3JyZWN0IGhvcnNl`)
	fmt.Println(secret.Truncate(r.String(err.Error()), 2000))

	key, err := secret.GenerateKey("2026-11")
	if err != nil {
		fmt.Println(err)
		return
	}
	ring, err := secret.NewKeyring(ctx, secret.StaticKeys{key})
	if err != nil {
		fmt.Println(err)
		return
	}
	place := secret.Binding{Purpose: secret.PurposeCredential, Tenant: "acme", ID: "con_1", Field: "sealed"}
	sealed, err := ring.Seal(place, []byte(token.Reveal()))
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, err := ring.Open(place, sealed)
	fmt.Println(string(plain), err)

	place.Tenant = "other"
	_, err = ring.Open(place, sealed)
	fmt.Println(errors.Is(err, secret.ErrNotAuthentic))
	// Output:
	// [redacted]
	// Get "https://api.example.com/?key=[redacted]": refused, sent Basic [redacted]
	// ghp_0123456789 <nil>
	// true
}

// A password in a struct and in a log line.
func ExampleString() {
	type config struct {
		User     string
		password secret.String // unexported: fmt can't call its methods, and yet
	}
	c := config{User: "jane", password: secret.New("correct horse")}
	fmt.Println(c.password, len(c.password.Reveal()))

	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("connected", "password", c.password)
	// Output:
	// [redacted] 13
	// level=INFO msg=connected password=[redacted]
}

// A secret is found in all the forms that texts give it.
func ExampleRedactor() {
	r := secret.NewRedactor(secret.New(`p@ss "word"`))
	fmt.Println(r.String(`clear: p@ss "word"`))
	fmt.Println(r.String(`{"json":"p@ss \"word\""}`))
	fmt.Println(r.String(`/path/p@ss%20%22word%22?form=p%40ss+%22word%22`))
	fmt.Println(r.String(`<b title="p@ss &#34;word&quot;">`))
	fmt.Println(r.String(`base64 cEBzcyAid29yZCI= hex 704073732022776f726422`))
	// Output:
	// clear: [redacted]
	// {"json":"[redacted]"}
	// /path/[redacted]?form=[redacted]
	// <b title="[redacted]">
	// base64 [redacted] hex [redacted]
}

// The beginning of a long text, and how long it is.
func ExampleTruncate() {
	fmt.Println(secret.Truncate("a body that nobody wants to read to its very end", 40))
	// Output:
	// a body t… [truncated, 48 bytes in all]
}

// A new key, while the old one still opens what it has sealed.
func ExampleKeyring_Reload() {
	ctx := context.Background()
	path, err := keyFile("old:pI4SxrFPmyc+HGWeMjJNbUZZLAxHi4c5QKBWrXNfTlY=\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.Remove(path) }()
	ring, err := secret.NewKeyring(ctx, secret.KeyFile(path))
	if err != nil {
		fmt.Println(err)
		return
	}
	place := secret.Binding{Purpose: secret.PurposeVariable, Tenant: "acme", ID: "region"}
	sealed, _ := ring.Seal(place, []byte("a value"))

	// A new key goes in front; the old one stays until nothing is stale any more.
	_ = os.WriteFile(path, []byte("# from today on\n"+
		"new:Ub6n7G0kGVXpUQb9sUYQJvfV8hJ0q0eLQ4x5nEwQd1k=\n"+
		"old:pI4SxrFPmyc+HGWeMjJNbUZZLAxHi4c5QKBWrXNfTlY=\n"), 0o600)
	fmt.Println(ring.Reload(ctx), ring.Stale(sealed))

	plain, _ := ring.Open(place, sealed)
	sealed, _ = ring.Seal(place, plain)
	id, _ := ring.KeyID(sealed)
	fmt.Println(id, ring.Stale(sealed))
	// Output:
	// <nil> true
	// new false
}

// keyFile writes a file that only we can read.
func keyFile(text string) (path string, err error) {
	f, err := os.CreateTemp("", "keys")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	return f.Name(), errors.Join(err, f.Close())
}

// A token is found by its digest, also by one that an older key made.
func ExampleKeyring_Digests() {
	ctx := context.Background()
	older, _ := secret.GenerateKey("older")
	newer, _ := secret.GenerateKey("newer")
	place := secret.Binding{Purpose: secret.PurposeCredential, Field: "refresh_token"}
	token := secret.New("a refresh token")

	before, _ := secret.NewKeyring(ctx, secret.StaticKeys{older})
	stored := before.Digest(place, token)

	after, _ := secret.NewKeyring(ctx, secret.StaticKeys{newer, older})
	for i, digest := range after.Digests(place, token) {
		fmt.Println(i, string(digest) == string(stored))
	}
	// Output:
	// 0 false
	// 1 true
}

// A key that is too short: the error says how to make one.
func ExampleParseKey() {
	_, err := secret.ParseKey("2026-11:c2hvcnQ=")
	fmt.Println(err)
	// Output:
	// secret: parse key: key "2026-11": secret: want 32 bytes of key material (44 characters of base64): make one with GenerateKey, read one with ParseKey
}
