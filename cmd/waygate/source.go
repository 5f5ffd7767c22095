package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
)

// source is what a name stands for: an API document, or integrations of a catalogue.
type source struct {
	name string
	doc  *openapi.Document // nil: it is a catalogue
	list []waygate.Integration
}

// open reads an API document, a catalogue's file, or a directory of a catalogue.
func open(ctx context.Context, s streams, gw *waygate.Gateway, name string) (from source, err error) {
	from.name = name
	if base := filepath.Base(name); strings.TrimSuffix(base, filepath.Ext(base)) == "integration" {
		name = filepath.Dir(name) // whose other files have the actions
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		from.list, err = catalogue.Parse(gw, os.DirFS(name))
		return from, err
	}
	from.doc, err = loaded(ctx, s, name)
	if err == nil || name == "-" || !errors.Is(err, openapi.ErrMalformed) && !errors.Is(err, openapi.ErrVersion) {
		return from, err
	}
	from.doc = nil
	list, other := catalogue.Parse(gw, only{os.DirFS(filepath.Dir(name)), filepath.Base(name)})
	switch {
	case other != nil && errors.Is(other, catalogue.ErrEmpty), other == nil && len(list) != 1:
		return from, err
	case other != nil:
		return from, bothWays(err, other)
	}
	from.list = list
	return from, nil
}

// bothWays is why a file is neither an API document nor a catalogue. What it is by no means is said once.
func bothWays(asDocument, asCatalogue error) error {
	text := strings.TrimPrefix(asDocument.Error(), "openapi: ")
	if text == asCatalogue.Error() {
		return asCatalogue
	}
	return fmt.Errorf("as an API document: %s\nas a catalogue: %w", text, asCatalogue)
}

// whole is all of the one integration; a document's as o says.
func (f source) whole(ctx context.Context, s streams, o openapi.ImportOptions) (in waygate.Integration, err error) {
	if f.doc != nil {
		o.Progress = progress(s)
		res, err := f.doc.Import(ctx, o)
		if err != nil {
			return in, err
		}
		return res.Integration, nil
	}
	if len(f.list) != 1 {
		return in, fmt.Errorf("%s: the catalogue has %d integrations: name the file or directory of one of them", f.name, len(f.list))
	}
	return f.list[0], nil
}

// action gives the integration with that one action, and the action's id. Of a document no more is imported.
func (f source) action(ctx context.Context, name string, scheme auth.Scheme) (in waygate.Integration, id string, err error) {
	if f.doc != nil {
		return f.operation(ctx, name, scheme)
	}
	for _, in := range f.list {
		id := strings.TrimPrefix(name, in.ID+".")
		i := slices.IndexFunc(in.Actions, func(a waygate.Action) bool { return a.Info().ID == id })
		if i < 0 {
			continue
		}
		if in.Actions = in.Actions[i : i+1]; scheme != nil {
			in.Auth = scheme
		}
		return in, id, nil
	}
	var known []string
	for _, in := range f.list {
		for _, a := range in.Actions {
			known = append(known, a.Info().ID)
		}
	}
	return in, "", absent(f.name, name, known)
}

// operation imports the one operation of a document that a name stands for: the action's id, before which the integration's
// may stand, the operationId, or method and path.
func (f source) operation(ctx context.Context, name string, scheme auth.Scheme) (in waygate.Integration, id string, err error) {
	var known []string
	var found []openapi.Operation
	_, own, _ := strings.Cut(name, ".")
	for _, match := range []func(openapi.Operation) bool{
		func(op openapi.Operation) bool { return op.Action == name },
		func(op openapi.Operation) bool { return op.ID == name || stands(op, name) },
		func(op openapi.Operation) bool { return op.Action == own },
	} {
		for _, op := range f.doc.Operations() {
			if known = append(known, op.Action); match(op) {
				found = append(found, op)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	switch {
	case len(found) == 0:
		return in, "", absent(f.name, name, known)
	case len(found) > 1:
		return in, "", fmt.Errorf("%s: %d operations are called %q, %s and %s among them: write the action's id, or method and path",
			f.name, len(found), name, found[0].Action, found[1].Action)
	}
	res, err := f.doc.Import(ctx, openapi.ImportOptions{Auth: scheme, Strict: true,
		Select: func(op openapi.Operation) bool { return op.Action == found[0].Action }})
	if err != nil {
		return in, "", err
	}
	return res.Integration, found[0].Action, nil
}

// stands says whether a name is an operation's method and path.
func stands(op openapi.Operation, name string) bool {
	method, path, ok := strings.Cut(name, " ")
	return ok && strings.EqualFold(op.Method, method) && op.Path == path
}

// actionNames are the ids of the actions of a file or directory, for a shell to complete; none if it can't be read.
func actionNames(ctx context.Context, s streams, name string) (list []string) {
	gw, err := waygate.New(waygate.Config{Store: memory.New()}) // for reading
	if err != nil {
		return nil
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	from, err := open(ctx, s, gw, name)
	if err != nil {
		return nil
	}
	if from.doc != nil {
		for _, op := range from.doc.Operations() {
			list = append(list, op.Action+"\t"+op.Summary)
		}
	}
	for _, in := range from.list {
		for _, a := range in.Actions {
			list = append(list, a.Info().ID+"\t"+a.Info().Name)
		}
	}
	return list
}

// absent says what there is in the place of what isn't.
func absent(file, name string, known []string) error {
	const most = 5
	slices.Sort(known)
	known = slices.Compact(known)
	all := len(known)
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("_-./ ", r) })
	near := func(id string) int {
		return len(words) - len(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.Contains(id, w) }))
	}
	slices.SortStableFunc(known, func(a, b string) int { return near(b) - near(a) })
	return fmt.Errorf("%s has no action %q, but %d others, such as %s", file, name, all, strings.Join(known[:min(most, all)], ", "))
}

// only is a file system with one file.
type only struct {
	fs.FS
	name string
}

// ReadDir lists that file.
func (o only) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(o.FS, o.name)
	if err != nil || name != "." {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
