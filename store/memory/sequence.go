package memory

import (
	"cmp"
	"iter"
	"slices"
)

// sequence holds rows in the order they came, by number: adding is O(1), finding
// a place O(log n), removing O(log n) on average because a removed row leaves a
// gap, and gaps are closed when they are as many as the rows.
type sequence[T any] struct {
	items []item[T]
	gaps  int
}

type item[T any] struct {
	n    uint64
	gone bool
	row  T
}

// add appends a row whose number is higher than all before.
func (s *sequence[T]) add(n uint64, row T) {
	s.items = append(s.items, item[T]{n: n, row: row})
}

func (s *sequence[T]) remove(n uint64) {
	i, ok := s.find(n)
	if !ok || s.items[i].gone {
		return
	}
	s.items[i] = item[T]{n: n, gone: true}
	s.gaps++
	if s.gaps*2 >= len(s.items) {
		s.items = slices.Clone(slices.DeleteFunc(s.items, func(i item[T]) bool { return i.gone }))
		s.gaps = 0
	}
}

// after goes over the rows with a number above n.
func (s *sequence[T]) after(n uint64) iter.Seq2[uint64, T] {
	return func(yield func(uint64, T) bool) {
		i, ok := s.find(n)
		if ok {
			i++
		}
		for _, it := range s.items[i:] {
			if !it.gone && !yield(it.n, it.row) {
				return
			}
		}
	}
}

func (s *sequence[T]) len() int { return len(s.items) - s.gaps }

func (s *sequence[T]) find(n uint64) (int, bool) {
	return slices.BinarySearchFunc(s.items, n, func(i item[T], n uint64) int { return cmp.Compare(i.n, n) })
}
