package archtest

import (
	"go/ast"
	"regexp"
	"strings"
)

// checkMembers looks at the fields of a struct and the methods of an interface. One that has no comment of its own is
// told of where the comment of the type, or of another member, has its name in it.
func (c *checker) checkMembers(f *file, d *ast.GenDecl, s *ast.TypeSpec) {
	var members *ast.FieldList
	switch t := s.Type.(type) {
	case *ast.StructType:
		members = t.Fields
	case *ast.InterfaceType:
		members = t.Methods
	default:
		return
	}
	told := d.Doc.Text() + s.Doc.Text() + s.Comment.Text()
	for _, m := range members.List {
		told += m.Doc.Text() + m.Comment.Text()
	}
	for _, m := range members.List {
		if m.Doc != nil || m.Comment != nil {
			continue
		}
		for _, name := range m.Names {
			if name.IsExported() && !regexp.MustCompile(`\b`+name.Name+`\b`).MatchString(told) {
				c.addDoc(f, name, s.Name.Name+"."+name.Name)
			}
		}
	}
}

// internal holds for packages that nobody else can import.
func internal(rel string) bool {
	return rel == "internal" || strings.HasPrefix(rel, "internal/") || strings.Contains(rel, "/internal/") || strings.HasSuffix(rel, "/internal")
}
