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
// [Signature], [JWT] and [OAuth1] sign each request with a key instead of sending it. Their clock is the machine's unless
// [WithSigning] says otherwise; [ClockOffset] tells from an answer how far a provider's is off.
//
// The built-in schemes are [None], [Bearer], [Basic], [Key] and [Headers];
// [ClientCertificate] presents a certificate in the TLS handshake instead, which
// a sender asks an [Identifier] for. [All] and [Any] combine them. A provider
// with a way of its own is a type with the four methods of [Scheme]; package
// authtest checks that it keeps the contract.
//
// [OAuth2] obtains what it signs with, and is a [Renewer] therefore. It too is one
// value, and keeps nothing; [TokenCall] brings the client and the way out:
//
//	scheme := auth.OAuth2{AuthorizeURL: "https://id.example.com/authorize", TokenURL: "https://id.example.com/token"}
//	url, err := scheme.AuthorizationURL(auth.AuthorizationRequest{Client: client, State: state, …}) // send a person there
//
//	err := scheme.CheckCallback(query) // the person is back
//	tokens, err := scheme.Exchange(ctx, call, auth.CodeExchange{Callback: query, …})
//	cred, err := scheme.Renew(ctx, call, tokens.Credential) // when it expires
//
// Where an account is that a token is for, or which of several, is captured from the answer or the callback
// ([OAuth2].Capture), or looked up with the token ([OAuth2].Lookup).
//
// [Login] does the same for a provider with a login of its own, in one to four requests that are data, and [GitHubApp] for
// an installation of a GitHub App:
//
//	scheme := auth.Login{Steps: []auth.LoginStep{{
//		URL:    "https://api.example.com/sessions",
//		Form:   map[string]string{"user": "{credential.user}", "password": "{credential.password}"},
//		Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", Path: "session.id"}}},
//	}}}
//	cred, err := scheme.Renew(ctx, call, auth.UserPassword("ada", password)) // now, and when it expires
//
// No request is sent twice, and when one fails a [*TokenError] says what became of
// the grant: above all, whether it may be spent.
//
// A scheme is written as JSON with a "kind" member, {"kind":"bearer"}, and read
// back by [Decode]. A credential never is: it prints and marshals without its
// values. [Credential.Encode] alone writes them, to be sealed at once.
package auth
