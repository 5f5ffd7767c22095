// Package gatetest serves tests.
package gatetest

import "testing"

// Run runs.
func Run(*testing.T, any) {}
