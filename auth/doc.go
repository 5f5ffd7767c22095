// Package auth holds credentials and the schemes that sign HTTP requests with them.
//
// A [Credential] is what a customer hands over: named secrets, made by [Token],
// [APIKey], [UserPassword], [Certificate] or [Fields]. A [Scheme] says where a provider wants
// to find them. Both are plain values, so a provider's way of signing is one
// line of data:
//
//	scheme := auth.Key{In: auth.InQuery, Name: "api_key"}
//	cred := auth.APIKey("k-123")
//
//	if err := scheme.Validate(); err != nil { … }  // once, when it is defined
//	if err := scheme.Accepts(cred); err != nil { … } // once, when it is saved
//
//	signed := req.Clone(ctx) // for each attempt: schemes sign in place
//	err := scheme.Authorize(ctx, signed, cred)
//
// The built-in schemes are [None], [Bearer], [Basic], [Key] and [Headers];
// [ClientCertificate] presents a certificate in the TLS handshake instead, which
// a sender asks an [Identifier] for. [All] and [Any] combine them. A provider
// with a way of its own is a type with the four methods of [Scheme]; package
// authtest checks that it keeps the contract.
//
// A scheme is written as JSON with a "kind" member, {"kind":"bearer"}, and read
// back by [Decode]. A credential never is: it prints and marshals without its
// values. [Credential.Encode] alone writes them, to be sealed at once.
package auth
