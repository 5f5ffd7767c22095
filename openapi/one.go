package openapi

import (
	"strings"
	"unicode/utf8"

	"github.com/waygate-go/waygate"
)

// maxDescription is the longest description, in bytes.
const maxDescription = 2000

// draft is an action in the making.
type draft struct {
	im     *importer
	op     *operation
	action waygate.HTTPAction
	notes  []Note
	vars   []variable  // of the path
	params []parameter // in order: path, query, header, cookie
	body   *body
	// answered are the answers, listed once.
	answered []answer
}

// one makes an action of an operation.
func (im *importer) one(op *operation, id string) (waygate.HTTPAction, []Note, *fault) {
	d := &draft{im: im, op: op}
	if op.kind() != '{' {
		return d.action, nil, &fault{SkipMalformed, op.node, "an operation must be an object"}
	}
	d.action = waygate.HTTPAction{
		ID: id, Method: op.Method, Deprecated: op.Deprecated, Name: cut(op.Summary, 200),
		Effects: waygate.Effects{Destructive: op.Method == "DELETE"},
	}
	for _, step := range []func() *fault{d.method, d.path, d.server, d.parameters, d.readBody, d.input, d.response, d.security, d.check} {
		if bad := step(); bad != nil {
			return d.action, nil, bad
		}
	}
	d.texts()
	d.pages()
	return d.action, d.notes, nil
}

func (d *draft) note(code Code, at node, detail string) {
	if !at.exists() {
		at = d.op.node
	}
	d.notes = append(d.notes, Note{Method: d.op.Method, Path: d.op.Path, Action: d.action.ID, Pointer: at.pointer, Line: at.line(), Code: code, Detail: detail})
}

func (d *draft) method() *fault {
	switch d.op.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return nil
	}
	return &fault{SkipMethod, d.op.node, "the method can't be sent: only GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS can"}
}

// texts are for people, and for listing.
func (d *draft) texts() {
	a := &d.action
	text := d.op.text("description")
	if text == "" {
		text = d.op.Summary
	}
	if a.Description = cut(text, maxDescription); a.Description != text {
		d.note(NoteText, d.op.node, "the description was cut to 2000 bytes")
	}
	for _, t := range d.op.Tags {
		tag := strings.Trim(strings.ReplaceAll(slug(t), "_", "-"), "-")
		if len(tag) > 30 {
			tag = strings.Trim(tag[:30], "-")
		}
		if len(tag) < 2 || len(a.Tags) == 10 {
			d.note(NoteText, d.op.node, "a tag can't be kept: it has 2 to 30 letters and digits, and there are at most ten")
			continue
		}
		if !contains(a.Tags, tag) {
			a.Tags = append(a.Tags, tag)
		}
	}
	if d.op.ID != "" && d.op.ID != a.ID {
		a.Metadata = map[string]string{"operation_id": cut(d.op.ID, 200)}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// cut shortens a text to at most most bytes, between characters.
func cut(s string, most int) string {
	s = strings.TrimSpace(s)
	if len(s) <= most {
		return s
	}
	const more = "…"
	s = s[:most-len(more)]
	for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) {
		s = s[:len(s)-1]
	}
	return s + more
}
