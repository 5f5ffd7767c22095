package validation_test

import (
	"testing"

	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/validationtest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	counts := validationtest.Suite(t, func(documents map[string][]byte) validation.Engine {
		return validation.Kaptinlin{Documents: documents}
	})
	validationtest.CompareSuite(t, "Kaptinlin", counts, "../docs/json_schema.md")
}
