package archtest_test

import (
	"testing"

	"github.com/waygate-go/waygate/internal/archtest"
)

// TestHouse judges this repository.
func TestHouse(t *testing.T) {
	t.Parallel()
	findings, err := archtest.Check(t.Context(), "../..", archtest.Allowed())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}
