package canon

import (
	"embed"
	"fmt"
	"net/url"
	"strings"
)

// metaschemas are the documents that describe the two dialects.
//
//go:embed metaschemas/2020-12.json metaschemas/draft-07.json metaschemas/meta/*.json
var metaschemas embed.FS

const (
	currentURI     = "https://json-schema.org/draft/2020-12/schema"
	currentMetaURI = "https://json-schema.org/draft/2020-12/meta/"
	legacyURI      = "http://json-schema.org/draft-07/schema"
)

// document gives the text of another document: one that the caller gave, or a
// metaschema. uri has no fragment.
func (c *compiler) document(uri string) (text []byte, ok bool) {
	if text, ok = c.lim.Documents[uri]; ok {
		return text, true
	}
	file := ""
	switch {
	case uri == currentURI:
		file = "2020-12"
	case uri == legacyURI || uri == "https"+legacyURI[len("http"):]:
		file = "draft-07"
	case strings.HasPrefix(uri, currentMetaURI):
		file = "meta/" + uri[len(currentMetaURI):]
	default:
		return nil, false
	}
	text, err := metaschemas.ReadFile("metaschemas/" + file + ".json")
	return text, err == nil
}

// load reads a document on its first use and walks it. Its nodes have pointers
// that begin with its URI and "#"; those of the schema itself begin with "/" or
// are empty.
func (c *compiler) load(at, uri string) (root string, ok bool, err error) {
	text, ok := c.document(uri)
	if !ok {
		return "", false, nil
	}
	root = uri + "#"
	tree, err := c.parse(root, text)
	if err != nil {
		return "", false, err
	}
	base, err := url.Parse(uri)
	if err != nil {
		return "", false, &Error{at, "is not a URI reference (RFC 3986)"}
	}
	n := &node{base: base, res: root, dialect: c.nodes[""].dialect}
	if object, isObject := tree.(map[string]any); isObject && object["$schema"] != nil {
		if n.dialect, err = c.dialectOf(child(root, "$schema"), object["$schema"]); err != nil {
			return "", false, err
		}
	}
	c.roots[root] = tree
	c.resources[uri] = root
	if err := c.walk(root, tree, n); err != nil {
		return "", false, err
	}
	return root, true, nil
}

// lookup finds the value that a pointer means, in whichever document.
func (c *compiler) lookup(pointer string) (any, bool) {
	root := ""
	if pointer != "" && pointer[0] != '/' {
		uri, rest, _ := strings.Cut(pointer, "#")
		root, pointer = uri+"#", rest
	}
	return lookup(c.roots[root], pointer)
}

// checkDocuments looks at the names of the documents that the caller gave.
func checkDocuments(lim Limits) error {
	for uri := range lim.Documents {
		u, err := url.Parse(uri)
		if err != nil || !u.IsAbs() || strings.Contains(uri, "#") {
			return &Error{"", fmt.Sprintf("the document %.100q needs an absolute URI without fragment as its name", uri)}
		}
	}
	return nil
}
