package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// count adds up the symbols of packages outside the standard library. The lines are those of `go tool nm -size`: address,
// size, type, name. Tables of the runtime are no package's.
func (b *built) count(lines string) {
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil || strings.Contains("BbU", fields[2]) { // zeroes take no room in the file
			continue
		}
		if path := packageOf(fields[3]); b.packages[path].Module != nil {
			b.symbols[path] += size
		}
	}
}

// packageOf gives the package path that a symbol's name begins with: "type:*example.com/a/b.T" is example.com/a/b's.
func packageOf(symbol string) string {
	for _, prefix := range []string{"type:.eq.", "type:.hash.", "type:", "go:itab."} {
		if rest, ok := strings.CutPrefix(symbol, prefix); ok {
			symbol = rest
			break
		}
	}
	symbol = strings.TrimLeft(symbol, "*[]")
	if end := strings.IndexAny(symbol, "([{, "); end >= 0 { // type arguments and receivers have paths, too
		symbol = symbol[:end]
	}
	slash := strings.LastIndex(symbol, "/") + 1
	name, _, found := strings.Cut(symbol[slash:], ".")
	if !found {
		return ""
	}
	return strings.ReplaceAll(symbol[:slash]+name, "%2e", ".")
}

// weighed is what a module weighs in a program.
type weighed struct {
	module   string
	packages int
	bytes    int64 // of its symbols
	alone    int64 // and those of other modules' that are linked for its sake alone; 0 of our own
}

// byModule weighs each module of others, heaviest first, and our own.
func (b *built) byModule() []weighed {
	sums := map[string]*weighed{}
	var all []*weighed
	for path, p := range b.packages {
		m := p.module()
		if m == "" || m == ownPath {
			continue
		}
		if sums[m] == nil {
			sums[m] = &weighed{module: m}
			all = append(all, sums[m])
		}
		sums[m].packages++
		sums[m].bytes += b.symbols[path]
	}
	out := make([]weighed, 0, len(all))
	for _, w := range all {
		if w.module != corePath {
			w.alone = b.without(w.module)
		}
		out = append(out, *w)
	}
	slices.SortFunc(out, func(x, y weighed) int {
		return cmp.Or(cmp.Compare(max(y.alone, y.bytes), max(x.alone, x.bytes)), cmp.Compare(x.module, y.module))
	})
	return out
}

// without is how much lighter the program were if nothing of the module could be imported: it, and what is reached
// through it alone.
func (b *built) without(module string) int64 {
	reached := map[string]bool{}
	var reach func(path string)
	reach = func(path string) {
		p, ok := b.packages[path]
		if !ok || reached[path] || p.module() == module {
			return
		}
		reached[path] = true
		for _, i := range p.Imports {
			reach(i)
		}
	}
	reach(ownPath)
	var total int64
	for path, size := range b.symbols {
		if !reached[path] {
			total += size
		}
	}
	return total
}
