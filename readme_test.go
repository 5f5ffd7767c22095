package waygate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentsShowCompiledCode finds each Go block of the README and the docs
// in the package's examples, so that it compiles and does what its output says.
func TestDocumentsShowCompiledCode(t *testing.T) {
	t.Parallel()
	var code string
	examples, err := filepath.Glob("example*_test.go")
	must(t, err)
	for _, file := range examples {
		text, err := os.ReadFile(file)
		must(t, err)
		code += unindented(string(text))
	}
	files, err := filepath.Glob("docs/*.md")
	must(t, err)
	blocks := 0
	for _, file := range append(files, "README.md") {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			blocks++
			if !strings.Contains(code, unindented(block[1])) {
				t.Errorf("%s shows code that is in no example:\n%s", file, block[1])
			}
		}
	}
	if blocks == 0 {
		t.Error("the README shows no code")
	}
}

// unindented leaves out what differs between a function's body and a block.
func unindented(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}
