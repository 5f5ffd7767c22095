package gate_test

import (
	"testing"

	"gate.example/gatetest"
	"gate.example/store/memory"
)

// Tests of the root may use adapters.
func TestGate(t *testing.T) { gatetest.Run(t, memory.Store{}) }
