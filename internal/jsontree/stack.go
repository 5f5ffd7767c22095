package jsontree

// stack holds its first elements in place: in a local variable, a small one
// costs no allocation. (A slice of a local array would: the compiler sends to
// the heap whatever an append through a pointer may keep.)
type stack[T any] struct {
	n    int
	room [64]T
	more []T
}

// at gives an element below n; the pointer is good until the next push.
func (s *stack[T]) at(i int) *T {
	if i < len(s.room) {
		return &s.room[i]
	}
	return &s.more[i-len(s.room)]
}

func (s *stack[T]) top() *T { return s.at(s.n - 1) }

func (s *stack[T]) push(e T) {
	if s.n < len(s.room) {
		s.room[s.n] = e
	} else {
		s.more = append(s.more, e)
	}
	s.n++
}

// cut keeps the first n elements.
func (s *stack[T]) cut(n int) {
	s.n = n
	s.more = s.more[:max(n-len(s.room), 0)]
}
