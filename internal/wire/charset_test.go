package wire_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/wire"
)

// TestBytes sends every byte through every place: what stays is what the place may hold, all else is escaped, once.
func TestBytes(t *testing.T) {
	t.Parallel()
	const alnum = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for _, tc := range []struct {
		p    wire.Param
		stay string
	}{
		{wire.Param{In: wire.InPath}, "-._~"},
		{wire.Param{In: wire.InPath, AllowSlash: true}, "-._~/"},
		{wire.Param{In: wire.InQuery}, "-._~"},
		{wire.Param{In: wire.InQuery, AllowReserved: true}, "-._~:/?@!$'()*,;="},
		{wire.Param{In: wire.InCookie}, "!#$&'()*+-./:<=>?@[]^_`{|}~"},
	} {
		tc.p.Name = "n"
		for c := range 256 {
			b := string([]byte{byte(c)})
			want := b
			if !strings.Contains(alnum+tc.stay, b) {
				want = "%" + strings.ToUpper(strconv.FormatInt(int64(c)+0x100, 16))[1:]
			}
			got, err := anywhere(tc.p, "x"+b+"x")
			if tc.p.In == wire.InPath && c == '\\' || tc.p.In == wire.InCookie && (c == 0 || c == '\r' || c == '\n') {
				if err == nil {
					t.Errorf("%s, byte %#x: %q, not refused", tc.p.In, c, got)
				}
				continue
			}
			if got = strings.TrimPrefix(got, "n="); err != nil || got != "x"+want+"x" {
				t.Errorf("%s, byte %#x: %q, %v, want x%sx", tc.p.In, c, got, err, want)
			}
		}
	}
}

// TestReserved has what AllowReserved leaves and what not.
func TestReserved(t *testing.T) {
	t.Parallel()
	no := false
	for _, tc := range []struct {
		v    any
		want string
	}{
		{"created:>2020 AND (a,b);x=1", "q=created:%3E2020%20AND%20(a,b);x=1"},
		{"a&b#c+d[e]", "q=a%26b%23c%2Bd%5Be%5D"},
		{"100%", "q=100%25"}, {"%41%4g%", "q=%41%254g%25"}, {"%26", "q=%26"},
		{strings.Repeat("/ ", 100) + "%7E", "q=" + strings.Repeat("/%20", 100) + "%7E"},
		{[]any{"a,b", "c"}, "q=a,b,c"}, // as {+list} has it
	} {
		got, err := anywhere(wire.Param{In: wire.InQuery, Name: "q", AllowReserved: true, Explode: &no}, tc.v)
		if err != nil || got != tc.want {
			t.Errorf("%q, %v, want %q", got, err, tc.want)
		}
	}
}

// TestStrict wants a long value to be escaped like a short one: the work is done in pieces.
func TestStrict(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 63, 64, 65, 128, 1000} {
		got, err := anywhere(wire.Param{In: wire.InQuery, Name: "q"}, strings.Repeat("a/", n))
		if err != nil || got != "q="+strings.Repeat("a%2F", n) {
			t.Errorf("%d: %q, %v", n, got, err)
		}
	}
}

// TestAllocs wants one string in a query to cost its slice and, if anything needs an escape, its text.
func TestAllocs(t *testing.T) {
	for want, v := range map[float64]string{1: "open", 2: strings.Repeat("is:open label:ü ", 20)} {
		p := wire.Param{In: wire.InQuery, Name: "q"}
		var value any = v
		got := testing.AllocsPerRun(100, func() {
			if _, err := p.Query(value); err != nil {
				t.Fatal(err)
			}
		})
		if got > want {
			t.Errorf("%d bytes: %v allocations, want %v", len(v), got, want)
		}
	}
}
