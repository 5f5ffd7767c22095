// Package pagination is a leaf.
package pagination

import "errors"

// Interface is asserted below; M does nothing.
type Interface interface{ M() }

// Link follows links.
type Link struct{}

// M does nothing.
func (Link) M() {}

// What may stand.
var (
	ErrA            = errors.New("a")
	ErrB  error     = Link{}
	_     Interface = Link{}
	Table           = map[string]int{"allowed": 1}
)

// What may not.
var (
	ErrCount int
	cache    = map[string]int{}
	x, y     = errors.New("x"), new(int)
)

func (Link) Error() string { return "" }

func (unexported) Method() {}

type unexported struct{}

func init() { cache["x"] = *y; _ = x }
