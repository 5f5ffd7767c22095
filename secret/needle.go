package secret

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"
)

// needle is one spelling of a value, to be found as it stands. Escapes are not among the spellings: they are undone in
// the text (see view), for there are too many ways to escape some bytes and not others.
type needle struct {
	text  string
	whole bool // as in phrase
	// The base64 digits at either end that hold bits of the value and of its neighbour both.
	before, after int
}

// needles gives all the spellings of a value.
func needles(p phrase) []needle {
	v := p.value.Reveal()
	var out []needle
	for _, text := range spellings(v) {
		out = append(out, needle{text: text, whole: p.whole})
	}
	for shift := range 3 {
		n := base64Core(v, shift)
		n.whole = p.whole
		out = append(out, n)
		if strings.ContainsAny(n.text, "+/") {
			n.text = strings.NewReplacer("+", "-", "/", "_").Replace(n.text)
			out = append(out, n)
		}
	}
	digits := hex.EncodeToString([]byte(v))
	out = append(out, needle{text: digits, whole: p.whole})
	if upper := strings.ToUpper(digits); upper != digits {
		out = append(out, needle{text: upper, whole: p.whole})
	}
	return out
}

// spellings gives what may stand for a value once the escapes of the text are undone.
func spellings(v string) []string {
	if plain(v) {
		return []string{v}
	}
	var out []string
	for _, s := range []string{
		v,
		string([]rune(v)),       // JSON writers put U+FFFD for each invalid byte,
		strings.Map(xmlChar, v), // XML writers for control characters, too
		latin1(v),               // \u00e9 for a single byte e9
	} {
		for _, s := range []string{s, strings.ReplaceAll(s, " ", "+")} { // form encoding
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// plain reports whether v has printable ASCII only, and no space.
func plain(v string) bool {
	for i := range len(v) {
		if v[i] <= ' ' || v[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// xmlChar replaces the control characters that XML 1.0 (§2.2) does not have.
func xmlChar(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
		return utf8.RuneError
	}
	return r
}

// latin1 reads each byte as a code point.
func latin1(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteRune(rune(s[i]))
	}
	return out.String()
}

// base64Core gives the base64 digits of v that depend on v alone, if it begins shift bytes after a multiple of three.
func base64Core(v string, shift int) needle {
	bits := (shift + len(v)) * 8
	first := (shift*8 + 5) / 6 // the first digit with none of the bits before v
	last := bits / 6           // the first digit with bits from after v
	all := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:shift] + v))
	n := needle{text: all[first:last]}
	if shift > 0 {
		n.before = 1
	}
	if bits%6 > 0 {
		n.after = 1
	}
	return n
}

// reach widens a hit of the needle over the digits it shares with its neighbours, and over the padding.
func (n needle) reach(text string, hit span) span {
	if n.before > 0 && hit.from > 0 && isBase64(text[hit.from-1]) {
		hit.from--
	}
	if n.after > 0 && hit.to < len(text) && isBase64(text[hit.to]) {
		hit.to++
		for pad := 0; pad < 2 && hit.to < len(text) && text[hit.to] == '='; pad++ {
			hit.to++
		}
	}
	return hit
}

func isBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/-_", c) >= 0
}
