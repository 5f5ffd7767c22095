// Package authtest serves tests, so it may import testing.
package authtest

import "testing"

// Suite runs a test.
type Suite struct{ _ *testing.T }
