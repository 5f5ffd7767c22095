package santhosh_test

import (
	"testing"

	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/santhosh"
	"github.com/waygate-go/waygate/validation/validationtest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	counts := validationtest.Suite(t, func(documents map[string][]byte) validation.Engine {
		return santhosh.Engine{Documents: documents}
	})
	validationtest.CompareSuite(t, "santhosh", counts, "../../docs/json_schema.md")
}
