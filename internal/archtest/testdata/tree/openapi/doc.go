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
