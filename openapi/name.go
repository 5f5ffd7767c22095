package openapi

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// maxName is the longest id of an action and of an integration, in bytes.
const maxName = 40

// ActionName makes the id of an action from an operationId; where that has no letters or digits, from method and path.
// It has at most 40 bytes of a-z, 0-9 and single underscores: words are parted where the case changes, other characters
// part words too.
//
// A name that has to be cut ends in a hash of method and path. So does each of those that are the same for several
// operations of a document, where all operations count, imported or not: which of them are imported, and in what order
// they stand, changes no name.
func ActionName(operationID, method, path string) string {
	name := slug(operationID)
	if name == "" {
		name = slug(method + " " + path)
	}
	if name == "" || len(name) > maxName {
		return hashed(name, method, path)
	}
	return name
}

// name gives each operation its action's id.
func (d *Document) name() {
	uses := make(map[string]int, len(d.ops))
	for _, op := range d.ops {
		op.Action = ActionName(op.ID, op.Method, op.Path)
		uses[op.Action]++
	}
	taken := make(map[string]bool, len(d.ops))
	for _, op := range d.ops {
		if uses[op.Action] > 1 {
			op.Action = hashed(op.Action, op.Method, op.Path)
		}
		for taken[op.Action] { // of the same method and path, as in two path items that one name stands for
			op.Action = hashed(op.Action, op.Action, op.Path)
		}
		taken[op.Action] = true
	}
}

// hashed cuts a name and adds eight characters of a hash of method and path.
func hashed(name, method, path string) string {
	sum := sha256.Sum256([]byte(method + " " + path))
	tail := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
	name = strings.TrimRight(name[:min(len(name), maxName-1-len(tail))], "_")
	if name == "" {
		return "op_" + tail
	}
	return name + "_" + tail
}

// slug makes lower-case words, parted by single underscores.
func slug(s string) string {
	out := make([]byte, 0, len(s)+8)
	part := func() {
		if len(out) > 0 && out[len(out)-1] != '_' {
			out = append(out, '_')
		}
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case isLower(c) || isDigit(c):
			out = append(out, c)
		case isUpper(c):
			if i > 0 && (isLower(s[i-1]) || isDigit(s[i-1])) || i > 0 && i+1 < len(s) && isUpper(s[i-1]) && isLower(s[i+1]) {
				part()
			}
			out = append(out, c|0x20)
		default:
			part()
		}
	}
	return strings.TrimRight(string(out), "_")
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
