// Package deep reaches out of internal.
package deep

import "gate.example/pagination"

// Deep is deep.
type Deep struct{ _ pagination.Link }
