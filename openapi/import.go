package openapi

import (
	"cmp"
	"context"

	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

// Result is what an import made.
type Result struct {
	// Integration is ready for [waygate.Gateway.Register], and can be changed before.
	Integration waygate.Integration `json:"integration"`
	Report      Report              `json:"report"` // what was imported, skipped and guessed
}

// importer is one import while it lasts.
type importer struct {
	d       *Document
	o       ImportOptions
	report  Report
	actions []waygate.Action
	usedIn  [2]map[*def]bool // schemas that got into an action, whose notes are told
	server  server
	auth    *security
	// closed are schemas with their $defs, by direction and root: many operations answer the same.
	closed [2]map[string]closure
}

// fault is why an operation is skipped.
type fault struct {
	code   Code
	at     node
	detail string
}

// Import makes an integration of the document. ctx ends it. An operation that can't be imported is skipped, and the
// Report says why; the error is an option that can't be used, or the first skip if Strict is set, always an [*Error].
//
// The same document and options give the same integration. What is left open by the document is decided by rules that
// the package documentation names, and each time told in a [Note].
func (d *Document) Import(ctx context.Context, o ImportOptions) (*Result, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.countLines()
	im := &importer{d: d, o: o.withDefaults(), usedIn: [2]map[*def]bool{{}, {}},
		closed: [2]map[string]closure{{}, {}}}
	im.report = Report{Source: d.root.f.name, Title: d.Title(), Version: d.Version(), Format: d.Format(), Total: len(d.ops)}
	if err := im.readServer(); err != nil {
		return nil, err
	}
	im.auth = im.readSecurity()
	if err := im.all(ctx); err != nil {
		return nil, err
	}
	im.schemaNotes()
	in := im.integration()
	im.sortNotes()
	return &Result{Integration: in, Report: im.report}, nil
}

// all imports the operations that are selected.
func (im *importer) all(ctx context.Context) error {
	names := map[string]bool{}
	for i, op := range im.d.ops {
		if err := ctx.Err(); err != nil {
			return &Error{Source: im.d.root.f.name, Reason: "the context has ended", Err: err}
		}
		if im.o.Progress != nil && i%100 == 0 && i > 0 {
			im.o.Progress(i, len(im.d.ops))
		}
		shown := op.Operation
		shown.Tags = slices.Clone(op.Tags)
		if im.o.Select != nil && !im.o.Select(shown) {
			im.report.Filtered++
			continue
		}
		id, err := im.id(shown, names)
		if err != nil {
			return err
		}
		a, notes, bad := im.one(op, id)
		if bad == nil && len(im.actions) >= im.o.MaxActions {
			bad = &fault{SkipLimit, op.node, "beyond ImportOptions.MaxActions: select fewer, or raise it"}
		}
		if bad != nil {
			if err := im.skip(op, *bad); err != nil {
				return err
			}
			continue
		}
		im.actions = append(im.actions, a)
		im.report.Notes = append(im.report.Notes, notes...)
		im.report.Imported++
	}
	if im.o.Progress != nil {
		im.o.Progress(len(im.d.ops), len(im.d.ops))
	}
	return nil
}

// isName says whether an integration or an action can be called so.
func isName(id string) bool {
	return id != "" && len(id) <= maxName && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") == "" && !strings.Contains(id, "__") &&
		strings.Trim(id, "_") == id && !strings.HasPrefix(id, "-")
}

// id is the action's, the host's own if it has one.
func (im *importer) id(op Operation, names map[string]bool) (string, error) {
	if im.o.Name == nil {
		return op.Action, nil
	}
	id := im.o.Name(op)
	if id == "" {
		id = op.Action
	}
	if !isName(id) {
		return "", optionError("Name", "%s %s: %.60q: want 1 to 40 bytes of a-z, 0-9, - and single _, beginning with a letter or digit", op.Method, op.Path, id)
	}
	if names[id] {
		return "", optionError("Name", "%s %s: %q is another operation's name", op.Method, op.Path, id)
	}
	names[id] = true
	return id, nil
}

func (im *importer) skip(op *operation, bad fault) error {
	if !bad.at.exists() {
		bad.at = op.node
	}
	s := Skip{Method: op.Method, Path: op.Path, OperationID: op.ID, Pointer: bad.at.pointer, Line: bad.at.line(), Code: bad.code, Detail: bad.detail}
	im.report.Skipped++
	im.report.Skips = append(im.report.Skips, s)
	if im.o.Strict {
		return &Error{Source: bad.at.f.name, Line: s.Line, Pointer: s.Pointer,
			Reason: s.Method + " " + s.Path + ": " + string(s.Code) + ": " + s.Detail, Err: ErrStrict}
	}
	return nil
}

// note is about the document as a whole.
func (im *importer) note(code Code, at node, detail string) {
	im.report.Notes = append(im.report.Notes, Note{Pointer: at.pointer, Line: at.line(), Code: code, Detail: detail})
}

// schemaNotes tells what was done to the schemas that are in use.
func (im *importer) schemaNotes() {
	for dir := range im.usedIn {
		for d := range im.usedIn[dir] {
			for _, n := range d.notes(direction(dir)) {
				if dir == int(received) && im.usedIn[sent][d] && slices.Contains(d.notes(sent), n) {
					continue
				}
				im.report.Notes = append(im.report.Notes, n)
			}
		}
	}
}

// sortNotes puts the document's first, then the operations' in their order.
func (im *importer) sortNotes() {
	order := make(map[string]int, len(im.d.ops))
	for i, op := range im.d.ops {
		order[op.Method+" "+op.Path] = i + 1
	}
	slices.SortStableFunc(im.report.Notes, func(a, b Note) int {
		if d := order[a.Method+" "+a.Path] - order[b.Method+" "+b.Path]; d != 0 {
			return d
		}
		if a.Method != "" {
			return 0
		}
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(string(a.Code), string(b.Code)), strings.Compare(a.Detail, b.Detail))
	})
}

// integration puts everything together.
func (im *importer) integration() waygate.Integration {
	id := im.o.ID
	if id == "" {
		id = ActionName(im.report.Title, "", im.report.Title)
	}
	in := waygate.Integration{
		ID: id, Name: cut(im.report.Title, 200), Description: cut(im.d.root.get("info").text("description"), maxDescription),
		DocsURL: im.d.root.get("externalDocs").text("url"),
		BaseURL: im.server.base, Parameters: im.server.parameters, Actions: im.actions,
	}
	in.Auth = im.auth.whole(im)
	if info := im.d.root.get("info"); in.Description != strings.TrimSpace(info.text("description")) || in.Name != strings.TrimSpace(im.report.Title) {
		im.note(NoteText, info, "the title was cut to 200 bytes, or the description to 2000")
	}
	return in
}
