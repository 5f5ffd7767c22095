// Package yamltree reads the part of YAML 1.2 that says what JSON can say, and remembers where each value stands.
//
// A document becomes JSON text, for whoever reads JSON already; an error that names a member by its JSON pointer is then
// shown at its line and column:
//
//	doc, err := yamltree.Parse(src, yamltree.Limits{})
//	if err != nil {
//		return err // *Error: line, column, reason
//	}
//	in, err := decode(doc.JSON())
//	if err != nil {
//		line, column := doc.Nearest(pointerIn(err)) // "/actions/0/method"
//		…
//	}
//
// Plain scalars are read by the core schema of YAML 1.2.2, section 10.3: null, ~ and nothing are null, true and false are
// booleans, numbers are numbers; yes, no, on, off and dates are text. What YAML has beyond JSON is refused with its place
// instead of being guessed at: .nan and .inf, numbers that JSON writes in another form (0x1F, 017, +1, .5), tags, merge
// keys, keys that aren't text, keys that stand twice, several documents.
//
// Aliases are followed. [Limits] bounds what a source may cost, and what its aliases may make of it: a source that goes
// beyond is refused before the result is built. The reader underneath refuses more than 10,000 levels by itself, so that
// its recursion, and ours, is bounded too. The worst MiB that we know costs a second and 0.3 GB of short-lived memory.
package yamltree
