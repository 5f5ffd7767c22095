package auth

import "strings"

// Error is the error of this package. It never holds a secret value nor a part
// of one.
type Error struct {
	// Op is what failed: "validate", "accept", "authorize", "identify", "encode",
	// "decode", "renew" or "request", which is what comes before a provider is asked
	// for a token.
	Op string
	// Scheme is the kind of the scheme, empty where none is involved.
	Scheme string
	// Field is the field of the scheme or the value of the credential at fault,
	// as it is written: "name", "values.token", "schemes[1].name".
	Field string
	// Reason says what is wrong and what to do about it.
	Reason string
	// Err is the cause, if there is one.
	Err error
}

// Error gives the parts that are set, in order, separated by colons.
func (e *Error) Error() string {
	parts := []string{"auth"}
	for _, p := range []string{strings.TrimSpace(e.Op + " " + e.Scheme), e.Field, e.Reason} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// The operations that an [Error] can name.
const (
	opValidate  = "validate"
	opAccept    = "accept"
	opAuthorize = "authorize"
	opIdentify  = "identify"
	opEncode    = "encode"
	opDecode    = "decode"
	opRenew     = "renew"
	opRequest   = "request"
)
