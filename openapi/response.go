package openapi

import (
	"bytes"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

// answer is one way in which an operation answers.
type answer struct {
	status string
	at     node
	types  []string // media types, in order
	schema []node   // one for each type, may be nothing
}

// response says what the answer is read as, and what it looks like.
func (d *draft) response() *fault {
	list := d.answers()
	if d.op.Method == "HEAD" {
		d.action.Response = waygate.ResponseEmpty
		return nil
	}
	good := slices.DeleteFunc(slices.Clone(list), func(a answer) bool { return a.status[0] != '2' })
	guessed := false
	if len(good) == 0 {
		guessed = true
		good = slices.DeleteFunc(slices.Clone(list), func(a answer) bool { return a.status != "default" })
	}
	if len(good) == 0 {
		d.note(NoteResponse, d.op.get("responses"), "no answer of success is declared: JSON is expected, of any form")
		return nil
	}
	if guessed {
		d.note(NoteResponse, good[0].at, "no answer of success is declared: the default one is taken for its media type alone")
		for i := range good {
			good[i].schema = make([]node, len(good[i].types))
		}
	}
	d.read(good)
	return nil
}

// answers lists what is declared, in the order of the statuses.
func (d *draft) answers() []answer {
	if d.answered == nil {
		d.answered = append([]answer{}, d.listAnswers()...)
	}
	return d.answered
}

func (d *draft) listAnswers() []answer {
	var list []answer
	for _, m := range d.op.get("responses").members() {
		status := strings.ToLower(m.name)
		if status == "" || strings.HasPrefix(status, "x-") {
			continue
		}
		n, ok := d.im.d.deref(m.node)
		if !ok {
			d.note(NoteReference, m.node, "the answer refers to something that isn't there: nothing is known of it")
			n = node{f: m.f, raw: []byte("{}"), pointer: m.pointer}
		}
		a := answer{status: status, at: n}
		if d.im.d.version == v20 {
			if schema := n.get("schema"); schema.exists() {
				for _, t := range d.mediaTypes("produces") {
					a.types, a.schema = append(a.types, t), append(a.schema, schema)
				}
				if len(a.types) == 0 {
					a.types, a.schema = []string{"application/json"}, []node{schema}
				}
			}
		} else {
			for _, c := range n.get("content").members() {
				media := c.node
				if to, ok := d.im.d.deref(media); ok {
					media = to
				}
				a.types, a.schema = append(a.types, c.name), append(a.schema, media.get("schema"))
			}
		}
		list = append(list, a)
	}
	slices.SortStableFunc(list, func(a, b answer) int { return strings.Compare(a.status, b.status) })
	return list
}

// responseOrder is what is taken where the host has no wish.
func responseOrder() []class {
	return []class{jsonClass, anyClass, textClass, bytesClass, streamClass, xmlClass, formClass, multipartClass, oddClass}
}

// read settles the kind by the first answer that has content.
func (d *draft) read(good []answer) {
	i := slices.IndexFunc(good, func(a answer) bool { return len(a.types) > 0 })
	if i < 0 {
		d.action.Response = waygate.ResponseEmpty
		if good[0].status != "204" && good[0].status != "205" {
			d.note(NoteResponse, good[0].at, "no content is declared: the body of the answer isn't looked at")
		}
		return
	}
	first := good[i]
	pick := d.im.choose(first.types, responseOrder())
	if len(first.types) > 1 {
		d.note(NoteMediaType, first.at, "the answer is read as "+first.types[pick]+", one of "+cut(strings.Join(first.types, ", "), 200))
	}
	mediaType := first.types[pick]
	kind := d.kind(mediaType, first, pick)
	if kind != waygate.ResponseJSON {
		d.action.Response = kind
	}
	d.accept(mediaType, kind)
	if kind == waygate.ResponseJSON {
		d.output(good, mediaType)
	}
}

// kind is what a media type is read as.
func (d *draft) kind(mediaType string, a answer, pick int) waygate.ResponseKind {
	c := classOf(mediaType)
	schema, ok := d.im.d.deref(a.schema[pick])
	file := ok && (schema.text("type") == "file" || schema.text("format") == "binary")
	switch {
	case file && c != textClass && c != xmlClass:
		return waygate.ResponseBytes
	case c == jsonClass:
		return waygate.ResponseJSON
	case c == anyClass:
		d.note(NoteResponse, a.at, "the answer may have any type: JSON is expected")
		return waygate.ResponseJSON
	case c == textClass:
		return waygate.ResponseText
	case c == xmlClass:
		d.note(NoteResponse, a.at, "the answer is XML: it is read as text")
		return waygate.ResponseText
	case c == streamClass:
		d.note(NoteResponse, a.at, "the answer is a stream: it is passed on as it comes")
		return waygate.ResponseStream
	case c == formClass:
		return waygate.ResponseText
	}
	return waygate.ResponseBytes
}

// accept asks for the media type that was chosen, where the gateway wouldn't by itself.
func (d *draft) accept(mediaType string, kind waygate.ResponseKind) {
	switch {
	case kind == waygate.ResponseJSON && bareType(mediaType) == "application/json":
	case classOf(mediaType) == anyClass, !isMediaType(mediaType):
	default:
		d.action.Headers = map[string]string{"Accept": bareType(mediaType)}
	}
}

// output is the schema of all answers of success that have the media type.
func (d *draft) output(good []answer, mediaType string) {
	var forms []*form
	for _, a := range good {
		i := slices.IndexFunc(a.types, func(t string) bool { return bareType(t) == bareType(mediaType) })
		if i < 0 {
			if len(a.types) > 0 {
				d.note(NoteResponse, a.at, "one answer of success has another media type than the others: the form of none is checked")
				return
			}
			forms = append(forms, &form{text: []byte(`{"type":"null"}`)})
			continue
		}
		if !a.schema[i].exists() {
			return
		}
		f := d.im.d.schemas.build(a.schema[i], received, buildOptions{})
		if !slices.ContainsFunc(forms, func(x *form) bool { return bytes.Equal(x.text, f.text) }) {
			forms = append(forms, f)
		}
	}
	if len(forms) == 1 {
		if t := string(forms[0].text); t != "{}" && t != "true" {
			d.action.OutputSchema = d.closed(forms[0], received)
		}
		return
	}
	d.action.OutputSchema = d.closed(anyForm(forms), received)
}

// anyForm is a schema that takes what one of several takes.
func anyForm(forms []*form) *form {
	whole := &form{text: []byte(`{"anyOf":[`)}
	for i, f := range forms {
		if i > 0 {
			whole.text = append(whole.text, ',')
		}
		whole.text = append(whole.text, f.text...)
		whole.add(f)
	}
	whole.text = append(whole.text, `]}`...)
	whole.again = func(t trim) *form {
		less := slices.Clone(forms)
		for i := range less {
			less[i] = less[i].trimmed(t)
		}
		return anyForm(less)
	}
	return whole
}
