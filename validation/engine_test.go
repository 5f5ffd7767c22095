package validation_test

import (
	"testing"

	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/validationtest"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	validationtest.Engine(t, validation.Kaptinlin{})
}
