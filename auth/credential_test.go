package auth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// full is a credential with every field set.
func full() auth.Credential {
	return auth.Credential{
		Kind:    "oauth2",
		Values:  map[string]secret.String{"access_token": secret.New(`a<b>&"\ü 0123`), "refresh_token": secret.New(""), "x": secret.New("\x00\r\n ")},
		Expires: time.Date(2026, 3, 4, 5, 6, 7, 89, time.FixedZone("", 3600)),
		Scopes:  []string{"read:all", "write"},
		Extra:   map[string]string{"apiDomain": "https://eu.example.com?a=1&b"},
	}
}

func TestCredentialEncode(t *testing.T) {
	t.Parallel()
	for _, c := range []auth.Credential{
		full(), auth.Token("t"), auth.APIKey(""), auth.UserPassword("u", ""), auth.Fields(nil), {Kind: "own_kind_2"},
	} {
		plain, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := auth.DecodeCredential(plain)
		if err != nil {
			t.Fatal(err)
		}
		want := c.Clone()
		want.Expires = c.Expires.UTC()
		if len(want.Values) == 0 {
			want.Values = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.Kind, diff)
		}
		again, err := got.Encode()
		if err != nil || string(again) != string(plain) {
			t.Errorf("%s: not byte-stable (%v)", c.Kind, err)
		}
	}
}

func TestDecodeCredentialIsStrict(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]string{
		"nothing":          ``,
		"no object":        `[]`,
		"no version":       `{"kind":"token"}`,
		"another version":  `{"v":2,"kind":"token"}`,
		"unknown member":   `{"v":1,"kind":"token","hunter22hunter22":1}`,
		"other case":       `{"v":1,"Kind":"token"}`,
		"repeated member":  `{"v":1,"kind":"token","kind":"token"}`,
		"repeated value":   `{"v":1,"kind":"token","values":{"a":"hunter22hunter22","a":""}}`,
		"null value":       `{"v":1,"kind":"token","values":{"a":null}}`,
		"number value":     `{"v":1,"kind":"token","values":{"a":1234567890123}}`,
		"bad time":         `{"v":1,"kind":"token","expires":"hunter22hunter22"}`,
		"trailing text":    `{"v":1,"kind":"token"} hunter22hunter22`,
		"invalid name":     `{"v":1,"kind":"token","values":{"A":"hunter22hunter22"}}`,
		"invalid UTF-8":    "{\"v\":1,\"kind\":\"token\",\"values\":{\"a\":\"hunter22hunter22\xff\"}}",
		"too long":         `{"v":1,"kind":"token","values":{"a":"` + strings.Repeat("x", 1<<20) + `"}}`,
		"printed not kept": `{"kind":"token","values":{"token":"[redacted]"}}`,
	} {
		_, err := auth.DecodeCredential([]byte(plain))
		var e *auth.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter22") || strings.Contains(err.Error(), "1234567890123") {
			t.Errorf("%s: the error tells the content", name)
		}
	}
}

func TestCredentialValidate(t *testing.T) {
	t.Parallel()
	with := func(change func(c *auth.Credential)) auth.Credential {
		c := full()
		change(&c)
		return c
	}
	many := func(n int) map[string]string {
		m := make(map[string]string)
		for i := range n {
			m[fmt.Sprint("n", i)] = "v"
		}
		return m
	}
	tests := []struct {
		name  string
		c     auth.Credential
		field string
	}{
		{"full", full(), ""},
		{"no kind", with(func(c *auth.Credential) { c.Kind = "" }), "kind"},
		{"long kind", with(func(c *auth.Credential) { c.Kind = strings.Repeat("k", 65) }), "kind"},
		{"32 values", auth.Fields(many(32)), ""},
		{"33 values", auth.Fields(many(33)), "values"},
		{"33 extras", with(func(c *auth.Credential) { c.Extra = many(33) }), "extra"},
		{"bad extra name", with(func(c *auth.Credential) { c.Extra = map[string]string{"a\n": ""} }), "extra"},
		{"bad extra", with(func(c *auth.Credential) { c.Extra = map[string]string{"a": "\xff"} }), "extra.a"},
		{"257 scopes", with(func(c *auth.Credential) { c.Scopes = make([]string, 257) }), "scopes"},
		{"empty scope", with(func(c *auth.Credential) { c.Scopes = []string{""} }), "scopes"},
		{"capital name", auth.Fields(map[string]string{"Key": "v"}), "values"},
		{"unset value", with(func(c *auth.Credential) { c.Values["x"] = secret.String{} }), "values.x"},
		{"binary value", auth.Fields(map[string]string{"k": "\xff"}), "values.k"},
		{"64 KiB", auth.Fields(map[string]string{"k": strings.Repeat("x", 64<<10-len("fieldsk"))}), ""},
		{"more than 64 KiB", auth.Fields(map[string]string{"k": strings.Repeat("x", 64<<10-len("fieldsk")+1)}), "values"},
		{"far year", with(func(c *auth.Credential) { c.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }), "expires"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.c.Validate()
			var e *auth.Error
			switch {
			case tt.field == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.field != "" && (!errors.As(err, &e) || e.Field != tt.field):
				t.Errorf("got %v, want the field %q", err, tt.field)
			}
			if _, encErr := tt.c.Encode(); (encErr == nil) != (err == nil) {
				t.Errorf("Encode says %v", encErr)
			}
		})
	}
}

func TestCredentialShowsNoSecret(t *testing.T) {
	t.Parallel()
	c := auth.Token("hunter22hunter22")
	c.Expires, c.Scopes = time.Unix(1, 0).UTC(), []string{"read"}
	type nested struct{ c any }
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %v %+v", c, c, c, c, c, c, nested{c}, &c)
	raw, err := json.Marshal(map[string]any{"c": c})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{shown, string(raw)} {
		if secret.NewRedactor(c.Secrets()...).String(text) != text {
			t.Errorf("the value is shown")
		}
	}
	want := `{"c":{"kind":"token","values":{"token":"[redacted]"},"expires":"1970-01-01T00:00:01Z","scopes":["read"]}}`
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Error(diff)
	}
	var back struct{ C auth.Credential }
	if err := json.Unmarshal(raw, &back); err == nil {
		t.Error("what was shown is read back as a credential")
	}
}

func TestCredentialClone(t *testing.T) {
	t.Parallel()
	c := full()
	d := c.Clone()
	d.Values["access_token"], d.Scopes[0], d.Extra["apiDomain"] = secret.New("other"), "other", "other"
	if diff := cmp.Diff(full(), c); diff != "" {
		t.Errorf("a change of the copy shows in the original: %s", diff)
	}
	if got := len(full().Secrets()); got != 3 {
		t.Errorf("got %d secrets", got)
	}
	if got := (auth.Credential{Values: map[string]secret.String{"a": {}}}).Secrets(); len(got) != 0 {
		t.Error("an unset value is listed")
	}
}
