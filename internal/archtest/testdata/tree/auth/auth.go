// Package auth is a leaf.
package auth

import (
	"gate.example/auth/authtest"
	"gate.example/egress"
	"gate.example/internal/clock"
	"gate.example/mapping"
	"gate.example/secret"
)

// Scheme imports what it may (egress, clock, secret) and what it may not (mapping, a test package).
type Scheme struct {
	_ secret.String
	_ egress.Guard
	_ clock.Clock
	_ mapping.Map
	_ authtest.Suite
}
