package storetest_test

import (
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/storetest"
)

// A store's own test: it says how a new store is made and what it can do.
func ExampleRun() {
	TestStore := func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) waygate.Store {
			s := memory.New(memory.RecordLimit(500))
			t.Cleanup(func() { _ = s.Close() })
			return s
		}, storetest.Capabilities{
			Audit: true, Variables: true, Flows: true, Apps: true, Statistics: true, Watch: true, Wakes: true, Closes: true,
			BoundedRecords: 500,
		})
	}
	_ = TestStore // go test calls it
	// Output:
}
