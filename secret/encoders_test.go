package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

func eachByte(s, format string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, format, s[i])
	}
	return out.String()
}

func jsonOf(s string, escapeHTML bool) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(escapeHTML)
	_ = enc.Encode(s)
	quoted := strings.TrimSuffix(out.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

func xmlOf(s string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(s))
	return out.String()
}

// jsonASCII writes what is beyond ASCII in UTF-16, as many languages do.
func jsonASCII(s string) string {
	var out strings.Builder
	for _, r := range jsonOf(s, true) {
		if r < 0x80 {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

// encoders are the spellings that Redactor promises to find, each a way to write a part of a text.
func encoders() map[string]func(string) string {
	goQuote := func(s string) string { q := strconv.Quote(s); return q[1 : len(q)-1] }
	return map[string]func(string) string{
		"clear":            func(s string) string { return s },
		"path":             url.PathEscape,
		"query":            url.QueryEscape,
		"query, space %20": func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") },
		"percent lower": func(s string) string {
			return regexp.MustCompile(`%..`).ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower)
		},
		"percent each upper": func(s string) string { return eachByte(s, "%%%02X") },
		"percent each lower": func(s string) string { return eachByte(s, "%%%02x") },
		"json":               func(s string) string { return jsonOf(s, true) },
		"json without HTML":  func(s string) string { return jsonOf(s, false) },
		"json each lower":    func(s string) string { return eachByte(s, `\u%04x`) },
		"json each upper":    func(s string) string { return eachByte(s, `\u%04X`) },
		"json ascii":         jsonASCII,
		"json slash":         func(s string) string { return strings.ReplaceAll(jsonOf(s, true), "/", `\/`) },
		"json in json":       func(s string) string { return jsonOf(jsonOf(s, true), true) },
		"json in form":       func(s string) string { return url.QueryEscape(jsonOf(s, true)) },
		"form in json":       func(s string) string { return jsonOf(url.QueryEscape(s), true) },
		"form in html":       func(s string) string { return html.EscapeString(url.QueryEscape(s)) },
		"json in html":       func(s string) string { return html.EscapeString(jsonOf(s, false)) },
		"go":                 goQuote,
		"go ascii":           func(s string) string { q := strconv.QuoteToASCII(s); return q[1 : len(q)-1] },
		"html":               html.EscapeString,
		"html decimal":       func(s string) string { return eachByte(s, "&#%d;") },
		"html hex":           func(s string) string { return eachByte(s, "&#x%X;") },
		"xml":                xmlOf,
		"hex":                func(s string) string { return hex.EncodeToString([]byte(s)) },
		"hex upper":          func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	}
}

// decoders undo the encoders of the same name.
func decoders() map[string]func(string) (string, error) {
	fromJSON := func(s string) (out string, err error) {
		err = json.Unmarshal([]byte(`"`+s+`"`), &out)
		return out, err
	}
	fromHTML := func(s string) (string, error) { return html.UnescapeString(s), nil }
	return map[string]func(string) (string, error){
		"clear":              func(s string) (string, error) { return s, nil },
		"path":               url.PathUnescape,
		"percent each lower": url.PathUnescape,
		"query":              url.QueryUnescape,
		"json":               fromJSON,
		"json each upper":    fromJSON,
		"json in json": func(s string) (string, error) {
			inner, err := fromJSON(s)
			if err != nil {
				return "", err
			}
			return fromJSON(inner)
		},
		"go":   func(s string) (string, error) { return strconv.Unquote(`"` + s + `"`) },
		"html": fromHTML,
		"xml":  fromHTML,
	}
}

func base64s() map[string]*base64.Encoding {
	return map[string]*base64.Encoding{
		"std": base64.StdEncoding, "raw std": base64.RawStdEncoding, "url": base64.URLEncoding, "raw url": base64.RawURLEncoding,
	}
}

// digitsOf gives the digits of base64(before+s+after) that hold bits of s only.
func digitsOf(enc *base64.Encoding, before, s, after string) string {
	all := enc.EncodeToString([]byte(before + s + after))
	return all[(len(before)*8+5)/6 : (len(before)+len(s))*8/6]
}
