package openapi

type Document struct{}

const Version = 1

// Sizes, under one comment.
const (
	Small = iota
	Large
)

type Generic[T any] struct{}

func (*Generic[T]) Do() {}

func New() Document { return Document{} }

// Pair has a Left and something else.
type Pair struct {
	Left, Right int
	Both        bool // of Other, too
	Other       int
	small       int
}

// Reader reads.
type Reader interface {
	Read()
	// Close ends it.
	Close()
}
