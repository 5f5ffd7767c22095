package docs_test

import (
	"go/doc"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestBlocks holds each fenced block of each page against the repository. Go is found, token by token, in a file that
// is compiled; what is shown as output is that of an Example; YAML and JSON stand in a file or in the code that reads
// them; commands name targets and directories that are there.
func TestBlocks(t *testing.T) {
	t.Parallel()
	code := newCode(t)
	counted := map[string]int{}
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			counted[b.lang]++
			switch b.lang {
			case "go":
				if !code.compiled(b.text) {
					t.Errorf("%s:%d shows Go that no compiled file holds:\n%s", p.path, b.line, b.text)
				}
			case "output":
				if !code.printed(b.text) {
					t.Errorf("%s:%d shows what no Example prints:\n%s", p.path, b.line, b.text)
				}
			case "yaml", "json":
				if !code.held(b.text) {
					t.Errorf("%s:%d shows %s that no file holds:\n%s", p.path, b.line, b.lang, b.text)
				}
			case "sh", "": // sh: see TestCommands; plain text is a drawing
			default:
				t.Errorf("%s:%d is a block of %q, of which nothing is known", p.path, b.line, b.lang)
			}
		}
	}
	for _, lang := range []string{"go", "output", "yaml", "sh"} {
		if counted[lang] == 0 {
			t.Errorf("no page has a block of %s", lang)
		}
	}
}

// code is all that pages may show.
type code struct {
	goFiles map[string]string // by path
	bare    map[string]string // the same without indentation
	data    map[string]string
	outputs []string
}

func newCode(t *testing.T) *code {
	t.Helper()
	c := &code{goFiles: files(t, ".go"), data: files(t, ".yaml", ".yml", ".json", ".go"), bare: map[string]string{}}
	for name, text := range c.goFiles {
		c.bare[name] = unindented(text)
		if !strings.HasSuffix(name, "_test.go") || !strings.Contains(text, "// Output:") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path.Base(name), text, parser.ParseComments)
		must(t, err)
		for _, e := range doc.Examples(file) {
			c.outputs = append(c.outputs, e.Output)
		}
	}
	return c
}

// compiled reports whether a file holds the block: the same tokens one after another, comments too.
func (c *code) compiled(block string) bool {
	want := tokens(block)
	first := strings.TrimSpace(strings.SplitN(block, "\n", 2)[0])
	for name, text := range c.goFiles {
		if strings.Contains(c.bare[name], first) && holds(tokens(text), want) {
			return true
		}
	}
	return false
}

// printed reports whether an Example prints these lines, one after another.
func (c *code) printed(block string) bool {
	want := strings.Split(strings.TrimSpace(block), "\n")
	return slices.ContainsFunc(c.outputs, func(out string) bool {
		return holds(strings.Split(strings.TrimSpace(out), "\n"), want)
	})
}

// held reports whether a file has these lines, as they are.
func (c *code) held(block string) bool {
	for _, text := range c.data {
		if strings.Contains(text, block) {
			return true
		}
	}
	return false
}

// tokens gives the tokens of Go text, without the semicolons that line ends stand for.
func tokens(text string) []string {
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(text)), []byte(text), nil, scanner.ScanComments)
	var list []string
	for {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return list
		case tok == token.SEMICOLON && lit == "\n":
		case lit != "":
			list = append(list, lit)
		default:
			list = append(list, tok.String())
		}
	}
}

// holds reports whether want stands in list, in one piece.
func holds(list, want []string) bool {
	for i := 0; len(want) > 0 && i+len(want) <= len(list); i++ {
		if slices.Equal(list[i:i+len(want)], want) {
			return true
		}
	}
	return false
}

func unindented(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}

// TestCompiledRefuses shows that the search can fail.
func TestCompiledRefuses(t *testing.T) {
	t.Parallel()
	c := &code{goFiles: map[string]string{"a.go": "package a\n\n// x := one(two)\nfunc f() {\n\ty := one(\n\t\ttwo, // why\n\t)\n}\n"}, bare: map[string]string{}}
	for name, text := range c.goFiles {
		c.bare[name] = unindented(text)
	}
	for block, want := range map[string]bool{
		"y := one(\n\ttwo, // why\n)\n": true,
		"x := one(two)\n":               false, // stands in a comment
		"y := one(\n\ttwo,\n)\n":        false, // the comment is another
		"y := one(\n\tthree,\n)\n":      false,
		"":                              false,
	} {
		if c.compiled(block) != want {
			t.Errorf("compiled(%q) = %v", block, !want)
		}
	}
}
