package santhosh_test

import (
	"testing"

	"github.com/waygate-go/waygate/validation/santhosh"
	"github.com/waygate-go/waygate/validation/validationtest"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	validationtest.Engine(t, santhosh.Engine{})
}
