package main

import (
	"bytes"
	"context"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// list adds the lines of the packages of the module in dir. What it reads is what the compiler wrote down for importers,
// so that it is quick once the module is built.
func list(ctx context.Context, dir string, lists map[string][]string) error {
	exports, own, err := exportData(ctx, dir)
	if err != nil {
		return err
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	from := importer.ForCompiler(token.NewFileSet(), "gc", lookup)
	for _, path := range own {
		p, err := from.Import(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if lines := packageLines(p); len(lines) > 0 {
			lists[strings.ReplaceAll(short(path), "/", "_")+".txt"] = lines
		}
	}
	return nil
}

// short is a package's path without what all of ours begin with.
func short(path string) string {
	if rest, ok := strings.CutPrefix(path, ours+"waygate/"); ok {
		return rest
	}
	return strings.TrimPrefix(path, ours)
}

// ours is what the paths of our modules begin with.
const ours = "github.com/waygate-go/"

// exportData builds the module, and gives the files for importers by package path, and the packages that others import:
// those that users can, and those below internal of another module of ours, whose version a user may raise alone.
func exportData(ctx context.Context, dir string) (exports map[string]string, own []string, err error) {
	const format = "{{if .Export}}{{.ImportPath}}\t{{.Export}}\t{{.Name}}\t{{.DepOnly}}\t{{range .Imports}} {{.}}{{end}}{{end}}"
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-f", format, "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "PWD="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list in %s: %w: %s", dir, err, bytes.TrimSpace(stderr.Bytes()))
	}
	exports = map[string]string{}
	inside := map[string]bool{}
	var imported []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		path := fields[0]
		exports[path] = fields[1]
		if fields[3] == "true" { // somebody else's
			continue
		}
		inside[path] = true
		imported = append(imported, strings.Fields(fields[4])...)
		if fields[2] != "main" && !isInternal(path) {
			own = append(own, path)
		}
	}
	for _, path := range imported {
		if isInternal(path) && strings.HasPrefix(path, ours) && !inside[path] && !slices.Contains(own, path) {
			own = append(own, path)
		}
	}
	return exports, own, nil
}

func isInternal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }

// packageLines are the lines of one package, sorted.
func packageLines(p *types.Package) []string {
	l := &lister{pkg: p}
	for _, name := range p.Scope().Names() {
		if o := p.Scope().Lookup(name); o.Exported() {
			l.object(o)
		}
	}
	slices.Sort(l.lines)
	return l.lines
}

// lister writes the lines of a package.
type lister struct {
	pkg   *types.Package
	lines []string
}

func (l *lister) add(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *lister) object(o types.Object) {
	switch o := o.(type) {
	case *types.Const:
		l.add("const %s %s = %s", o.Name(), l.text(o.Type()), o.Val().ExactString())
	case *types.Var:
		l.add("var %s %s", o.Name(), l.text(o.Type()))
	case *types.Func:
		l.add("func %s%s", o.Name(), l.signature(o.Signature()))
	case *types.TypeName:
		l.typeName(o)
	}
}

func (l *lister) typeName(o *types.TypeName) {
	if alias, ok := o.Type().(*types.Alias); ok {
		l.add("type %s = %s", o.Name()+l.typeParameters(alias.TypeParams()), l.text(alias.Rhs()))
		return
	}
	named, ok := o.Type().(*types.Named)
	if !ok {
		return // nothing else can be declared
	}
	name := o.Name() + l.typeParameters(named.TypeParams())
	switch u := named.Underlying().(type) {
	case *types.Struct:
		l.add("type %s struct", name)
		l.fields(o.Name(), u)
	case *types.Interface:
		l.add("type %s interface", name)
		l.methodsOf(o.Name(), u)
		return
	default:
		l.add("type %s %s", name, l.text(u))
	}
	l.methods(named)
}

// fields lists those of a struct, with their tags: the written form is made of them.
func (l *lister) fields(of string, s *types.Struct) {
	for i := range s.NumFields() {
		f := s.Field(i)
		if !f.Exported() {
			continue
		}
		kind, tag := "field", ""
		if f.Embedded() {
			kind = "embedded"
		}
		if s.Tag(i) != "" {
			tag = " `" + s.Tag(i) + "`"
		}
		l.add("type %s struct, %s %s %s%s", of, kind, f.Name(), l.text(f.Type()), tag)
	}
}

// methodsOf lists those of an interface. One with a method that isn't exported is nobody else's to implement.
func (l *lister) methodsOf(of string, i *types.Interface) {
	sealed := false
	for m := range i.Methods() {
		if !m.Exported() {
			sealed = true
			continue
		}
		l.add("type %s interface, method %s%s", of, m.Name(), l.signature(m.Signature()))
	}
	for e := range i.EmbeddedTypes() {
		if _, ok := e.Underlying().(*types.Interface); !ok {
			l.add("type %s interface, of %s", of, l.text(e)) // a constraint
		}
	}
	if sealed {
		l.add("type %s interface, %s", of, sealedMark)
	}
}

const sealedMark = "methods that aren't exported"

// methods lists those of a type, also what embedded fields bring.
func (l *lister) methods(named *types.Named) {
	byValue := types.NewMethodSet(named)
	all := types.NewMethodSet(types.NewPointer(named))
	for s := range all.Methods() {
		f := s.Obj().(*types.Func)
		if !f.Exported() {
			continue
		}
		star := "*"
		if byValue.Lookup(f.Pkg(), f.Name()) != nil {
			star = ""
		}
		l.add("method (%s%s) %s%s", star, named.Obj().Name(), f.Name(), l.signature(s.Type().(*types.Signature)))
	}
}

// signature is a function's type, without the word func and the names of what it takes.
func (l *lister) signature(s *types.Signature) string {
	plain := types.NewSignatureType(nil, nil, nil, unnamed(s.Params()), unnamed(s.Results()), s.Variadic())
	return l.typeParameters(s.TypeParams()) + strings.TrimPrefix(l.text(plain), "func")
}

func unnamed(t *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range t.Variables() {
		vars = append(vars, types.NewParam(token.NoPos, v.Pkg(), "", v.Type()))
	}
	return types.NewTuple(vars...)
}

func (l *lister) typeParameters(p *types.TypeParamList) string {
	if p.Len() == 0 {
		return ""
	}
	var all []string
	for t := range p.TypeParams() {
		all = append(all, t.Obj().Name()+" "+l.text(t.Constraint()))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// text writes a type. Names of other packages stand with their whole path, so that one can't be taken for another's.
func (l *lister) text(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == l.pkg {
			return ""
		}
		return short(p.Path())
	})
}
