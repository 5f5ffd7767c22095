// Package docs_test holds the code that the pages beside it show, and looks at the pages: what they show is compiled,
// what they print was printed, what they name is there, and where they lead, something is.
package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// root is the repository, seen from here.
const root = ".."

// page is one Markdown file.
type page struct {
	path string // relative to the root, slashed
	text string
}

// block is one fenced block of a page.
type block struct {
	lang, text string
	line       int // of its fence
}

// pages gives every Markdown file of the repository.
func pages(t *testing.T) []page {
	t.Helper()
	var list []page
	for path, text := range files(t, ".md") {
		list = append(list, page{path, text})
	}
	if len(list) < 8 {
		t.Fatalf("found %d pages only", len(list))
	}
	return list
}

// files gives the files of the repository with one of these endings, by path relative to the root, slashed.
func files(t *testing.T, endings ...string) map[string]string {
	t.Helper()
	all, err := everyFile()
	must(t, err)
	found := map[string]string{}
	for name, text := range all {
		if slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(name, end) }) {
			found[name] = text
		}
	}
	return found
}

// everyFile reads what the tests of this package look at, once.
var everyFile = sync.OnceValues(func() (map[string]string, error) {
	found := map[string]string{}
	return found, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || !slices.Contains([]string{".go", ".md", ".yaml", ".yml", ".json"}, filepath.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		found[filepath.ToSlash(rel)] = string(text)
		return err
	})
})

// production gives the parsed files of packages that others can import, by path. Conformance suites are among them.
func production(t *testing.T) map[string]*ast.File {
	t.Helper()
	parsed, err := everyProduction()
	must(t, err)
	return parsed
}

// everyProduction parses them, once. What it gives is only read.
var everyProduction = sync.OnceValues(func() (map[string]*ast.File, error) {
	parsed := map[string]*ast.File{}
	all, err := everyFile()
	for name, text := range all {
		top, _, _ := strings.Cut(name, "/")
		outside := strings.Contains(name, "internal/") || slices.Contains([]string{"examples", "tools", "cmd"}, top)
		if err != nil || outside || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed[name], err = parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	}
	return parsed, err
})

// blocks gives the fenced blocks of a page, in their order.
func (p page) blocks() []block {
	var list []block
	var open *block
	for n, line := range strings.Split(p.text, "\n") {
		lang, fence := strings.CutPrefix(strings.TrimLeft(line, " "), "```")
		switch {
		case fence && open == nil:
			open = &block{lang: lang, line: n + 1}
		case fence:
			list = append(list, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return list
}

// prose is the page without its fenced blocks.
func (p page) prose() string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```").ReplaceAllString(p.text, "")
}

// codeSpans gives what stands between single backticks.
func (p page) codeSpans() []string {
	var spans []string
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(p.prose(), -1) {
		spans = append(spans, m[1])
	}
	return spans
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
