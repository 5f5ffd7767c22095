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
	// HasNamePatterns says whether there is a patternProperties.
	HasNamePatterns bool
	// Legacy says that the text was draft-07.
	Legacy bool
}

// Format stands in for what a schema object costs and for its pattern.
type Format struct {
	Weight  int            // microseconds that one evaluation takes, roughly
	Pattern *regexp.Regexp // nil if there is none
}

// defaultBase is what references resolve against in a document without $id.
const defaultBase = "schema://document/"

// compiler holds the state of one Compile.
type compiler struct {
	lim       Limits
	root      any
	legacy    bool
	nodes     map[string]*node    // schema locations by pointer
	order     []*node             // the same, in the order they were found
	resources map[string]string   // absolute URI without fragment → pointer
	anchors   map[string]string   // absolute URI # name → pointer
	dynamic   map[string][]string // dynamic anchor → pointers
	patterns  map[string]pattern
	targets   map[string]string // pointer of a reference's target → name
	doc       *Doc
	depth     int // of nesting while emitting
}

// pattern is a regular expression and the number of its instructions.
type pattern struct {
	re   *regexp.Regexp
	size int
}

// node is one schema in the document.
type node struct {
	pointer string
	raw     any // bool or map[string]any
	base    *url.URL
	ref     string // pointer of the target
	isRef   bool
	inPlace []string // schemas applied to the same value
	state   uint8    // of the search for cycles
	cost    int      // schemas applied to one value through this one
	chain   int      // the longest nest of them
}

// Compile checks and rewrites a schema. The error is an *Error.
func Compile(text []byte, lim Limits) (*Doc, error) {
	root, err := parse(text, lim)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(defaultBase)
	if err != nil {
		return nil, &Error{"", "the default base does not parse"}
	}
	c := &compiler{
		lim: lim, root: root,
		nodes:     map[string]*node{},
		resources: map[string]string{defaultBase: ""},
		anchors:   map[string]string{},
		dynamic:   map[string][]string{},
		patterns:  map[string]pattern{},
		targets:   map[string]string{},
	}
	if err := c.readDialect(); err != nil {
		return nil, err
	}
	if err := c.walk("", root, base); err != nil {
		return nil, err
	}
	if err := c.resolve(); err != nil {
		return nil, err
	}
	if err := c.checkCycles(); err != nil {
		return nil, err
	}
	return c.emit(), nil
}

// parse reads the text into a tree that keeps numbers as they are written.
func parse(text []byte, lim Limits) (any, error) {
	if len(text) > lim.Bytes {
		return nil, &Error{"", fmt.Sprintf("the text has %d bytes, more than the %d allowed: split the schema", len(text), lim.Bytes)}
	}
	stats, err := jsontree.Scan(text, jsontree.Limits{Depth: lim.Depth, Nodes: lim.Nodes})
	if err != nil {
		return nil, parseError(err)
	}
	if stats.Duplicate != "" {
		return nil, &Error{stats.Duplicate, "the key is there twice: remove one"}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var root any
	if err := dec.Decode(&root); err != nil {
		return nil, &Error{"", "the text is not JSON"}
	}
	return root, nil
}

func parseError(err error) error {
	var limit *jsontree.LimitError
	if errors.As(err, &limit) {
		return &Error{"", "the text is beyond a limit: " + limit.Error()}
	}
	var syntax *jsontree.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{"", "the text is not JSON: " + syntax.Error()}
	}
	return &Error{"", "the text is not JSON"}
}

// readDialect looks at $schema at the root.
func (c *compiler) readDialect() error {
	object, ok := c.root.(map[string]any)
	if !ok {
		return nil
	}
	raw, ok := object["$schema"]
	if !ok {
		return nil
	}
	legacy, ok := dialect(raw)
	if !ok {
		return &Error{"/$schema", "the dialect is not known: use https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#"}
	}
	c.legacy = legacy
	return nil
}

func dialect(raw any) (legacy, ok bool) {
	name, _ := raw.(string)
	name = strings.TrimSuffix(name, "#")
	name = strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
	switch name {
	case "json-schema.org/draft/2020-12/schema":
		return false, true
	case "json-schema.org/draft-07/schema":
		return true, true
	}
	return false, false
}

// child gives the pointer of a member or item.
func child(pointer, token string) string {
	if strings.ContainsAny(token, "~/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
	}
	return pointer + "/" + token
}
