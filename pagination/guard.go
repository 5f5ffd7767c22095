package pagination

import (
	"crypto/sha256"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// The size of a guard's memory.
const (
	guardKeys    = 1024 // pages remembered one by one
	guardKeySize = 16   // bytes of each page's SHA-256: two pages never agree by chance
)

// Guard notices a read that goes in circles. It remembers the last 1,024 pages,
// so that a circle of up to that many is noticed at its first repeated page;
// beyond that it keeps one page to compare with and moves on to another each
// time the count doubles (Brent's method), so that a circle of any length ends
// after at most 3 × (pages before the circle + its length) pages. Its memory does
// not grow past 90 KiB, however long the read.
//
// The zero value is ready. It is for one read, and not safe for concurrent use.
type Guard struct {
	recent map[guardKey]struct{}
	ring   []guardKey
	oldest int

	page     [sha256.Size]byte // of the page that was read last
	haveRead bool

	anchor       guardKey
	since, limit int // pages since the anchor was set, and at which it moves
}

type guardKey [guardKeySize]byte

// Seen remembers n, the next page to be asked for. If it was asked for before, it
// gives an *Error that wraps [ErrRepeated] and remembers nothing.
func (g *Guard) Seen(n Next) error {
	sum := n.sum()
	key := guardKey(sum[:guardKeySize])
	if _, repeated := g.recent[key]; repeated || g.limit > 0 && key == g.anchor {
		return &Error{Op: opGuard, Reason: "reading was stopped; check where the strategy finds the next page, and which parameter takes it", Err: ErrRepeated}
	}
	g.remember(key)
	if g.since == g.limit {
		g.anchor, g.since, g.limit = key, 0, max(1, 2*g.limit)
	}
	g.since++
	return nil
}

// Same compares p with the page that was given to it before. If both have
// records and the very same body it gives an *Error that wraps [ErrRepeated]. It
// is for the pages of a [Counter]: where a page says by itself how to go on,
// Seen is enough.
func (g *Guard) Same(p Page) error {
	sum := sha256.Sum256(jsontree.Append(nil, p.Body))
	again := g.haveRead && p.Records > 0 && sum == g.page
	g.page, g.haveRead = sum, true
	if again {
		return &Error{Op: opGuard, Reason: "the provider answered with the same page again, as if it didn't know the parameter; " +
			"check param and in, or use pagination none", Err: ErrRepeated}
	}
	return nil
}

// remember puts key in the place of the oldest.
func (g *Guard) remember(key guardKey) {
	if g.recent == nil {
		g.recent = make(map[guardKey]struct{})
	}
	g.recent[key] = struct{}{}
	if len(g.ring) < guardKeys {
		g.ring = append(g.ring, key)
		return
	}
	delete(g.recent, g.ring[g.oldest])
	g.ring[g.oldest] = key
	g.oldest = (g.oldest + 1) % guardKeys
}
