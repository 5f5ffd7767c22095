package openapi

import (
	"net/url"
	"strings"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// maxHops bounds a chain of references to one value.
const maxHops = 32

// target is where a reference leads.
type target struct {
	file    string // as it was named: "" for the same document
	pointer string
}

// parseRef reads a reference with a JSON pointer as its fragment (RFC 6901, section 6).
func parseRef(ref string) (t target, ok bool) {
	name, fragment, _ := strings.Cut(ref, "#")
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		pointer = fragment // a % that escapes nothing
	}
	if pointer != "" && pointer[0] != '/' {
		return t, false // an anchor, see identifiedBy
	}
	return target{name, pointer}, true
}

// resolve finds what a reference means that stands in from. Names that schemas give themselves come first, where there are
// any, and pointers from the file's root after them, which is what most documents mean also within a schema with a name.
func (d *Document) resolve(from node, ref string) (node, bool) {
	if d.identifies {
		if n, ok := d.identifiedBy(from, ref); ok {
			return n, true
		}
	}
	f := from.f
	t, ok := parseRef(ref)
	if !ok {
		return node{}, false
	}
	to := f
	if t.file != "" {
		if to = d.files[absolute(f.name, t.file)]; to == nil {
			return node{}, false
		}
	}
	raw := to.at(t.pointer)
	if raw == nil {
		return node{}, false
	}
	return node{to, raw, t.pointer}, true
}

// absolute resolves a document's name against that of another.
func absolute(base, name string) string {
	b, err := url.Parse(base)
	if err != nil {
		return name
	}
	u, err := b.Parse(name)
	if err != nil {
		return name
	}
	u.Fragment = ""
	return u.String()
}

// deref follows references until something else stands there. What the last one says beside $ref is lost, which is
// right for everything but schemas. ok is false if a reference leads nowhere, or in a circle.
func (d *Document) deref(n node) (node, bool) {
	for range maxHops {
		ref, is := rawjson.Text(n.member("$ref"))
		if !is {
			return n, true
		}
		next, ok := d.resolve(n, ref)
		if !ok {
			return n, false
		}
		n = next
	}
	return n, false
}
