package secret_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/secret"
)

// material has every byte once, and + and / in base64.
const material = "\xfb\xff\xfe0123456789abcdefghijklmnopqrs"

func TestParseKey(t *testing.T) {
	t.Parallel()
	std := base64.StdEncoding.EncodeToString([]byte(material))
	tests := []struct {
		name, in string
		field    string // of the error, "-" for none
	}{
		{"std", "2026-11:" + std, "-"},
		{"no padding", "2026-11:" + strings.TrimRight(std, "="), "-"},
		{"url", "2026-11:" + base64.URLEncoding.EncodeToString([]byte(material)), "-"},
		{"white space around", "\t 2026-11:" + std + "\r\n", "-"},
		{"nothing", "", ""},
		{"no colon", std, ""},
		{"no id", ":" + std, "id"},
		{"upper-case id", "K1:" + std, "id"},
		{"long id", strings.Repeat("a", 33) + ":" + std, "id"},
		{"swapped", std + ":2026-11", "id"},
		{"no secret", "2026-11:", "secret"},
		{"no base64", "2026-11:" + "!" + std[1:], "secret"},
		{"stray bits", "2026-11:" + std[:42] + "B=", "secret"},
		{"short", "2026-11:" + base64.StdEncoding.EncodeToString([]byte(material[:31])), "secret"},
		{"long", "2026-11:" + base64.StdEncoding.EncodeToString([]byte(material+"x")), "secret"},
		{"broken line", "2026-11:" + std[:20] + "\n" + std[20:], "secret"},
		{"zeros", "2026-11:" + base64.StdEncoding.EncodeToString(make([]byte, 32)), "secret"},
	}
	for _, tt := range tests {
		got, err := secret.ParseKey(tt.in)
		if tt.field == "-" {
			if err != nil || got.ID != "2026-11" || got.Secret.Reveal() != material || got.Encode().Reveal() != "2026-11:"+std {
				t.Errorf("%s: %v, %v", tt.name, got, err)
			}
			continue
		}
		var e *secret.Error
		if !errors.As(err, &e) || !errors.Is(err, secret.ErrKey) || e.Field != tt.field || got.Secret.Reveal() != "" {
			t.Errorf("%s: %v, want ErrKey of %q", tt.name, err, tt.field)
			continue
		}
		if strings.Contains(err.Error(), std[1:20]) {
			t.Errorf("%s: the error holds the key: %v", tt.name, err)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	t.Parallel()
	a, b := newKey(t, "k1"), newKey(t, "k1")
	if len(a.Secret.Reveal()) != secret.KeySize || a.Secret.Equal(b.Secret) {
		t.Error("not random, or of the wrong size")
	}
	if got, err := secret.ParseKey(a.Encode().Reveal()); err != nil || !got.Secret.Equal(a.Secret) || got.ID != "k1" {
		t.Errorf("does not come back: %v, %v", got, err)
	}
	for _, id := range []string{"", "K1", "a b", "a:b", "é", strings.Repeat("a", 33)} {
		if _, err := secret.GenerateKey(id); !errors.Is(err, secret.ErrKey) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s", a, a, a, a.Encode()); leaks(got, a.Secret.Reveal()) || strings.Contains(got, a.Encode().Reveal()) {
		t.Error("a key prints its secret")
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	k1, k2 := newKey(t, "k1"), newKey(t, "k2")
	text := "# the newest first\n\n" + k2.Encode().Reveal() + "\r\n  " + k1.Encode().Reveal() + "  \n#end"
	tests := []struct {
		name, text string
		mode       os.FileMode
		field      string
		line       int
		keys       int
	}{
		{name: "two keys", text: text, mode: 0o600, keys: 2},
		{name: "read only", text: text, mode: 0o400, keys: 2},
		{name: "no key", text: "# none\n", mode: 0o600},
		{name: "group can read", text: text, mode: 0o640, field: "file"},
		{name: "others can read", text: text, mode: 0o604, field: "file"},
		{name: "others can write", text: text, mode: 0o602, field: "file"},
		{name: "bad line", text: text + "\n" + strings.ToUpper(k1.Encode().Reveal()), mode: 0o600, field: "id", line: 6},
		{name: "too long", text: strings.Repeat("# comment\n", 7000), mode: 0o600, field: "file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "keys")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			keys, err := secret.KeyFile(path).Keys(t.Context())
			if tt.field == "" {
				if err != nil || len(keys) != tt.keys || tt.keys > 0 && !keys[0].Secret.Equal(k2.Secret) {
					t.Fatalf("%v, %v", keys, err)
				}
				return
			}
			var e *secret.Error
			if !errors.As(err, &e) || !errors.Is(err, secret.ErrKey) || !strings.HasPrefix(e.Field, tt.field) || e.Line != tt.line {
				t.Fatalf("%v, want ErrKey of %s, line %d", err, tt.field, tt.line)
			}
			if strings.Contains(err.Error(), k1.Encode().Reveal()[4:20]) {
				t.Errorf("the error holds the key: %v", err)
			}
		})
	}
}

func TestKeyFileNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := secret.KeyFile(filepath.Join(dir, "none")).Keys(t.Context()); !errors.Is(err, os.ErrNotExist) || !errors.Is(err, secret.ErrKey) {
		t.Errorf("no file: %v", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var e *secret.Error
	if _, err := secret.KeyFile(dir).Keys(t.Context()); !errors.As(err, &e) || e.Err != nil {
		t.Errorf("a directory: %v, want to be told before it is read", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := secret.KeyFile(dir).Keys(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended ctx: %v", err)
	}
}

func TestStaticKeysAreCopied(t *testing.T) {
	t.Parallel()
	src := secret.StaticKeys{newKey(t, "k1")}
	keys, err := src.Keys(t.Context())
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	keys[0] = newKey(t, "k2")
	if src[0].ID != "k1" {
		t.Error("the caller's list was changed")
	}
}

func FuzzParseKey(f *testing.F) {
	std := base64.StdEncoding.EncodeToString([]byte(material))
	for _, seed := range []string{"", ":", "k1:", "k1:" + std, "k1:" + std + "=", "K:" + std, "k1:" + std[:40], std} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := secret.ParseKey(text)
		if err != nil {
			var e *secret.Error
			if !errors.As(err, &e) || k.ID != "" || !k.Secret.IsZero() {
				t.Errorf("%q: %v, %v", text, k, err)
			}
			return
		}
		if len(k.Secret.Reveal()) != secret.KeySize {
			t.Errorf("%q: %d bytes", text, len(k.Secret.Reveal()))
		}
		again, err := secret.ParseKey(k.Encode().Reveal())
		if err != nil || again.ID != k.ID || !again.Secret.Equal(k.Secret) {
			t.Errorf("%q does not come back: %v", text, err)
		}
	})
}
