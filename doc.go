// Package waygate lets a multi-tenant service call third-party APIs on behalf of
// its customers: it authenticates, retries, breaks circuits, limits, paginates,
// maps, validates and records, the same way for every provider.
//
// An [Integration] describes a provider's API once. A [Tenant] is a customer of
// the host service; a connection links one tenant to one integration and holds
// its credential, sealed. A call executes an action of an integration over a
// connection:
//
//	gw, err := waygate.New(waygate.Config{Store: memory.New()})
//	err = gw.Register(ctx, waygate.Integration{
//		ID:      "github",
//		BaseURL: "https://api.github.com",
//		Auth:    auth.Bearer{},
//		Actions: []waygate.Action{waygate.HTTPAction{
//			ID: "list_issues", Method: "GET", Path: "/repos/{owner}/{repo}/issues",
//			Pagination: pagination.Link{},
//		}},
//	})
//
//	acme := gw.Tenant("acme")
//	_, err = acme.Connect(ctx, "github", waygate.ConnectionSpec{
//		Slug: "main", Credential: auth.Token(token),
//	})
//	for issue, err := range waygate.Items[Issue](ctx, acme, "github.list_issues", in) {
//		…
//	}
//
// [Invoke] reads one page, typed; [Items] and [Pages] stream all of them;
// [Tenant.Collect] reads up to a limit and says how to go on; [Tenant.Invoke] is
// for callers that don't know the type.
//
// # The way of a call
//
// Action and connection are resolved; variables are looked up; the input is
// copied, mapped and validated; the request is built, once. Then each attempt
// waits for the rate limit, asks the circuit breaker, is signed, sent through
// the guarded transport of package egress, and classified; a failed one is
// repeated with backoff, or after one refresh of the credential, if that is safe.
// The answer is read within bounds, parsed once, validated, asked for its next
// page, mapped, and given back as records. The call ends in exactly one
// [CallRecord], also if it failed before any request.
//
// # Requests and answers
//
// A [Parameter] says where a member of the input goes and in which [Style] it is
// written there; a [Body] is JSON, a form, multipart, raw bytes, text, or what an
// [Encoder] makes. A [File] stands in the input like any other value. An answer is
// JSON, text, bytes or a stream that the caller reads while it comes
// ([Result.Stream]). [Tenant.Preview] shows a request without sending it. A
// [Verification] proves a credential before it is saved. Definitions can be kept as
// files: see package catalogue.
//
// # Connecting by OAuth
//
// An integration whose scheme is an auth.OAuth2 is connected by a person, with a
// client that is registered with the provider: an [App], the platform's own for all
// tenants ([Gateway.PutApp]) or one that a tenant brings ([Tenant.PutApp]).
//
//	_, err = gw.PutApp(ctx, waygate.App{
//		Integration: "crm", ID: "main",
//		Client:       auth.Client{ID: id, Secret: secret.New(clientSecret)},
//		RedirectURLs: []string{"https://app.example.org/oauth/crm"},
//	})
//
//	a, err := acme.Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"})
//	// Redirect the browser to a.URL, with a.Binding in a cookie. It comes back to
//	// the redirect URL, with a query:
//	conn, err := acme.Complete(ctx, r.URL.Query(), cookie.Value)
//
// [Gateway.Callback] is a handler that does the second half. The binding shows that
// the browser that comes back is the one that was sent; the id of the host's own
// session does as well. [Tenant.AuthorizeDevice] is for people at another device. A
// client that asks in its own name needs nobody: [Tenant.Connect] gets its first
// token, and takes tokens that the host has already (auth.ClientCredentials,
// auth.Grant).
//
// Tokens are renewed by the calls that find them due, and by [Gateway.Run] before that,
// so that idle ones don't die. Of all processes that share a store one asks the
// provider. When the grant is gone, calls fail with [ErrNeedsReauth] before anything is
// sent; Authorize with the same slug gives the connection a new one. What becomes of
// tokens is told to a [ConnectionObserver]: "refreshed", "refresh_failed",
// "needs_reauth" and more, see [ConnectionEvent]. [Tenant.Disconnect] gives them back
// to a provider that has a revocation URL.
//
// # Kinds of failure
//
// Every failure is an [*Error] of one [Kind]. Test for it with [errors.Is] and a
// sentinel such as [ErrRateLimited]; read the rest with [errors.As]: its
// Category, Status, RetryAfter, the Fields that were wrong, and a Hint at what to
// do.
//
// A request is repeated by itself only where that can't do harm: GET, HEAD, PUT,
// DELETE, OPTIONS, an action declared idempotent, or a call with an
// [IdempotencyKey]. A POST without one is repeated only if nothing of it was
// sent, if the provider refused it with 429, or once after a 401; [Integration].Answers
// declare what else means that. Retries have a budget, see [Config].RetryBudget.
//
// # What a host can bring
//
// [Action] and [Connection] are interfaces: an action in Go ([ActionFunc]) uses
// any SDK through [Call.HTTPClient]; a connection of a vault is used with
// [Through] or [Config].Resolve. [Store] keeps the data: store/memory within the
// process. [Observer] sees each call. Package waygatetest helps a host to test
// its own code.
//
// # Lifetime
//
// [New] does no I/O and starts nothing. [Gateway.Run] does the work beside the
// calls and is optional; [Gateway.Shutdown] ends it all.
//
// A gateway remembers the connections and saved definitions that calls use. What
// other processes change in the store is seen within 2 seconds while Run runs, else
// within a second; what this one changes, at once. When the store is away, calls go
// on with what is known for [Config].MaxStale.
package waygate
