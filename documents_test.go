package waygate_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentsNameTests finds each test and fuzz target that a document names, so that no promise is
// left without the test that is said to hold it.
func TestDocumentsNameTests(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	must(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			there[string(m[1])] = true
		}
		return err
	}))
	files, err := filepath.Glob("docs/*.md")
	must(t, err)
	named := 0
	for _, file := range append(files, "README.md", "SECURITY.md") {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, m := range regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)").FindAllSubmatch(text, -1) {
			named++
			if name := string(m[1]); !there[name] {
				t.Errorf("%s names %s, which is no test", file, name)
			}
		}
	}
	if named == 0 {
		t.Error("no document names a test")
	}
}
