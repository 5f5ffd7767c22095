package docs_test

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// TestDocLinks follows each [Link] of a doc comment of a released package that looks like a name of ours, and looks up
// the names of our packages in the comment's code.
func TestDocLinks(t *testing.T) {
	t.Parallel()
	there := exported(t)
	link := regexp.MustCompile(`\[\*?((?:[a-z]\w*\.)?[A-Z]\w*(?:\.[A-Z]\w*)?)\]`)
	inCode := regexp.MustCompile(`\b([a-z]\w*\.[A-Z]\w*)`)
	code := regexp.MustCompile(`(?m)^[ \t].*$`)
	followed := 0
	for name, file := range production(t) {
		for _, comment := range docComments(file) {
			if !strings.ContainsAny(comment, "[\t") {
				continue
			}
			for _, m := range inCode.FindAllStringSubmatch(strings.Join(code.FindAllString(comment, -1), "\n"), -1) {
				if pkg := strings.SplitN(m[1], ".", 2)[0]; there[pkg] && !there[m[1]] {
					t.Errorf("%s shows %s, which isn't there", name, m[1])
				}
			}
			comment = code.ReplaceAllString(comment, "")
			for _, m := range link.FindAllStringSubmatch(comment, -1) {
				full := m[1]
				pkg, _, qualified := strings.Cut(full, ".")
				switch {
				case !qualified || strings.ToUpper(pkg[:1]) == pkg[:1]:
					full = file.Name.Name + "." + full
				case !there[pkg]:
					continue // another module's
				}
				followed++
				if !there[full] {
					t.Errorf("%s links to [%s], which isn't there", name, m[1])
				}
			}
		}
	}
	if followed < 500 {
		t.Errorf("followed %d links only", followed)
	}
}

// docComments gives the comments that documentation is made of.
func docComments(file *ast.File) []string {
	groups := []*ast.CommentGroup{file.Doc}
	ast.Inspect(file, func(n ast.Node) bool {
		switch d := n.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				groups = append(groups, d.Doc)
			}
			return false
		case *ast.GenDecl:
			groups = append(groups, d.Doc)
		case *ast.TypeSpec:
			groups = append(groups, d.Doc, d.Comment)
		case *ast.ValueSpec:
			groups = append(groups, d.Doc, d.Comment)
		case *ast.Field:
			groups = append(groups, d.Doc, d.Comment)
		}
		return true
	})
	var texts []string
	for _, g := range groups {
		texts = append(texts, g.Text())
	}
	return texts
}
