package secret_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/waygate-go/waygate/secret"
)

func secrets() []string {
	return []string{
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a",
		"12345678",
		"p@ss w/rd+&=?#%~\"'<>\\",
		"line one\nline\ttwo\r\x00\x01\x7f",
		"pässwörd→日本語🔑",
		"ends in a backslash\\", `it's a%41b\u0041c&amp;d`, "100%%%%%%%",
		"bytes \xff\xfe\x80 in it", "control \x01 and byte \xff", "???>>>~~~???>>>~~~",
		strings.Repeat("long ", 400),
	}
}

func TestRedactorEncodings(t *testing.T) {
	t.Parallel()
	for _, s := range secrets() {
		r := secret.NewRedactor(secret.New(s))
		for name, encode := range encoders() {
			for _, around := range [][2]string{{"", ""}, {"before: ", " after"}, {"x", "y"}, {"é", "🔑"}, {`{"a":`, `,"b"}`}} {
				text := encode(around[0]) + encode(s) + encode(around[1])
				want := encode(around[0]) + secret.Redacted + encode(around[1])
				if got := r.String(text); got != want {
					t.Errorf("%s of %.30q: got %q, want %q", name, s, got, want)
				}
				if got := string(r.Bytes([]byte(text))); got != want {
					t.Errorf("%s of %.30q: bytes %q, want %q", name, s, got, want)
				}
			}
		}
	}
}

func TestRedactorBase64(t *testing.T) {
	t.Parallel()
	for _, s := range secrets() {
		r := secret.NewRedactor(secret.New(s))
		for name, enc := range base64s() {
			for before := range 5 {
				for after := range 4 {
					pre, post := "user:"[:before], ";end"[:after]
					all := enc.EncodeToString([]byte(pre + s + post))
					got := r.String("Basic " + all + " !")
					if digits := digitsOf(enc, pre, s, post); strings.Contains(got, digits) || strings.Contains(got, digits[:8]) {
						t.Errorf("%s of %q+%.20q+%q survives: %q", name, pre, s, post, got)
					}
					if want := "Basic " + all[:len(pre)*8/6] + secret.Redacted + " !"; post == "" && got != want {
						t.Errorf("%s of %q+%.20q: got %q, want %q", name, pre, s, got, want)
					}
				}
			}
			// Percent-encoded and in JSON besides.
			all := enc.EncodeToString([]byte("user:" + s))
			if got := r.String("?a=" + url.QueryEscape(all)); strings.Contains(got, digitsOf(enc, "user:", s, "")[:8]) {
				t.Errorf("%s, percent-encoded: %q", name, got)
			}
		}
	}
}

func TestRedactorPair(t *testing.T) {
	t.Parallel()
	basic := func(u, p string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(u+":"+p)) }
	tests := []struct{ name, user, password, text, want string }{
		{"header", "jane", "hunter22", basic("jane", "hunter22"), "Basic [redacted]"},
		{"short password", "jane.doe", "pw", basic("jane.doe", "pw"), "Basic [redacted]"},
		{"empty password", "sk_live_1", "", basic("sk_live_1", ""), "Basic [redacted]"},
		{"clear", "jane.doe", "pw", "https://jane.doe:pw@host/", "https://[redacted]@host/"},
		{"password alone", "jane", "hunter22", "hunter22 of jane", "[redacted] of jane"},
		{"user alone", "jane.doe@example.com", "hunter22", "no such user jane.doe@example.com", "no such user jane.doe@example.com"},
		{"form-encoded parts", "cl ient", "s+cret/&x", basic("cl+ient", "s%2Bcret%2F%26x"), "Basic [redacted]"},
		{"too short", "a", "b", basic("a", "b"), basic("a", "b")},
	}
	for _, tt := range tests {
		r := secret.NewRedactor().Pair(secret.New(tt.user), secret.New(tt.password))
		if got := r.String(tt.text); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	r := secret.NewRedactor().Pair(secret.String{}, secret.New("hunter22"))
	if got := r.String(basic("", "hunter22")); got != "Basic [redacted]" {
		t.Errorf("unset user: %q", got)
	}
}

