package docs_test

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// TestNames looks up each exported name that a page has in its text: `auth.Token`, `Config.Env`, `Gateway.Run`.
func TestNames(t *testing.T) {
	t.Parallel()
	there := exported(t)
	name := regexp.MustCompile(`(^|[^\w./"-])((?:[a-z]\w*\.)?[A-Z]\w*)(\.[A-Z]\w*)?`)
	found := 0
	for _, p := range pages(t) {
		if p.path == "CHANGELOG.md" {
			continue // tells of what was
		}
		for _, span := range p.codeSpans() {
			for _, m := range name.FindAllStringSubmatch(span, -1) {
				top := m[2]
				pkg, _, qualified := strings.Cut(top, ".")
				switch {
				case qualified && !there[pkg]: // another module's, or a file's name
					continue
				case !qualified && (m[3] == "" || !there["waygate."+top]):
					continue // a word; an acronym; a name of the text's own
				case !qualified:
					top = "waygate." + top
				}
				found++
				if full := top + m[3]; !there[full] {
					t.Errorf("%s names %s, which isn't there", p.path, full)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("found %d names only", found)
	}
}

// exported gives the packages of the released modules, their exported names, and members of types.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	there := map[string]bool{}
	for _, file := range production(t) {
		pkg := file.Name.Name
		there[pkg] = true
		for _, decl := range file.Decls {
			declared(pkg, decl, there)
		}
	}
	return there
}

func declared(pkg string, decl ast.Decl, there map[string]bool) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			there[pkg+"."+d.Name.Name] = true
		} else if recv, ok := receiver(d.Recv.List[0].Type); ok {
			there[pkg+"."+recv+"."+d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					there[pkg+"."+n.Name] = true
				}
			case *ast.TypeSpec:
				there[pkg+"."+s.Name.Name] = true
				members(pkg+"."+s.Name.Name, s.Type, there)
			}
		}
	}
}

func members(full string, typ ast.Expr, there map[string]bool) {
	var list *ast.FieldList
	switch x := typ.(type) {
	case *ast.StructType:
		list = x.Fields
	case *ast.InterfaceType:
		list = x.Methods
	default:
		return
	}
	for _, f := range list.List {
		for _, n := range f.Names {
			there[full+"."+n.Name] = true
		}
		if embedded, ok := receiver(f.Type); ok && len(f.Names) == 0 {
			there[full+"."+embedded] = true
		}
	}
}

// receiver gives the name of a type, without pointer and type parameters.
func receiver(typ ast.Expr) (string, bool) {
	switch x := typ.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.SelectorExpr:
		return x.Sel.Name, true
	case *ast.Ident:
		return x.Name, true
	}
	return "", false
}
