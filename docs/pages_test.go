// Package docs_test holds the code that the pages beside it show, and looks at the pages: what they show is compiled,
// what they print was printed, what they name is there, and where they lead, something is.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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
	found := map[string]string{}
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		for _, end := range endings {
			if d.Type().IsRegular() && strings.HasSuffix(name, end) {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				rel, err := filepath.Rel(root, path)
				found[filepath.ToSlash(rel)] = string(text)
				return err
			}
		}
		return nil
	}))
	return found
}

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
