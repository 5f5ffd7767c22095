package secret

import "encoding/binary"

// Purpose says what a sealed value is for. Each has subkeys of its own, so that a value sealed for one can't be passed
// off as another. Only the constants of this package are taken.
type Purpose string

// The purposes.
const (
	PurposeCredential   Purpose = "credential"   // a connection's credential
	PurposeApp          Purpose = "app"          // an OAuth client's secret
	PurposeVariable     Purpose = "variable"     // a tenant's or connection's secret variable
	PurposeState        Purpose = "state"        // an authorization flow under way
	PurposeContinuation Purpose = "continuation" // a token by which a caller resumes a read
)

// purposes is a function, for a package variable could be changed.
func purposes() []Purpose {
	return []Purpose{PurposeCredential, PurposeApp, PurposeVariable, PurposeState, PurposeContinuation}
}

// Binding is the place that a value is sealed for. [Keyring.Open] wants the very same one: whoever can write to the store
// can't move a value to another tenant, row or field. What it does not stop is putting an older value back into the same
// place.
//
// Purpose is required. The others may be empty, where a place has no such part (the platform's own app has no tenant);
// empty is a value like any other. None is secret, and none is stored with the sealed value.
type Binding struct {
	Purpose Purpose
	Kind    string // the kind of value: a credential's kind, for instance
	Tenant  string // the tenant that owns the row
	ID      string // the row
	Field   string // the column or member within the row
}

// encode writes a label and the fields, each behind its length in 8 bytes, after their number: no two lists of strings
// give the same bytes, wherever the borders between them lie.
func (b Binding) encode(label string, more ...string) []byte {
	fields := append([]string{label, string(b.Purpose), b.Kind, b.Tenant, b.ID, b.Field}, more...)
	out := binary.BigEndian.AppendUint64(nil, uint64(len(fields)))
	for _, f := range fields {
		out = binary.BigEndian.AppendUint64(out, uint64(len(f)))
		out = append(out, f...)
	}
	return out
}
