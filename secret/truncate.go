package secret

import (
	"strconv"
	"unicode/utf8"
)

// Truncate shortens s to at most limit bytes, with a marker at the end that tells how many there were; it never cuts a
// character in two. A limit too small for the marker leaves it out; one of 0 or less gives "".
//
// Redact before: of a value that was cut, a [Redactor] finds only what 8 bytes or more are left of.
func Truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	marker := "… [truncated, " + strconv.Itoa(len(s)) + " bytes in all]"
	if len(marker) > limit {
		marker = ""
	}
	keep := max(limit, 0) - len(marker)
	keep = max(keep, 0)
	for back := 0; back < utf8.UTFMax-1 && keep > 0 && !utf8.RuneStart(s[keep]); back++ {
		keep--
	}
	return s[:keep] + marker
}
