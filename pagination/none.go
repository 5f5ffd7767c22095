package pagination

import "github.com/waygate-go/waygate/internal/written"

// None reads a single page.
type None struct{}

var _ Strategy = None{}

// Kind is "none".
func (None) Kind() string { return "none" }

// Validate gives nil.
func (None) Validate() error { return nil }

// First gives no parameters.
func (None) First() []Param { return nil }

// Next gives nil, nil.
func (None) Next(Page) (*Next, error) { return nil, nil }

// MarshalJSON writes {"kind":"none"}.
func (s None) MarshalJSON() ([]byte, error) { return written.Marshal(s.Kind(), struct{}{}) }
