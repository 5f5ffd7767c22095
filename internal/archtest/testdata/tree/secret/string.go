// Package secret is a leaf that all may import.
package secret

import "gate.example/internal/clock"

// String hides.
type String struct{ _ clock.Clock }
