// Package mapping is a leaf.
package mapping

import (
	_ "net/http/httptest"
	_ "testing"
	_ "testing/quick"

	"gate.example/openapi"
)

// Map maps.
type Map struct{ _ openapi.Document }