func TestRedactorOverlaps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		secrets []string
		text    string
		want    string
	}{
		{"one begins in the other", []string{"abcdefghij", "ghijklmnop"}, "<abcdefghijklmnop>", "<[redacted]>"},
		{"chain", []string{"abcdefgh", "efghijkl", "ijklmnop"}, "<abcdefghijklmnop>", "<[redacted]>"},
		{"one within the other", []string{"abcdefghijklmnop", "defghijk"}, "<abcdefghijklmnop> <defghijk>", "<[redacted]> <[redacted]>"},
		{"common beginning", []string{"sk_live_", "sk_live_12345678"}, "<sk_live_12345678> <sk_live_x>", "<[redacted]> <[redacted]x>"},
		{"itself", []string{"abcabcabcabc"}, "<abcabcabcabcabcabc>", "<[redacted]>"},
		{"many times", []string{"abcdefgh"}, "abcdefgh abcdefgh,abcdefghabcdefgh", "[redacted] [redacted],[redacted]"},
		{"cut off by the end", []string{"abcdefghijklmnop"}, "text abcdefghijk", "text [redacted]"},
		{"cut off too short", []string{"abcdefghijklmnop"}, "text abcdefg", "text abcdefg"},
		{"begun, not ended", []string{"abcdefghijklmnop"}, "abcdefghijklmno abcdefghijklmnoP", "abcdefghijklmno abcdefghijklmnoP"},
		{"short value", []string{"1234567"}, "1234567 MTIzNDU2Nw==", "1234567 MTIzNDU2Nw=="},
		{"none", nil, "abcdefgh", "abcdefgh"},
		{"mixed encodings", []string{"a/b?c=d&e", "x y z 0 1"}, `a%2Fb?c=d\u0026e&#120;%20y\u0020z+0 1`, `[redacted]&#120;%20y\u0020z+0 1`},
	}
	for _, tt := range tests {
		var values []secret.String
		for _, s := range tt.secrets {
			values = append(values, secret.New(s))
		}
		if got := secret.NewRedactor(values...).String(tt.text); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRedactorWith(t *testing.T) {
	t.Parallel()
	var none *secret.Redactor
	text := "first-secret second-secret third-secret"
	if got := none.String(text); got != text {
		t.Errorf("nil: %q", got)
	}
	if b := []byte(text); &none.Bytes(b)[0] != &b[0] {
		t.Error("nil: copied")
	}
	one := none.With(secret.New("first-secret"), secret.String{}, secret.New(""))
	two := one.With(secret.New("second-secret"))
	other := one.With(secret.New("third-secret"))
	for i, tt := range []struct {
		r    *secret.Redactor
		want string
	}{
		{one, "[redacted] second-secret third-secret"},
		{two, "[redacted] [redacted] third-secret"},
		{other, "[redacted] second-secret [redacted]"},
		{none.Pair(secret.String{}, secret.New("third-secret")), "first-secret second-secret [redacted]"},
		{&secret.Redactor{}, text},
	} {
		if got := tt.r.String(text); got != tt.want {
			t.Errorf("%d: got %q, want %q", i, got, tt.want)
		}
	}
	base := one.With(secret.New("second-secret")).With(secret.New("fourth-secret"))
	left, right := base.With(secret.New("left-secret")), base.With(secret.New("right-secret"))
	if got := left.String("left-secret right-secret") + right.String("left-secret right-secret"); got != "[redacted] right-secretleft-secret [redacted]" {
		t.Errorf("siblings share values: %q", got)
	}
	b := []byte("nothing to see, 100% &c. \\ here")
	if got := one.Bytes(b); &got[0] != &b[0] {
		t.Error("copied, though there was nothing to remove")
	}
	b = []byte(text)
	if one.Bytes(b); string(b) != text {
		t.Error("the caller's bytes were changed")
	}
}

func TestRedactorConcurrent(t *testing.T) {
	t.Parallel()
	r := secret.NewRedactor(secret.New(value))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := r.With(secret.New("another-one")).String(r.String("a " + value + " b another-one")); got != "a [redacted] b [redacted]" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	wg.Wait()
}

// FuzzRedactor puts a secret, in every encoding, between two other texts: it must not come through.
func FuzzRedactor(f *testing.F) {
	for _, s := range append(secrets(), `\\\\\\\\`, "        ", "aaaaaaaaaaaa") {
		f.Add("before", s, "after")
		f.Add("%", s, "41")
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, before, s, after string) {
		// Values that overlap the marker itself reappear with it.
		if len(s) < secret.MinRedacted || strings.ContainsAny(s, "[]") || strings.Contains(secret.Redacted, s) {
			return
		}
		r := secret.NewRedactor(secret.New(s))
		encode := encoders()
		for name, decode := range decoders() {
			// What comes out of a decoder, for some encoders lose invalid bytes.
			want, err := decode(encode[name](s))
			if err != nil || len(want) < secret.MinRedacted {
				continue
			}
			got := r.String(encode[name](before) + encode[name](s) + encode[name](after))
			read, err := decode(got)
			if err != nil {
				read = got
			}
			if strings.Contains(read, want) {
				t.Errorf("%s of %q between %q and %q survives: %q", name, s, before, after, got)
			}
		}
		for name, enc := range base64s() {
			got := r.String(enc.EncodeToString([]byte(before + s + after)))
			if strings.Contains(got, digitsOf(enc, before, s, after)) {
				t.Errorf("base64 %s of %q between %q and %q survives: %q", name, s, before, after, got)
			}
		}
	})
}

// FuzzRedactorText gives it any text, to find a panic, or a change beyond the markers.
func FuzzRedactorText(f *testing.F) {
	for _, text := range []string{
		"", "plain", `\`, `\u`, `\ud83d\ude`, `\ud83d\ude00`, "%4", "&#", "&#x110000;", "&#99999999999;", "&;", "%%\\\\&&;", "&amp;lt;",
		"4142434445464748", "x12345678y", "x1234567%38y&#49;2345678", "12345678123456781234567", "tMTIzNDU2Nzg=", `\U0001f511\Uffffffff\xzz`,
	} {
		f.Add(text)
	}
	r := secret.NewRedactor(secret.New("12345678"), secret.New("ABCDEFGHIJ"), secret.New(`"\%&;é`+"\xff"))
	f.Fuzz(func(t *testing.T, text string) {
		got := r.String(text)
		if string(r.Bytes([]byte(text))) != got {
			t.Errorf("%q: String and Bytes differ", text)
		}
		if strings.Contains(text, secret.Redacted) {
			return
		}
		rest := text
		for i, piece := range strings.Split(got, secret.Redacted) {
			at := strings.Index(rest, piece)
			if at < 0 || i == 0 && at > 0 {
				t.Fatalf("%q became %q: more was changed than removed", text, got)
			}
			rest = rest[at+len(piece):]
		}
		if strings.Contains(got, "12345678") || strings.Contains(got, "ABCDEFGHIJ") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
