package openapi

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Operation is one operation of a document, as it is listed.
type Operation struct {
	// Method is in capitals, Path as the document has it.
	Method string `json:"method"`
	Path   string `json:"path"`
	// ID is the document's operationId; it may be empty, or not be unique.
	ID string `json:"operation_id,omitempty"`
	// Action is the id that the action gets, unique in the document: see [ActionName].
	Action     string   `json:"action"`
	Summary    string   `json:"summary,omitempty"`    // as the document has it
	Tags       []string `json:"tags,omitempty"`       // as the document has them
	Deprecated bool     `json:"deprecated,omitempty"` // as the document says
	// Pointer is the place in the document (RFC 6901), Line the line, counted from 1.
	Pointer string `json:"pointer"`
	Line    int    `json:"line"`
}

// operation is an Operation with where its parts stand.
type operation struct {
	Operation
	node
	item  node // the path item
	parts map[string]node
}

// get gives a member, as node's does; the members are listed once.
func (op *operation) get(name string) node {
	if op.parts == nil {
		op.parts = map[string]node{}
		for _, m := range op.node.members() {
			if _, twice := op.parts[m.name]; !twice && m.kind() != 'n' {
				op.parts[m.name] = m.node
			}
		}
	}
	return op.parts[name]
}

// methods are the members of a path item that are operations.
func methods() []string {
	return []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}
}

// Operations lists the operations in the order of the document. It looks at no schema, and is cheap.
func (d *Document) Operations() []Operation {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.countLines()
	out := make([]Operation, len(d.ops))
	for i, op := range d.ops {
		out[i] = op.Operation
		out[i].Tags = slices.Clone(op.Tags)
	}
	return out
}

// countLines finds the lines of the operations, once.
func (d *Document) countLines() {
	if d.lines {
		return
	}
	d.lines = true
	for _, op := range d.ops {
		op.Line = op.node.line()
	}
}

// list finds the operations.
func (d *Document) list(ctx context.Context, opts Options) error {
	for _, item := range d.root.get("paths").members() {
		if strings.HasPrefix(item.name, "x-") {
			continue
		}
		if err := ctx.Err(); err != nil {
			return &Error{Source: d.root.f.name, Reason: "the context has ended", Err: err}
		}
		d.listItem(item.name, item.node)
		if len(d.ops) > opts.MaxOperations {
			return &Error{Source: d.root.f.name, Reason: fmt.Sprintf("has more than %d operations: raise Options.MaxOperations", opts.MaxOperations), Err: ErrLimit}
		}
	}
	d.name()
	return nil
}

func (d *Document) listItem(path string, item node) {
	if to, ok := d.deref(item); ok {
		item = to
	}
	for _, m := range item.members() {
		method := strings.ToLower(m.name)
		switch {
		case slices.Contains(methods(), method) && (method != "query" || d.version == v32):
			d.add(strings.ToUpper(method), path, m.node, item)
		case m.name == "additionalOperations" && d.version == v32:
			for _, x := range m.members() {
				d.add(x.name, path, x.node, item)
			}
		}
	}
}

func (d *Document) add(method, path string, n, item node) {
	op := &operation{node: n, item: item, Operation: Operation{
		Method: method, Path: path, ID: n.text("operationId"), Summary: n.text("summary"),
		Tags: n.texts("tags"), Deprecated: n.is("deprecated"), Pointer: n.pointer,
	}}
	d.ops = append(d.ops, op)
}
