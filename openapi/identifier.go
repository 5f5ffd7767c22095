package openapi

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// identifiers are the names that schemas of a file give themselves (JSON Schema 2020-12, core, section 8.2).
type identifiers struct {
	bases     []base          // each $id, those that stand around others before them
	resources map[string]node // by the URI that an $id makes
	anchors   map[string]node // by URI#name; one without text is there twice
	bare      map[string]node // by name alone; one without text is there twice
}

// base is an $id, with the URI that it makes, and the place of its schema.
type base struct{ pointer, uri string }

// identified reads the names, once.
func (f *file) identified() *identifiers {
	if f.names != nil {
		return f.names
	}
	f.names = &identifiers{resources: map[string]node{}, anchors: map[string]node{}, bare: map[string]node{}}
	if f.identifies() {
		f.names.read(node{f: f, raw: f.raw}, absolute(f.name, ""))
	}
	return f.names
}

// identifies says whether a file may have such names.
func (f *file) identifies() bool {
	for _, word := range []string{`"$id"`, `"$anchor"`, `"$dynamicAnchor"`, `"$self"`} {
		if bytes.Contains(f.raw, []byte(word)) {
			return true
		}
	}
	return false
}

func (x *identifiers) read(n node, uri string) {
	switch n.kind() {
	case '[':
		for i, v := range rawjson.Array(n.raw) {
			x.read(node{n.f, v, n.pointer + "/" + strconv.Itoa(i)}, uri)
		}
	case '{':
		id := n.text("$id")
		if n.pointer == "" && id == "" {
			id = n.text("$self") // of a document (OpenAPI 3.2, section 4.1.2)
		}
		if id != "" {
			uri = absolute(uri, id)
			x.bases = append(x.bases, base{n.pointer, uri})
			if _, twice := x.resources[uri]; !twice {
				x.resources[uri] = n
			}
		}
		for _, word := range []string{"$anchor", "$dynamicAnchor"} {
			if name := n.text(word); name != "" {
				x.anchor(uri, name, n)
			}
		}
		for _, m := range n.members() {
			x.read(m.node, uri)
		}
	}
}

func (x *identifiers) anchor(uri, name string, n node) {
	if known, twice := x.anchors[uri+"#"+name]; twice && known.pointer != n.pointer {
		x.anchors[uri+"#"+name] = node{}
	} else {
		x.anchors[uri+"#"+name] = n
	}
	if known, twice := x.bare[name]; twice && known.pointer != n.pointer {
		n = node{}
	}
	x.bare[name] = n
}

// base is the URI that references at a place are relative to, by the nearest $id around it. own is false if that is the file's.
func (f *file) base(pointer string) (uri string, own bool) {
	uri = absolute(f.name, "")
	for _, b := range f.identified().bases {
		if pointer == b.pointer || strings.HasPrefix(pointer, b.pointer+"/") {
			uri, own = b.uri, true
		}
	}
	return uri, own
}

// identifiedBy finds what a reference means by the names that schemas give themselves. ok is false if none has such a name.
func (d *Document) identifiedBy(from node, ref string) (found node, ok bool) {
	name, fragment, _ := strings.Cut(ref, "#")
	if text, err := url.PathUnescape(fragment); err == nil {
		fragment = text
	}
	uri, own := from.f.base(from.pointer)
	bases := []string{uri}
	if file := absolute(from.f.name, ""); file != uri { // where the text itself was found counts, too
		bases = append(bases, file)
	}
	isAnchor := fragment != "" && fragment[0] != '/'
	for _, uri := range bases {
		if name != "" {
			uri = absolute(uri, name)
		}
		for _, f := range d.order {
			x := f.identified()
			if n, ok := x.anchors[uri+"#"+fragment]; isAnchor && ok {
				return n, n.exists()
			}
			if n, ok := x.resources[uri]; ok && !isAnchor && (own || name != "") {
				if below, ok := n.below(fragment); ok {
					return below, true
				}
			}
		}
	}
	if n := from.f.identified().bare[fragment]; isAnchor && name == "" && n.exists() {
		return n, true
	}
	return node{}, false
}

// below follows a JSON pointer from a node.
func (n node) below(pointer string) (node, bool) {
	raw := []byte(nil)
	if n.pointer == "" {
		raw = n.f.at(pointer)
	} else {
		raw = rawjson.At(n.raw, pointer)
	}
	return node{n.f, raw, n.pointer + pointer}, raw != nil
}
