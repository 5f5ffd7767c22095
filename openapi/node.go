package openapi

import (
	"encoding/json"
	"strconv"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// node is a value of a document, with its place.
type node struct {
	f       *file
	raw     []byte // nil: there is none
	pointer string
}

func (n node) exists() bool { return n.raw != nil }

func (n node) kind() byte { return rawjson.Kind(n.raw) }

func (n node) line() int {
	if n.f == nil {
		return 0
	}
	return n.f.line(n.raw, n.pointer)
}

// member gives a member's text; nil if there is none. Where the object is long, its members are listed once: most are looked
// for and aren't there.
func (n node) member(name string) []byte {
	if len(n.raw) < longObject {
		return rawjson.Get(n.raw, name)
	}
	for _, m := range n.f.list(n.raw) {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// get gives a member; one that is null counts as absent.
func (n node) get(name string) node {
	v := n.member(name)
	if v == nil || rawjson.Kind(v) == 'n' {
		return node{}
	}
	return node{n.f, v, n.pointer + "/" + rawjson.Escape(name)}
}

// text gives a member that is a string; else "".
func (n node) text(name string) string {
	t, _ := rawjson.Text(n.member(name))
	return t
}

func (n node) is(name string) bool { return rawjson.True(n.member(name)) }

// flag gives a member that is a boolean; nil if it is none.
func (n node) flag(name string) *bool {
	switch rawjson.Kind(n.member(name)) {
	case 't':
		yes := true
		return &yes
	case 'f':
		no := false
		return &no
	}
	return nil
}

type namedNode struct {
	name string
	node
}

func (n node) members() []namedNode {
	list := n.f.list(n.raw)
	out := make([]namedNode, len(list))
	for i, m := range list {
		out[i] = namedNode{m.Name, node{n.f, m.Value, n.pointer + "/" + rawjson.Escape(m.Name)}}
	}
	return out
}

func (n node) items() []node {
	list := rawjson.Array(n.raw)
	out := make([]node, len(list))
	for i, v := range list {
		out[i] = node{n.f, v, n.pointer + "/" + strconv.Itoa(i)}
	}
	return out
}

// texts are the strings of a member that is an array.
func (n node) texts(name string) []string {
	var out []string
	for _, v := range rawjson.Array(n.member(name)) {
		if t, ok := rawjson.Text(v); ok {
			out = append(out, t)
		}
	}
	return out
}

// scalar is a string, or a number or boolean as it is written.
func scalar(v []byte) (string, bool) {
	switch rawjson.Kind(v) {
	case '"':
		return rawjson.Text(v)
	case '0', 't', 'f':
		return string(v), true
	}
	return "", false
}

// jsonText writes a string as JSON, without escaping what HTML minds.
func jsonText(s string) []byte {
	if plain(s) {
		return append(append(append(make([]byte, 0, len(s)+2), '"'), s...), '"')
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`)
	}
	return raw
}

// plain says whether a string is written as it is. The rest is left to encoding/json.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c >= 0x7f, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
