package nearest

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of the work that one wrong name causes.
const (
	// MaxName is how long a name may be, in bytes: longer ones are near nothing.
	MaxName = 64
	// MaxCandidates is how many names are looked at; the rest are passed over.
	MaxCandidates = 10_000
	// MaxNames is how many names are found.
	MaxNames = 3
)

// near is a candidate with its distance.
type near struct {
	name     string
	distance int
}

func (n near) compare(m near) int {
	return cmp.Or(cmp.Compare(n.distance, m.distance), cmp.Compare(n.name, m.name))
}

// Names finds the candidates nearest to name, the nearest first and those equally near in the order of their bytes; at
// most [MaxNames] of them, none that differs in two letters more than the nearest, and nil if none is near. A candidate that is the name itself is left out: it isn't what was
// meant. So is what isn't valid UTF-8.
func Names(name string, candidates iter.Seq[string]) []string {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return nil
	}
	wanted := folded(name)
	most := min(3, max(1, len(wanted)/3))
	var best []near
	looked := 0
	for c := range candidates {
		if looked++; looked > MaxCandidates {
			break
		}
		if c == "" || c == name || len(c) > MaxName || !utf8.ValidString(c) {
			continue
		}
		if n := (near{c, distance(wanted, folded(c), most)}); n.distance <= most {
			at, there := slices.BinarySearchFunc(best, n, near.compare)
			if !there {
				best = slices.Insert(best, at, n)[:min(len(best)+1, MaxNames)]
			}
		}
	}
	var names []string
	for _, n := range best {
		if n.distance <= best[0].distance+1 { // what is much nearer was meant
			names = append(names, n.name)
		}
	}
	return names
}

// DidYouMean is the end of an error's text, `: did you mean "a" or "b"?`; empty if no candidate is near.
func DidYouMean(name string, candidates iter.Seq[string]) string {
	names := Names(name, candidates)
	if len(names) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(": did you mean ")
	for i, n := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(quoted(n))
	}
	b.WriteByte('?')
	return b.String()
}

// quoted shows a name on one line.
func quoted(name string) string {
	return `"` + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return utf8.RuneError
		}
		return r
	}, name) + `"`
}

// folded is a name as it is compared.
func folded(name string) []rune {
	var out []rune
	for _, r := range strings.ToLower(name) {
		switch r {
		case '-', '_', '.', ' ':
			continue
		}
		out = append(out, r)
	}
	return out
}

// distance is the optimal string alignment of two words; more than most as soon as that is sure.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var before, last []int // the rows for two letters fewer of a, and for one
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return least
		}
	}
	return row[len(b)]
}
