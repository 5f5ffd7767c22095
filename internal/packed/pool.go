package packed

import (
	"bytes"
	"hash/maphash"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// Pool holds the parts of texts. The zero value is empty and ready. Texts are added by one goroutine; after [Pool.Close]
// they can be read by many.
type Pool struct {
	parts []byte
	ends  []int // of each part in parts
	seed  maphash.Seed
	known map[uint64]uint32 // parts by their hash; nil before the first and after Close
}

// Text is a text in a pool.
type Text struct {
	pool *Pool
	// parts are the text whole, or what stands before the first member of $defs, the members, and what stands behind the
	// last one.
	parts []uint32
}

// Add keeps a copy of a text.
func (p *Pool) Add(text []byte) Text {
	if p.known == nil {
		p.seed, p.known = maphash.MakeSeed(), map[uint64]uint32{}
	}
	cuts := cut(text)
	if cuts == nil {
		return Text{p, []uint32{p.part(text)}}
	}
	t := Text{p, make([]uint32, 0, len(cuts)+1)}
	from := 0
	for i, to := range cuts {
		t.parts = append(t.parts, p.part(text[from:to]))
		if from = to; i > 0 && i < len(cuts)-1 {
			from++ // the comma
		}
	}
	t.parts = append(t.parts, p.part(text[from:]))
	return t
}

// Close gives back what is needed only while texts are added.
func (p *Pool) Close() {
	p.known = nil
	p.parts, p.ends = bytes.Clone(p.parts), append([]int(nil), p.ends...)
}

// Size says how many bytes the parts of the pool take.
func (p *Pool) Size() int { return len(p.parts) }

// cut finds where a text is taken apart: where the first member of $defs begins, and where each ends. It gives nil if
// there are no such members, or if more than a comma stands between two of them.
func cut(text []byte) (cuts []int) {
	defs := rawjson.Get(text, "$defs")
	if rawjson.Kind(defs) != '{' {
		return nil
	}
	cuts = append(cuts, rawjson.Offset(text, defs)+1)
	even := true
	rawjson.Each(defs, func(_, value []byte) bool {
		end := rawjson.Offset(text, value) + len(value)
		if len(cuts) > 1 && text[cuts[len(cuts)-1]] != ',' {
			even = false
		}
		cuts = append(cuts, end)
		return even
	})
	if !even || len(cuts) == 1 {
		return nil
	}
	return cuts
}

// part finds or adds a part.
func (p *Pool) part(text []byte) uint32 {
	key := maphash.Bytes(p.seed, text)
	if n, ok := p.known[key]; ok && bytes.Equal(p.at(n), text) {
		return n
	}
	n := uint32(len(p.ends))
	p.parts = append(p.parts, text...)
	p.ends = append(p.ends, len(p.parts))
	p.known[key] = n
	return n
}

func (p *Pool) at(n uint32) []byte {
	from := 0
	if n > 0 {
		from = p.ends[n-1]
	}
	return p.parts[from:p.ends[n]]
}

// Bytes gives a copy of the text; nil for the zero Text.
func (t Text) Bytes() []byte {
	if t.pool == nil {
		return nil
	}
	out := make([]byte, 0, t.Len())
	for i, n := range t.parts {
		if i > 1 && i < len(t.parts)-1 {
			out = append(out, ',')
		}
		out = append(out, t.pool.at(n)...)
	}
	return out
}

// Len is the length of the text in bytes.
func (t Text) Len() int {
	if t.pool == nil {
		return 0
	}
	length := max(0, len(t.parts)-3) // commas
	for _, n := range t.parts {
		length += len(t.pool.at(n))
	}
	return length
}
