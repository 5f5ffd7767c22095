package main

import "testing"

func TestPackageOf(t *testing.T) {
	t.Parallel()
	for symbol, want := range map[string]string{
		"main.main": "main",
		"github.com/waygate-go/waygate/auth.(*Manager).Run":                          "github.com/waygate-go/waygate/auth",
		"github.com/waygate-go/waygate.Decode[go.shape.struct{ example.com/a/b.T }]": "github.com/waygate-go/waygate",
		"type:*github.com/goccy/go-yaml/ast.Node":                                    "github.com/goccy/go-yaml/ast",
		"type:[]*github.com/goccy/go-yaml/ast.Node":                                  "github.com/goccy/go-yaml/ast",
		"type:.eq.go.uber.org/zap.Field":                                             "go.uber.org/zap",
		"go:itab.*github.com/ohler55/ojg/oj.Parser,io.Writer":                        "github.com/ohler55/ojg/oj",
		"gopkg.in/yaml%2ev3.Unmarshal":                                               "gopkg.in/yaml.v3",
		"go.yaml.in/yaml/v3.yaml_parser_parse":                                       "go.yaml.in/yaml/v3",
		"go:func.*":                                                                  "go:func",
		"runtime":                                                                    "",
	} {
		if got := packageOf(symbol); got != want {
			t.Errorf("%s: %q, want %q", symbol, got, want)
		}
	}
}

// TestWithout: a module takes along what is reached through it alone.
func TestWithout(t *testing.T) {
	t.Parallel()
	b := built{packages: map[string]linked{}, symbols: map[string]int64{}}
	for path, imports := range map[string][]string{ownPath: {"a", "b"}, "a": {"a/x", "shared"}, "a/x": {"alone"}, "b": {"shared"}, "alone": nil, "shared": nil} {
		module := &struct{ Path string }{path}
		if path == "a/x" {
			module.Path = "a"
		}
		b.packages[path] = linked{ImportPath: path, Imports: imports, Module: module}
		if path != ownPath {
			b.symbols[path] = 10
		}
	}
	for module, want := range map[string]int64{"a": 30, "b": 10, "alone": 10, "shared": 10} {
		if got := b.without(module); got != want {
			t.Errorf("without %s: %d lighter, want %d", module, got, want)
		}
	}
}
