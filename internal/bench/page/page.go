// Package page writes measured figures into a document that people write: what stands between two markers is replaced,
// everything else stays.
package page

import (
	"fmt"
	"os"
	"strings"
)

// Write replaces the text between <!-- NAME:begin --> and <!-- NAME:end --> of the file at path. Each marker must be
// there once, in this order.
func Write(path, name, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	out, err := Replace(string(old), name, text)
	if err != nil {
		return fmt.Errorf("page: %s: %w", path, err)
	}
	if out == string(old) {
		return nil
	}
	return os.WriteFile(path, []byte(out), 0o644)
}

// Replace is Write on a text.
func Replace(old, name, text string) (string, error) {
	begin, end := "<!-- "+name+":begin -->", "<!-- "+name+":end -->"
	for _, marker := range []string{begin, end} {
		if n := strings.Count(old, marker); n != 1 {
			return "", fmt.Errorf("%s is there %d times: write it once", marker, n)
		}
	}
	head, rest, _ := strings.Cut(old, begin)
	_, tail, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("%s stands before %s", end, begin)
	}
	return head + begin + "\n" + strings.Trim(text, "\n") + "\n" + end + tail, nil
}
