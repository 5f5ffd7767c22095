package hostile_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

// texts are bodies of a sensible size that a parser may choke on.
func texts() map[string]*scenario {
	body := func(kind waygate.Kind, text func() string) *scenario {
		s := serving(kind, func(x *exchange) { x.whole(200, "", text()) })
		if kind == invalid {
			s.status = 200
		}
		return s
	}
	fixed := func(kind waygate.Kind, text string) *scenario { return body(kind, func() string { return text }) }
	number := func(text func() string) *scenario {
		return body("", func() string { return `{"n":` + text() + `}` }).with(func(s *scenario) {
			s.check = func(t *testing.T, res *waygate.Result, _ error) {
				if res == nil {
					return
				}
				if n, ok := res.Value().(map[string]any)["n"].(json.Number); !ok || len(n) == 0 {
					t.Error("the number isn't kept as text")
				}
				if _, err := waygate.Decode[struct {
					N int64 `json:"n"`
				}](res); !errors.Is(err, waygate.ErrInvalidResponse) {
					t.Errorf("as an integer: %v", err)
				}
			}
		})
	}
	return map[string]*scenario{
		"number_beyond":          number(func() string { return "1e999999999" }),
		"number_of_9m_digits":    number(func() string { return strings.Repeat("9", 9_000_000) }).with(vast),
		"number_with_a_long_exp": number(func() string { return "1e" + strings.Repeat("9", 1_000_000) }),
		"number_of_1m_places":    body("", func() string { return "[0." + strings.Repeat("9", 1_000_000) + "]" }).with(func(s *scenario) { s.check = wantJSON("[1]") }),
		"number_of_1m_zeros":     body("", func() string { return "[1" + strings.Repeat("0", 1_000_000) + "e-1000000]" }),
		"number_tiny":            fixed("", `[1e-999999999]`).with(func(s *scenario) { s.check = wantJSON("[0]") }),
		"number_rows":            body("", func() string { return "[" + strings.Repeat("1e400,", 100_000) + "1]" }),
		"keys_1m":                body(invalid, func() string { return "{" + strings.Repeat(`"a":1,`, 1_000_000) + `"a":1}` }).with(vast),
		"keys_400k": body("", func() string { return "{" + strings.Repeat(`"a":1,`, 400_000) + `"a":2}` }).with(vast).with(func(s *scenario) {
			s.check = func(t *testing.T, res *waygate.Result, err error) {
				wantJSON(`{"a":2}`)(t, res, err)
				says("twice")(t, res, err)
			}
		}),
		"keys_different": body("", func() string {
			var b strings.Builder
			b.WriteByte('{')
			for i := range 70_000 {
				b.WriteString(`"` + string(rune('a'+i%26)) + strings.Repeat("x", i%7) + itoa(i) + `":0,`)
			}
			return b.String() + `"z":0}`
		}),
		"key_of_9mb":       body("", func() string { return `{"` + strings.Repeat("k", 9_000_000) + `":1}` }).with(vast),
		"key_of_9mb_twice": body("", func() string { k := strings.Repeat("k", 4_000_000); return `{"` + k + `":1,"` + k + `":2}` }).with(vast),
		"escapes_170k":     body("", func() string { return `"` + strings.Repeat(`\ud800`, 170_000) + `"` }),
		"utf8_invalid":     fixed(invalid, "{\"a\":\"\xff\xfe\"}"),
		"utf8_overlong":    fixed(invalid, "{\"a\":\"\xc0\xaf\"}"),
		"utf8_surrogate":   fixed(invalid, "{\"a\":\"\xed\xa0\x80\"}"),
		"bom_utf8":         fixed("", "\xef\xbb\xbf{}").with(func(s *scenario) { s.check = wantJSON("{}") }),
		"bom_utf8_twice":   fixed(invalid, "\xef\xbb\xbf\xef\xbb\xbf{}"),
		"bom_utf16":        fixed("", "\xff\xfe{\x00}\x00").with(func(s *scenario) { s.check = wantJSON("{}") }),
		"bom_utf16_odd":    fixed(invalid, "\xff\xfe{\x00}\x00x"),
		"bom_utf32":        fixed(invalid, "\xff\xfe\x00\x00{\x00\x00\x00}\x00\x00\x00"),
		"bom_alone":        fixed(invalid, "\xef\xbb\xbf"),
		"two_values":       fixed(invalid, "{}{}"),
		"nul":              fixed(invalid, "\x00"),
		"not_a_number":     fixed(invalid, "NaN"),
		"comment":          fixed(invalid, "/**/{}"),
		"html":             fixed(invalid, "<html>no</html>"),
		"charset_unknown": serving(invalid, func(x *exchange) {
			x.stay = x.say("HTTP/1.1 200 X\r\nContent-Type: text/plain; charset=utf-7\r\nContent-Length: 2\r\n\r\n{}")
		}).with(status(200)),
		"charset_of_64k": serving(invalid, func(x *exchange) {
			x.stay = x.say("HTTP/1.1 200 X\r\nContent-Type: text/plain; charset=%s\r\nContent-Length: 2\r\n\r\n{}", strings.Repeat("x", 60_000))
		}).with(status(200)),
		"type_without_sense": serving("", func(x *exchange) {
			x.stay = x.say("HTTP/1.1 200 X\r\nContent-Type: ;;;\xff/=\r\nContent-Length: 2\r\n\r\n{}")
		}),
	}
}
