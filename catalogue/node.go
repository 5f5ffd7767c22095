package catalogue

import (
	"bytes"
	"errors"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// nodeOf makes nodes of a JSON text, members in their order.
func nodeOf(raw []byte) (*yaml.Node, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	return readNode(dec)
}

// readNode reads the next value. The depth is bounded by the decoder.
func readNode(dec *jsontext.Decoder) (*yaml.Node, error) {
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case '{', '[':
		return readChildren(dec, tok.Kind())
	case '"':
		return textNode(tok.String()), nil
	case '0', 't', 'f', 'n':
		return &yaml.Node{Kind: yaml.ScalarNode, Value: tok.String()}, nil
	}
	return nil, errors.New("a value is missing")
}

func readChildren(dec *jsontext.Decoder, open jsontext.Kind) (*yaml.Node, error) {
	n, end := &yaml.Node{Kind: yaml.MappingNode}, jsontext.Kind('}')
	if open == '[' {
		n, end = &yaml.Node{Kind: yaml.SequenceNode}, ']'
	}
	for dec.PeekKind() != end {
		child, err := readNode(dec)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, child)
	}
	_, err := dec.ReadToken()
	return n, err
}

// textNode writes a text so that no reader takes it for anything else.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
	switch {
	case isPlain(s):
		n.Style = 0
	case isBlock(s):
		n.Style = yaml.LiteralStyle
	}
	return n
}

// isPlain reports whether a text can stand without quotes, and is text to readers of YAML 1.1 and 1.2: it begins with a
// letter, or is as clearly no number or date, and is none of the words for null, true and false.
func isPlain(s string) bool {
	if s == "" || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") || strings.HasSuffix(s, ":") ||
		strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.ContainsFunc(s, isOdd) {
		return false
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	first := rune(s[0])
	switch {
	case strings.ContainsRune("/_$(", first):
		return true
	case first >= '0' && first <= '9':
		return strings.ContainsAny(strings.ToLower(s), "ghijklmnpqrsuvw") // not of numbers, dates and times
	}
	return first >= 0x80 || first|0x20 >= 'a' && first|0x20 <= 'z'
}

// isOdd holds for characters that are written as escapes.
func isOdd(r rune) bool { return !unicode.IsPrint(r) || r > 0xFFFF }

// isBlock reports whether a text of several lines can stand as it is.
func isBlock(s string) bool {
	odd := func(r rune) bool { return r != '\n' && isOdd(r) }
	return strings.Contains(s, "\n") && s[0] != ' ' && s[0] != '\n' && !strings.ContainsFunc(s, odd) && !strings.Contains(s, " \n") &&
		!strings.HasSuffix(s, " ")
}
