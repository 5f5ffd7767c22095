package docs_test

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// unshown are functions and methods that no Example needs to show, each with the reason.
func unshown() map[string]string {
	return map[string]string{
		"egress.BytesWritten": "for who builds a loop of attempts",
		"validation.VetRules": "for who builds a registry of schemas",
		"postgres.Listen":     "needs a connection past a bouncer; in the package's tour",
	}
}

// TestExamplesShowFeatures wants each exported function of a released package, each method of the types that hosts call,
// and each kind of scheme, strategy and policy to be used in a file of Examples whose output is checked.
func TestExamplesShowFeatures(t *testing.T) {
	t.Parallel()
	shown := shownNames(t)
	open := unshown()
	features := 0
	for name, file := range production(t) {
		if suite := path.Base(path.Dir(name)); suite != "waygatetest" && strings.HasSuffix(suite, "test") {
			continue
		}
		for _, feature := range featuresOf(file) {
			features++
			parts := strings.Split(feature, ".")
			is := shown[feature] || len(parts) == 3 && shown[part(parts[1] == "Gateway")+parts[2]+"()"]
			if _, let := open[feature]; let == is {
				t.Errorf("%s: used by an Example: %v; let pass: %v", feature, is, let)
			}
			delete(open, feature)
		}
	}
	for name := range open {
		t.Errorf("%s is let pass, but there is no such function", name)
	}
	if features < 200 {
		t.Errorf("found %d features only", features)
	}
}

// featuresOf gives what a file has to be shown of: "waygate.Items", "waygate.Tenant.Collect", "auth.Bearer".
func featuresOf(file *ast.File) []string {
	var list []string
	pkg := file.Name.Name
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.FuncDecl)
		switch {
		case !ok || !d.Name.IsExported():
		case d.Recv == nil:
			list = append(list, pkg+"."+d.Name.Name)
		default:
			recv, _ := receiver(d.Recv.List[0].Type)
			hosts := pkg == "waygate" && slices.Contains([]string{"Gateway", "Tenant", "Result", "Call"}, recv)
			switch {
			case hosts:
				list = append(list, pkg+"."+recv+"."+d.Name.Name)
			case d.Name.Name == "Kind" && ast.IsExported(recv) && slices.Contains([]string{"auth", "pagination", "resilience"}, pkg):
				list = append(list, pkg+"."+recv)
			}
		}
	}
	return list
}

// part tells methods of a gateway from those of a tenant of the same name.
func part(gateway bool) string {
	if gateway {
		return "Gateway."
	}
	return ""
}

// shownNames gives what files with Examples use: "auth.Bearer" of a package, "Collect()" of a value, "Gateway.Run()" of a
// gateway.
func shownNames(t *testing.T) map[string]bool {
	t.Helper()
	shown := map[string]bool{}
	for _, file := range exampleFiles(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, named := s.X.(*ast.Ident)
			if named {
				shown[x.Name+"."+s.Sel.Name] = true
			}
			gateway := named && slices.Contains([]string{"gw", "here", "there"}, x.Name) // as the Examples call theirs
			shown[part(gateway)+s.Sel.Name+"()"] = true
			return true
		})
	}
	return shown
}
