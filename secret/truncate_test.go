package secret_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/waygate-go/waygate/secret"
)

func TestTruncate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		in    string
		limit int
		want  string
	}{
		{"fits", "abc", 3, "abc"},
		{"empty", "", 0, ""},
		{"long", strings.Repeat("x", 100), 50, strings.Repeat("x", 17) + "… [truncated, 100 bytes in all]"},
		{"characters stay whole", strings.Repeat("é", 100), 50, strings.Repeat("é", 8) + "… [truncated, 200 bytes in all]"},
		{"no room for the marker", "abcdefgh", 5, "abcde"},
		{"no room for a character", "日本", 2, ""},
		{"zero", "abc", 0, ""},
		{"negative", "abc", -1, ""},
	}
	for _, tt := range tests {
		if got := secret.Truncate(tt.in, tt.limit); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for limit := range 120 {
		got := secret.Truncate(strings.Repeat("a日é🔑", 20), limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Errorf("%d: %d bytes, %q", limit, len(got), got)
		}
	}
}
