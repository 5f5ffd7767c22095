// Package gate is the root of a small house.
package gate

import (
	"gate.example/auth"
	"gate.example/internal/clock"
	"gate.example/store/memory"
)

// Gate may import leaves and internal packages, but not the store.
type Gate struct {
	Scheme auth.Scheme  // signs
	Clock  clock.Clock  // tells the time
	Store  memory.Store // keeps
}
