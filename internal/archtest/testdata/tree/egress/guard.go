// Package egress is a leaf that all may import.
package egress

// Guard guards.
type Guard struct{}
