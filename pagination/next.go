package pagination

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
)

// maxCursor bounds a cursor and a next URL, in bytes, so that one fits into a
// token to resume from.
const maxCursor = 4 << 10

// Next says how to ask for a page. It is what a read is resumed from, and is not
// to be shown: what a provider puts into a URL may be a secret.
type Next struct {
	// URL, if set, is absolute and replaces the whole URL of the request.
	URL string `json:"url,omitempty"`
	// Set are parameters to set over those of the original request.
	Set []Param `json:"set,omitempty"`
}

// Key identifies the page that n asks for: 64 characters, the same for equal
// pages in every process, and telling nothing of a cursor.
func (n Next) Key() string {
	sum := n.sum()
	return hex.EncodeToString(sum[:])
}

// sum hashes the pieces of n, each behind its length, so that no two ways of
// cutting the same text are equal.
func (n Next) sum() [sha256.Size]byte {
	h := sha256.New()
	piece := func(s string) {
		// Writing to a hash never fails.
		_, _ = io.WriteString(h, strconv.Itoa(len(s))+":"+s)
	}
	piece(n.URL)
	for _, p := range n.Set {
		piece(string(p.In.orQuery()))
		piece(p.Name)
		piece(valueKey(p.Value))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// valueKey tells a string from a number that reads the same, but not numbers of
// different Go types: they are the same once written.
func valueKey(v any) string {
	text, ok := Param{Value: v}.Text()
	switch v.(type) {
	case string:
		return "s" + text
	case bool:
		return "b" + text
	}
	if ok {
		return "n" + text
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return "j" + string(raw)
}
