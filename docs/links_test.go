package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinks follows each link of each page that doesn't leave the repository: the file is there, and has the heading.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"`)
	followed := 0
	for _, p := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(p.prose(), -1) {
			target := m[1] + m[2]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(target, "#")
			at := p.path
			if file != "" {
				at = path.Join(path.Dir(p.path), file)
			}
			text, err := os.ReadFile(filepath.Join(root, at))
			info, statErr := os.Stat(filepath.Join(root, at))
			switch {
			case statErr != nil:
				t.Errorf("%s links to %s, which isn't there", p.path, target)
			case info.IsDir():
			case err != nil:
				t.Error(err)
			case anchor != "" && !anchors(string(text))[anchor]:
				t.Errorf("%s links to %s, but %s has no such heading", p.path, target, at)
			}
		}
	}
	if followed < 20 {
		t.Errorf("followed %d links only", followed)
	}
}

// anchors gives the names that GitHub gives to the headings of a page.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ +(.+)$`).FindAllStringSubmatch((page{text: text}).prose(), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(m[1]) {
			switch {
			case r == ' ' || r == '-':
				b.WriteByte('-')
			case r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				b.WriteRune(r)
			}
		}
		found[b.String()] = true
	}
	return found
}

// TestCommands looks up what a page tells to run: a target of the Makefile, a program, a file, a test.
func TestCommands(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	must(t, err)
	target := regexp.MustCompile(`\bmake ([a-z][a-z-]*)`)
	run := regexp.MustCompile(`\bgo (?:-C +(\S+) +)?(?:run|test|doc|vet|build)[^\n|;&]*? (\./\S*|\.)(?:\s|$)`)
	found := 0
	for _, p := range pages(t) {
		commands := strings.Join(p.codeSpans(), "\n")
		for _, b := range p.blocks() {
			if b.lang == "sh" || b.lang == "" {
				commands += "\n" + b.text
			}
		}
		for _, m := range target.FindAllStringSubmatch(commands, -1) {
			found++
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s names make %s, which is no target", p.path, m[1])
			}
		}
		for _, m := range run.FindAllStringSubmatch(commands, -1) {
			found++
			dir := filepath.Join(m[1], strings.TrimSuffix(m[2], "/..."))
			if info, err := os.Stat(filepath.Join(root, dir)); err != nil || !info.IsDir() {
				t.Errorf("%s runs %s, which isn't there", p.path, dir)
			}
		}
	}
	if found < 4 {
		t.Errorf("found %d commands only", found)
	}
}
