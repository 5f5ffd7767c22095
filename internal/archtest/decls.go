package archtest

import (
	"go/ast"
	"go/token"
	"strings"
)

// checkPackageDoc wants a comment on the package clause of one file that isn't a test.
func (c *checker) checkPackageDoc(p *pkg) {
	production := false
	for _, f := range p.files {
		if f.test {
			continue
		}
		production = true
		if f.Doc != nil && strings.TrimSpace(f.Doc.Text()) != "" {
			return
		}
	}
	if production {
		c.add(p.ImportPath, RuleDoc, "the package has no comment: say in doc.go what it is for")
	}
}

// checkDecls looks at a file's top-level declarations.
func (c *checker) checkDecls(p *pkg, f *file) {
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			c.checkFunc(f, d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				c.checkSpec(p, f, d, spec)
			}
		}
	}
}

func (c *checker) checkFunc(f *file, d *ast.FuncDecl) {
	if d.Recv == nil && d.Name.Name == "init" {
		c.add(f.pos(d), RuleInit, "func init: give the caller a constructor")
	}
	if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || ast.IsExported(receiver(d))) {
		c.addDoc(f, d, d.Name.Name)
	}
}

// receiver gives the name of a method's type, without pointer and type parameters.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func (c *checker) checkSpec(p *pkg, f *file, d *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
			c.addDoc(f, s, s.Name.Name)
		}
		if s.Name.IsExported() && !internal(p.rel) {
			c.checkMembers(f, d, s)
		}
	case *ast.ValueSpec:
		for i, name := range s.Names {
			// One comment may speak for a group, or stand behind the value.
			if name.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
				c.addDoc(f, name, name.Name)
			}
			if d.Tok == token.VAR {
				c.checkVar(p, f, s, i)
			}
		}
	}
}

func (c *checker) addDoc(f *file, n ast.Node, name string) {
	c.add(f.pos(n), RuleDoc, "exported %s has no comment: say what it does, with units, defaults, limits and errors", name)
}

func (c *checker) checkVar(p *pkg, f *file, s *ast.ValueSpec, i int) {
	name := s.Names[i].Name
	if name == "_" || sentinel(s, i) {
		return
	}
	if full := p.ImportPath + "." + name; c.allow[full] != "" {
		c.used[full] = true
		return
	}
	c.add(f.pos(s.Names[i]), RuleVar, "package variable %s can be changed: use a constant, a function or a field", name)
}

// sentinel holds for a variable that is an error value: declared of type error, or made by errors.New or fmt.Errorf.
func sentinel(s *ast.ValueSpec, i int) bool {
	if t, ok := s.Type.(*ast.Ident); ok {
		return t.Name == "error"
	}
	if i >= len(s.Values) {
		return false
	}
	call, ok := s.Values[i].(*ast.CallExpr)
	return ok && makesError(call)
}

func makesError(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && (x.Name == "errors" && sel.Sel.Name == "New" || x.Name == "fmt" && sel.Sel.Name == "Errorf")
}
