package secret_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate/secret"
)

const value = "tr0ub4dor&3-hunter2"

type exported struct{ S secret.String }

type hidden struct {
	s  secret.String
	p  *secret.String
	m  map[string]secret.String
	l  []secret.String
	in any
}

// plainSource is careless: it holds its key in clear.
type plainSource struct{ material string }

func (s plainSource) Keys(context.Context) ([]secret.Key, error) {
	return []secret.Key{{ID: "k1", Secret: secret.New(s.material)}}, nil
}

func TestStringPrintsNothing(t *testing.T) {
	t.Parallel()
	s := secret.New(value)
	keys, err := secret.NewKeyring(t.Context(), plainSource{strings.Repeat(value, 2)[:32]})
	if err != nil {
		t.Fatal(err)
	}
	r := secret.NewRedactor(s).Pair(secret.New("user"), s)
	_ = r.String(strings.Repeat("builds the tables", 3))
	type ring struct{ k *secret.Keyring }
	type redactor struct{ r *secret.Redactor }
	shown := map[string]any{
		"value": s, "pointer": &s, "exported": exported{s}, "slice": []secret.String{s}, "key": map[secret.String]int{s: 1},
		"hidden":  hidden{s: s, p: &s, m: map[string]secret.String{"a": s}, l: []secret.String{s}, in: s},
		"keyring": keys, "in struct": ring{keys}, "pointer to struct": &ring{keys},
		"redactor": r, "redactor in struct": redactor{r}, "redactor in pointer": &redactor{r},
		"source": secret.StaticKeys{{ID: "k1", Secret: s}},
	}
	for name, v := range shown {
		for verb := rune(' '); verb <= '~'; verb++ {
			for _, flags := range []string{"", "+", "#", " ", "-20.3", "020"} {
				got := fmt.Sprintf("%"+flags+string(verb), v)
				if leaks(got, value) {
					t.Errorf("%s: %%%s%c leaks: %s", name, flags, verb, got)
				}
			}
		}
	}
	for _, got := range []string{s.String(), s.GoString(), fmt.Sprint(s), fmt.Sprintf("%q %d %+v", s, s, s)} {
		if !strings.Contains(got, secret.Redacted) {
			t.Errorf("got %q, want %s in it", got, secret.Redacted)
		}
	}
}

// leaks looks for the value as text, hex and decimal bytes.
func leaks(text, value string) bool {
	decimal := strings.Trim(fmt.Sprint([]byte(value)), "[]")
	for _, form := range []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("%X", value), fmt.Sprintf("% x", value), decimal} {
		if strings.Contains(text, form) || strings.Contains(text, form[:len(form)/2]) {
			return true
		}
	}
	return false
}

func TestStringInLogs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := secret.New(value)
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "s", s, "e", exported{s}, "h", hidden{s: s, in: s}, slog.Group("g", "s", s))
	}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel)
	zap.New(core).Info("m", zap.Any("s", s), zap.Any("e", exported{s}), zap.Stringer("t", s), zap.Reflect("h", hidden{s: s}),
		zap.Any("l", []secret.String{s}))
	if got := out.String(); leaks(got, value) || strings.Count(got, secret.Redacted) < 10 {
		t.Errorf("logs: %s", got)
	}
}

func TestStringMarshal(t *testing.T) {
	t.Parallel()
	type optional struct {
		A secret.String
		B secret.String `json:",omitzero"`
		M map[secret.String]int
	}
	set := secret.New(value)
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"set", set, `"[redacted]"`},
		{"empty is set", secret.New(""), `"[redacted]"`},
		{"unset", secret.String{}, `null`},
		{"members", optional{A: set, B: set}, `{"A":"[redacted]","B":"[redacted]","M":null}`},
		{"unset members", optional{}, `{"A":null,"M":null}`},
		{"map key", optional{M: map[secret.String]int{set: 1}}, `{"A":null,"M":{"[redacted]":1}}`},
	}
	for _, tt := range tests {
		got, err := json.Marshal(tt.in)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
	if text, err := (secret.String{}).MarshalText(); len(text) > 0 || err != nil {
		t.Errorf("unset text: %q, %v", text, err)
	}
	if got, err := xml.Marshal(exported{set}); err != nil || leaks(string(got), value) {
		t.Errorf("xml: %s, %v", got, err)
	}
}

func TestStringUnmarshal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in      string
		want    secret.String
		refused bool
	}{
		{in: `"abc"`, want: secret.New("abc")},
		{in: `"\u00e9\n"`, want: secret.New("é\n")},
		{in: `""`, want: secret.New("")},
		{in: `null`},
		{in: `"[redacted]"`, refused: true},
		{in: `" [redacted]"`, refused: true},
		{in: `"Bearer [redacted]"`, refused: true},
		{in: "\"ab\xffcd\"", refused: true},
		{in: `"\ud800abcd"`, refused: true},
		{in: `5566778899`, refused: true},
		{in: `{"a":"` + value + `"}`, refused: true},
	}
	for _, tt := range tests {
		var got exported
		got.S = secret.New("before")
		err := json.Unmarshal([]byte(`{"S":`+tt.in+`}`), &got)
		if tt.refused {
			var e *secret.Error
			if !errors.As(err, &e) || !errors.Is(err, secret.ErrSecret) {
				t.Errorf("%s: error %v, want *Error of ErrSecret", tt.in, err)
			} else if strings.Contains(err.Error(), value) || strings.Contains(err.Error(), "5566778899") {
				t.Errorf("%s: the error holds the value: %v", tt.in, err)
			}
			if got.S.Reveal() != "before" {
				t.Errorf("%s: refused, yet set", tt.in)
			}
			continue
		}
		if err != nil || !got.S.Equal(tt.want) {
			t.Errorf("%s: %q, %v", tt.in, got.S.Reveal(), err)
		}
	}
	var s secret.String
	if err := s.UnmarshalText([]byte("abc")); err != nil || s.Reveal() != "abc" {
		t.Errorf("text: %q, %v", s.Reveal(), err)
	}
	if err := s.UnmarshalText([]byte(secret.Redacted)); !errors.Is(err, secret.ErrSecret) {
		t.Errorf("printed text: %v", err)
	}
	if err := s.UnmarshalJSON([]byte(`{`)); !errors.Is(err, secret.ErrSecret) {
		t.Errorf("no JSON: %v", err)
	}
}

func TestStringEqual(t *testing.T) {
	t.Parallel()
	a, b, empty, unset := secret.New("a"), secret.New("b"), secret.New(""), secret.String{}
	all := []secret.String{a, b, empty, unset}
	for i, x := range all {
		for j, y := range all {
			if got := x.Equal(y); got != (i == j) {
				t.Errorf("%d equal %d: %v", i, j, got)
			}
		}
	}
	if !a.Equal(secret.New("a")) || !cmp.Equal(exported{a}, exported{secret.New("a")}) {
		t.Error("equal values differ")
	}
	if empty.IsZero() || !unset.IsZero() || unset.Reveal() != "" {
		t.Error("empty and unset are mixed up")
	}
}

func FuzzStringJSON(f *testing.F) {
	for _, seed := range []string{`"a"`, `null`, `"[redacted]"`, `{`, `"\ud800"`, "\"\xff\"", `12`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var s secret.String
		if err := s.UnmarshalJSON(raw); err != nil {
			if !s.IsZero() || !errors.Is(err, secret.ErrSecret) {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		var want *string
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("read %q, which is no JSON string", raw)
		}
		if (want == nil) != s.IsZero() || want != nil && *want != s.Reveal() {
			t.Errorf("%q read as %q", raw, s.Reveal())
		}
	})
}
