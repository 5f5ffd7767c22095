package auth_test

import (
	"testing"

	_ "gate.example"
)

func TestScheme(*testing.T) {}
