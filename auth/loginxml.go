package auth

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/template"
)

// The limits of an XML answer.
const (
	maxXMLDepth = 128
	maxXMLNodes = 100_000 // elements and attributes
)

// xmlText is the member that has the text of an element which has attributes too.
const xmlText = "#text"

// element is one that is being read.
type element struct {
	name    string
	members map[string]any
	text    strings.Builder
}

// parseXML makes a tree of a document: an element is the text in it, or an object of its children and "@attributes";
// children of the same name are a list. The root is the one member of the whole. Entities are not expanded beyond those
// of XML itself, and a document with a DOCTYPE is none.
func parseXML(body []byte) (any, bool) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) {
		if !utf8.Valid(body) {
			return nil, errXML
		}
		return in, nil // what says otherwise, and is UTF-8 anyway
	}
	stack := []*element{{members: map[string]any{}}}
	for nodes := 0; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return stack[0].members, len(stack) == 1 && len(stack[0].members) == 1
		}
		if err != nil {
			return nil, false
		}
		switch t := token.(type) {
		case xml.StartElement:
			if nodes += 1 + len(t.Attr); nodes > maxXMLNodes || len(stack) > maxXMLDepth {
				return nil, false
			}
			stack = append(stack, begun(t))
		case xml.EndElement:
			last := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].add(last.name, last.value())
		case xml.CharData:
			stack[len(stack)-1].text.Write(t)
		case xml.Directive:
			return nil, false
		}
	}
}

var errXML = errors.New("auth: not UTF-8")

func begun(t xml.StartElement) *element {
	e := &element{name: t.Name.Local, members: map[string]any{}}
	for _, a := range t.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			e.members["@"+a.Name.Local] = a.Value
		}
	}
	return e
}

func (e *element) add(name string, v any) {
	switch before := e.members[name].(type) {
	case nil:
		e.members[name] = v
	case []any:
		e.members[name] = append(before, v)
	default:
		e.members[name] = []any{before, v}
	}
}

// value is what an element is in the tree.
func (e *element) value() any {
	text := strings.TrimSpace(e.text.String())
	if len(e.members) == 0 {
		return text
	}
	if text != "" {
		e.members[xmlText] = text
	}
	return e.members
}

// plainXML gives the text of an element that has attributes too; anything else as it is.
func plainXML(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	text, ok := m[xmlText].(string)
	for name := range m {
		ok = ok && (name == xmlText || name[0] == '@')
	}
	if !ok {
		return v
	}
	return text
}

// xmlMark stands for each value while the template of a document is checked.
const xmlMark = "wgvalue4711"

// xmlFault says what is wrong with the template of a document, "" if nothing is.
func xmlFault(src string) string {
	if strings.Contains(src, "<!") || strings.Contains(src, xmlMark) {
		return "has a comment, CDATA or a DOCTYPE, in which no value is safe; leave it out"
	}
	f := filler{env: probing(), lookup: func(string) (string, bool) { return xmlMark, true }}
	filled, err := f.fill("", loginText{src: src, place: template.XML})
	if err != nil {
		return "" // which is told of as a template
	}
	dec, found := xml.NewDecoder(strings.NewReader(filled)), 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "is no XML: give one document in which every element is closed"
		}
		switch t := token.(type) {
		case xml.CharData:
			found += bytes.Count(t, []byte(xmlMark))
		case xml.StartElement:
			for _, a := range t.Attr {
				found += strings.Count(a.Value, xmlMark)
			}
		}
	}
	if found != strings.Count(filled, xmlMark) {
		return "has a value where a name stands; values can stand in text and in attributes alone"
	}
	return ""
}
