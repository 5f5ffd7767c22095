package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// Limits bound a schema. Every field must be positive.
type Limits struct {
	Bytes        int // text
	Depth        int // nesting of the JSON text
	Nodes        int // values and keys
	Patterns     int // pattern and patternProperties together
	PatternBytes int // each
	// Documents are other documents by absolute URI without fragment. Those that
	// are used count towards Bytes and Nodes.
	Documents map[string][]byte
}

// Error says that a schema was refused.
type Error struct{ Pointer, Reason string }

// Error gives the place and the reason.
func (e *Error) Error() string { return e.Pointer + ": " + e.Reason }

// Doc is a checked schema in plain form. It is read-only.
type Doc struct {
	// Root is a bool or a map[string]any with keywords of 2020-12. Below a
	// patternProperties, each schema that is an object has its pattern as
	// title, which tells an engine's results apart.
	Root any
	// Defs are the schemas that references point to, by the name after
	// "#/$defs/". They are also in Root under $defs if Root is an object.
	Defs map[string]any
	// Formats are what the names found under the keyword format stand for.
	Formats map[string]Format
	// NamePatterns are the patterns of patternProperties, by their text.
	NamePatterns map[string]NamePattern
	// HasNamePatterns says whether there is a patternProperties.
	HasNamePatterns bool
}

// Format stands in for what a schema object costs and for its pattern.
type Format struct {
	Weight  int            // microseconds that one evaluation takes, roughly
	Pattern *regexp.Regexp // nil if there is none
	Size    int            // instructions of the pattern
	Names   int            // instructions of all patterns of patternProperties
	Legacy  bool           // the schema was draft-07
}

// NamePattern is a pattern of patternProperties.
type NamePattern struct {
	*regexp.Regexp
	Size int // instructions
}

// defaultBase is what references resolve against in a document without $id.
const defaultBase = "schema://document/"

// compiler holds the state of one Compile.
type compiler struct {
	lim       Limits
	bytes     int                          // of text, so far
	values    int                          // and keys, so far
	roots     map[string]any               // documents by the pointer of their root, "" the schema itself
	nodes     map[string]*node             // schema locations by pointer
	order     []*node                      // the same, in the order they were found
	resources map[string]string            // absolute URI without fragment → pointer
	anchors   map[string]string            // absolute URI # name → pointer
	dynamic   map[string][]string          // dynamic anchor → pointers
	dynamicIn map[string]map[string]string // pointer of a resource → its dynamic anchors → pointers
	patterns  map[string]pattern

	scopes    []map[string]string // dynamic scopes, see scope
	scopeKeys map[string]scope
	entries   map[entry]scope
	scopeWork int // anchors that were looked at
	views     map[viewKey]*view
	queue     []*view // the same, in the order they were found
	named     int     // how many views have a name

	doc   *Doc
	depth int // of nesting while emitting
}

// pattern is a regular expression and the number of its instructions.
type pattern struct {
	re   *regexp.Regexp
	size int
}

// node is one schema in a document.
type node struct {
	pointer string
	raw     any // bool or map[string]any
	base    *url.URL
	res     string // pointer of the resource it belongs to
	dialect dialect
	refs    []reference
	subs    []subschema
}

// reference is a resolved $ref or $dynamicRef.
type reference struct {
	pointer string // of the target
	dynamic string // the anchor, if the dynamic scope may say another target
}

// subschema is a schema inside another one.
type subschema struct {
	pointer string
	inPlace bool // applied to the same value
}

// Compile checks and rewrites a schema. The error is an *Error.
func Compile(text []byte, lim Limits) (*Doc, error) {
	c, err := check(text, lim)
	if err != nil {
		return nil, err
	}
	return c.emit(), nil
}

// check does all of Compile that can fail.
func check(text []byte, lim Limits) (*compiler, error) {
	if err := checkDocuments(lim); err != nil {
		return nil, err
	}
	c := newCompiler(lim)
	for _, step := range []func() error{func() error { return c.read(text) }, c.resolve, c.expand, c.checkCycles} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newCompiler(lim Limits) *compiler {
	return &compiler{
		lim:       lim,
		roots:     map[string]any{},
		nodes:     map[string]*node{},
		resources: map[string]string{defaultBase: ""},
		anchors:   map[string]string{},
		dynamic:   map[string][]string{},
		patterns:  map[string]pattern{},
		dynamicIn: map[string]map[string]string{},
		scopes:    []map[string]string{{}},
		scopeKeys: map[string]scope{},
		entries:   map[entry]scope{},
		views:     map[viewKey]*view{},
	}
}

// read parses the schema and walks it.
func (c *compiler) read(text []byte) error {
	base, err := url.Parse(defaultBase)
	if err != nil {
		return &Error{"", "the default base does not parse"}
	}
	root, err := c.parse("", text)
	if err != nil {
		return err
	}
	c.roots[""] = root
	outer := &node{base: base}
	if object, ok := root.(map[string]any); ok && object["$schema"] != nil {
		if outer.dialect, err = c.dialectOf("/$schema", object["$schema"]); err != nil {
			return err
		}
	}
	return c.walk("", root, outer)
}

// parse reads the text of a document into a tree that keeps numbers as they are
// written. root is what its pointers begin with.
func (c *compiler) parse(root string, text []byte) (any, error) {
	if c.bytes += len(text); c.bytes > c.lim.Bytes {
		return nil, &Error{root, fmt.Sprintf("the text has %d bytes, more than the %d allowed: split the schema", c.bytes, c.lim.Bytes)}
	}
	if c.values >= c.lim.Nodes {
		return nil, &Error{root, fmt.Sprintf("there are more than the %d values and keys allowed: refer to fewer documents", c.lim.Nodes)}
	}
	stats, err := jsontree.Scan(text, jsontree.Limits{Depth: c.lim.Depth, Nodes: c.lim.Nodes - c.values})
	if err != nil {
		return nil, parseError(root, err)
	}
	if c.values += stats.Nodes; stats.Duplicate != "" {
		return nil, &Error{root + stats.Duplicate, "the key is there twice: remove one"}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, &Error{root, "the text is not JSON"}
	}
	return tree, nil
}

func parseError(root string, err error) error {
	var limit *jsontree.LimitError
	if errors.As(err, &limit) {
		return &Error{root, "the text is beyond a limit: " + limit.Error()}
	}
	var syntax *jsontree.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{root, "the text is not JSON: " + syntax.Error()}
	}
	return &Error{root, "the text is not JSON"}
}

// child gives the pointer of a member or item.
func child(pointer, token string) string {
	if strings.ContainsAny(token, "~/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
	}
	return pointer + "/" + token
}
