package docs_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path"
	"strings"
	"testing"
)

// unset are members of settings that no Example needs to set, each with the reason.
func unset() map[string]string {
	return map[string]string{
		"App.Notes":                      "a text for people",
		"App.Origins":                    "as Integration.Origins, for the client's secret",
		"AuthorizeSpec.App":              "as ConnectionSpec.App",
		"AuthorizeSpec.Mappings":         "as ConnectionSpec.Mappings",
		"AuthorizeSpec.NoBrowserBinding": "not to be copied into a web service",
		"AuthorizeSpec.Tags":             "as ConnectionSpec.Tags",
		"AuthorizeSpec.Unverified":       "as ConnectionSpec.Unverified",
		"CallbackConfig.Prefix":          "for hosts behind a proxy that changes paths",
		"Config.AttemptTimeout":          "as Integration.AttemptTimeout",
		"Config.MaxStale":                "shows in an outage of the store alone",
		"Config.Now":                     "for tests",
		"Config.Rand":                    "for tests",
		"Config.TokenLease":              "shows where a process dies alone",
		"ConnectionSpec.App":             "needed with several apps alone; a connection says which it has",
		"ConnectionUpdate.Mappings":      "as ConnectionSpec.Mappings",
		"ConnectionUpdate.Metadata":      "as ConnectionSpec.Metadata",
		"HTTPAction.Answers":             "as Integration.Answers",
		"Integration.Description":        "a text for people",
		"Integration.DocsURL":            "a text for people",
		"Integration.Tags":               "for listings of the host's own",
		"Parameter.Type":                 "as Body.Type, of a part",
		"Verification.Method":            "GET does",
	}
}

// TestExamplesShowSettings wants each member of what a host fills in to be set in a file of Examples.
func TestExamplesShowSettings(t *testing.T) {
	t.Parallel()
	settings := map[string]bool{}
	for _, name := range []string{
		"App", "AuthorizeSpec", "Body", "CallbackConfig", "Config", "ConnectionParameter", "ConnectionSpec", "ConnectionUpdate",
		"File", "HTTPAction", "Integration", "Kinds", "Parameter", "TLS", "Validation", "Variable", "Verification",
	} {
		settings[name] = true
	}
	shown, open, members := membersSet(t), unset(), 0
	for name, file := range production(t) {
		if path.Dir(name) != "." {
			continue
		}
		for _, member := range membersOf(file, settings) {
			members++
			_, field, _ := strings.Cut(member, ".")
			is := shown[member] || shown["="+field]
			if _, let := open[member]; let == is {
				t.Errorf("%s: set by an Example: %v; let pass: %v", member, is, let)
			}
			delete(open, member)
		}
	}
	for name := range open {
		t.Errorf("%s is let pass, but there is no such member", name)
	}
	if members < 120 {
		t.Errorf("found %d members only", members)
	}
}

// membersOf gives the exported members of these structs: "Config.Store".
func membersOf(file *ast.File, settings map[string]bool) []string {
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || !settings[spec.Name.Name] {
			return true
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				for _, id := range f.Names {
					if id.IsExported() {
						list = append(list, spec.Name.Name+"."+id.Name)
					}
				}
			}
		}
		return false
	})
	return list
}

// membersSet gives what files with Examples set: "Config.Store" in a composite literal, "=Store" by an assignment.
func membersSet(t *testing.T) map[string]bool {
	t.Helper()
	set := map[string]bool{}
	for name, file := range exampleFiles(t) {
		if strings.Contains(name, "/") && !strings.HasPrefix(name, "docs/") {
			continue // the settings are those of the root package
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CompositeLit:
				literal(set, typeName(x.Type), x)
			case *ast.AssignStmt:
				for _, to := range x.Lhs {
					if s, ok := to.(*ast.SelectorExpr); ok {
						set["="+s.Sel.Name] = true
					}
				}
			}
			return true
		})
	}
	return set
}

// literal notes the members of a composite literal; those within it that leave their type out are of the same.
func literal(set map[string]bool, name string, lit *ast.CompositeLit) {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				set[name+"."+id.Name] = true
			}
			e = kv.Value
		}
		if within, ok := e.(*ast.CompositeLit); ok && within.Type == nil {
			literal(set, name, within)
		}
	}
}

// typeName is that of a type, or of the elements of one.
func typeName(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.ArrayType:
		return typeName(x.Elt)
	case *ast.MapType:
		return typeName(x.Value)
	}
	return ""
}

// exampleFiles gives the parsed files with Examples, by path.
func exampleFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	parsed := map[string]*ast.File{}
	for name, text := range files(t, "_test.go") {
		if strings.Contains(name, "internal/") || !strings.Contains(text, "// Output:") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path.Base(name), text, parser.ParseComments|parser.SkipObjectResolution)
		must(t, err)
		parsed[name] = file
	}
	return parsed
}

// TestExamplesSpeak wants each Example to say in a sentence what it shows, and to be run; and the type of an observer, or of
// another part that a host writes, to be shown along with its Example: in a file that holds no other.
func TestExamplesSpeak(t *testing.T) {
	t.Parallel()
	alone := map[string]bool{}
	for _, name := range []string{
		"ActionFunc", "BreakerObserver", "Config_circuits", "Config_quota", "ConnectionObserver", "DriftObserver", "Observer", "Pager", "Through",
	} {
		alone[name] = false
	}
	for name, file := range exampleFiles(t) {
		for _, e := range doc.Examples(file) {
			if e.Doc == "" || e.Output == "" && !e.EmptyOutput {
				t.Errorf("%s: Example%s: comment %v, output %v", name, e.Name, e.Doc != "", e.Output != "")
			}
			if _, is := e.Code.(*ast.File); is {
				alone[e.Name] = true
			}
		}
	}
	for name, is := range alone {
		if !is {
			t.Errorf("Example%s doesn't stand alone in a file, with what it needs", name)
		}
	}
}
