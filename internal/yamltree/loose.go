package yamltree

import (
	"math/big"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// looseScalar writes a scalar as what it is meant to be.
func (w *writer) looseScalar(n *yaml.Node) {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if quoted || n.Tag == "!!str" || n.Tag == "!!binary" {
		w.out = jsontree.Append(w.out, n.Value)
		return
	}
	switch plain(n.Value) {
	case isNull:
		w.out = append(w.out, "null"...)
	case isTrue:
		w.out = append(w.out, "true"...)
	case isFalse:
		w.out = append(w.out, "false"...)
	case isNumber:
		w.out = append(w.out, n.Value...)
	case isOddForm:
		w.out = append(w.out, jsonNumber(n.Value)...)
	default:
		w.out = jsontree.Append(w.out, n.Value)
	}
}

// jsonNumber writes a number of YAML's core schema as JSON does; as text where it is too long to be one.
func jsonNumber(s string) string {
	sign := ""
	digits := strings.TrimPrefix(s, "+")
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "-", rest
	}
	const longest = 100 // digits
	if len(digits) > longest {
		return string(jsontree.Append(nil, s))
	}
	if strings.HasPrefix(digits, "0o") || strings.HasPrefix(digits, "0x") {
		if i, ok := new(big.Int).SetString(digits, 0); ok {
			return i.String()
		}
	}
	whole := leading(digits)
	rest := digits[len(whole):]
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if frac, ok := strings.CutPrefix(rest, "."); ok && leading(frac) == "" {
		rest = frac
	}
	return sign + whole + rest
}

// merged is a mapping's content with what its merge keys add: members that aren't there, of the first mapping that has
// them.
func (w *writer) merged(n *yaml.Node) ([]*yaml.Node, error) {
	if !slices.ContainsFunc(n.Content, isMerge) {
		return n.Content, nil
	}
	var own, added []*yaml.Node
	there := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; isMerge(key) {
			list, err := w.sources(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			added = append(added, list...)
			continue
		}
		there[n.Content[i].Value] = true
		own = append(own, n.Content[i], n.Content[i+1])
	}
	for _, from := range added {
		for i := 0; i+1 < len(from.Content); i += 2 {
			key := from.Content[i]
			if isMerge(key) || there[key.Value] { // a merge within what is merged isn't followed
				continue
			}
			there[key.Value] = true
			own = append(own, key, from.Content[i+1])
		}
	}
	return own, nil
}

// sources are the mappings that a merge key names.
func (w *writer) sources(at *yaml.Node) ([]*yaml.Node, error) {
	n := followed(at)
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var found []*yaml.Node
	for _, x := range list {
		x = followed(x)
		if x.Kind != yaml.MappingNode {
			return nil, w.fault(at, "a merge key must name a mapping, or a list of them")
		}
		if err := w.spend(at, x); err != nil {
			return nil, err
		}
		found = append(found, x)
	}
	return found, nil
}

func isMerge(k *yaml.Node) bool {
	return k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
}
