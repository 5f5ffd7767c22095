package auth

import (
	"context"
	"net/http"

	"github.com/waygate-go/waygate/secret"
)

// Scheme is one way of signing requests. It is a definition, shared by all
// customers of a provider, and holds no secret.
//
// Contract, checked by authtest.Scheme:
//
//  1. End of ctx. Authorize called with an ended ctx, or whose ctx ends while it
//     waits, returns an error for which errors.Is(err, ctx.Err()) holds, without
//     delay. A scheme that needs no I/O does none.
//  2. Concurrency. All methods may be called at the same time from any number of
//     goroutines, each with a request of its own. What one credential leaves
//     behind is never used for another.
//  3. Absence. A value that is missing or empty is an *Error whose Field names
//     it. A request is never sent with an empty secret in its place; [Basic]
//     alone takes one of its two as empty.
//  4. Agreement. Accepts and Authorize judge alike: what Accepts refuses,
//     Authorize refuses, and what it takes, Authorize signs with, unless the
//     request itself doesn't suit the scheme. Kind, Accepts and Places give the
//     same answer on every call. A [Renewer] also accepts what it can obtain a
//     first token with, which Authorize refuses until it was renewed.
//  5. Aliasing. r and r.Header belong to the call and are changed in place; the
//     URL behind r.URL may be shared and is replaced by a changed copy; so is
//     the body, see 8. c is not changed, and neither r nor c is kept.
//  6. Repetition. Each attempt is signed anew, maybe on a request that carries an
//     earlier signature: the result is as if it had been signed once. A header,
//     pair or member of the same name is replaced, not joined by a second.
//  7. Silence. No error holds a secret, a part of one or an encoding of one.
//  8. Extent. Method, host, path and ctx stay as they are, and so does everything
//     outside Places if the scheme is a [Placer]. One that changes the body
//     closes the body it found and sets Body, GetBody and ContentLength to
//     agree. After an error, r must not be sent; its body is the caller's to
//     close.
//  9. Safety on the wire. A value that can't stand in its place unchanged, as a
//     line break in a header, is refused and never cleaned.
//  10. Panics. None, whatever the request, the credential and the definition
//     hold, nil fields included.
//
// Accepts and Authorize are only asked of a scheme whose Validate gave nil.
// An implementation that a definition file may name is a struct whose
// MarshalJSON writes its kind as the member "kind", and has a [Decoder].
type Scheme interface {
	// Kind names the scheme in written definitions and errors: [a-z0-9_]{1,64}.
	Kind() string
	// Validate checks the definition, once, before it is first used. The *Error
	// names the field and what to do.
	Validate() error
	// Accepts reports whether c has what the scheme signs with. The *Error says
	// which value is missing and which constructor gives it.
	Accepts(c Credential) error
	// Authorize signs one attempt, in place.
	Authorize(ctx context.Context, r *http.Request, c Credential) error
}

// Placer is implemented by a scheme that can tell where it writes. Nothing else
// may be written there, and what stands there is not shown. [All] and [Any]
// give the places of all their members.
type Placer interface {
	// Places lists them, each once; empty for a scheme that writes nothing.
	Places() []Place
}

// Identifier is implemented by a scheme that presents a certificate in the TLS
// handshake. Whoever sends the request presents it, to those origins alone that
// may be sent what Authorize writes, and on connections that no other credential
// rides on.
//
// Identity judges as Accepts does (clause 4 of [Scheme]), gives either both or
// neither, and keeps clauses 2, 3, 7 and 10. [All] and [Any] give that of their
// members.
type Identifier interface {
	// Identity gives certificate and key, in PEM; both unset: none for this
	// credential.
	Identity(c Credential) (certificate, key secret.String, err error)
}

// Place is one spot of a request.
type Place struct {
	// In is the part of the request.
	In In `json:"in,omitempty"`
	// Name is the header, query parameter, cookie or top-level body member. Header
	// names are in canonical form and are to be compared without regard to case.
	Name string `json:"name"`
}

// String names the place for a human: "header X-Api-Key".
func (p Place) String() string { return string(p.In.orHeader()) + " " + p.Name }

// In is a part of a request.
type In string

// The parts of a request that a scheme can write to. The empty In means
// InHeader.
const (
	InHeader In = "header" // a header
	InQuery  In = "query"  // a parameter of the URL's query
	InCookie In = "cookie" // a pair of the header Cookie (RFC 6265)
	InBody   In = "body"   // a member of a JSON object, or a pair of a form
)

func (in In) orHeader() In {
	if in == "" {
		return InHeader
	}
	return in
}
