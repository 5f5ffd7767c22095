package openapi

import (
	"strings"

	"github.com/waygate-go/waygate"
)

// formStyles says how the members of a form are written: as their encoding says, else arrays repeat their name and
// objects are JSON (OpenAPI 3.0.3, section 4.7.14.4).
func (d *draft) formStyles(media node) {
	s := d.body.spread
	if s == nil {
		d.encodingLost(media)
		return
	}
	for i := range s.fields {
		f := &s.fields[i]
		enc := media.get("encoding").get(f.name)
		switch {
		case isJSONType(enc.text("contentType")) && enc.text("contentType") != "":
			f.style = waygate.StyleJSON
		case enc.text("style") == string(waygate.StyleDeepObject):
			// what a form does by itself
		case enc.text("style") != "" || enc.flag("explode") != nil:
			if f.style, f.explode = d.style(enc, waygate.InQuery, f.shape); f.style == "" && f.shape != scalarShape {
				f.style = waygate.StyleForm
			}
		case f.shape == arrayShape && !d.im.holdsObjects(f.at):
			f.style = waygate.StyleForm
		case f.shape == objectShape:
			f.style = waygate.StyleJSON
			d.note(NoteBodyForm, f.at, "the form doesn't say how an object is written: it is JSON")
		case f.shape&^scalarShape != 0:
			d.note(NoteBodyForm, f.at, "the form doesn't say how nested values are written: as a[b]=c and a[0][b]=c")
		}
	}
}

// encodingLost tells of an encoding that is for members which aren't known.
func (d *draft) encodingLost(media node) {
	if n := media.get("encoding"); n.exists() {
		d.note(NoteBodyForm, n, "the schema of the form is no plain object: what the document says of how members are written isn't read")
	}
}

// holdsObjects says whether the items of an array are objects or arrays.
func (im *importer) holdsObjects(n node) bool {
	n, ok := im.d.deref(n)
	return !ok || im.shape(n.get("items"), 0)&^scalarShape != 0
}

// partTypes are the media types that the parts of a multipart body are to have.
func (d *draft) partTypes(media node) {
	s := d.body.spread
	for _, m := range media.get("encoding").members() {
		if m.get("headers").exists() {
			d.note(NoteBodyForm, m.node, "headers of a part aren't sent, but for those that its media type and file name make")
		}
	}
	if s == nil {
		d.encodingLost(media)
		return
	}
	for i := range s.fields {
		t := media.get("encoding").get(s.fields[i].name).text("contentType")
		if enc := media.get("encoding").get(s.fields[i].name); d.im.d.version != v30 && (enc.text("style") != "" || enc.flag("explode") != nil) &&
			s.fields[i].shape != scalarShape {
			d.note(NoteStyle, enc, "the style of a part isn't followed: a list is parts of one name, an object is JSON")
		}
		if t != "" && !strings.Contains(t, ",") && isMediaType(t) {
			s.fields[i].typ = t
		}
	}
}
