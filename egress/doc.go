// Package egress is the guarded way out: an http.RoundTripper that reaches only what a [Policy] allows, follows
// redirects without giving secrets away, and bounds what comes back.
//
// A service that calls URLs which its customers had a hand in must not be led to its own network by them. [New] makes
// a [Transport] that looks names up itself, checks every address each time it opens a connection, and dials only what
// it checked:
//
//	transport, err := egress.New(egress.Policy{}) // https to public addresses, ports 80 and 443
//	if err != nil {
//		return err
//	}
//	client := &http.Client{
//		Transport:     egress.FollowRedirects(transport),
//		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
//	}
//	resp, err := client.Do(req) // errors.Is(err, egress.ErrDenied): the policy refused it
//	if err != nil {
//		return err
//	}
//	defer egress.Drain(resp.Body)
//	data, release, err := egress.ReadBody(ctx, resp.Body, transport.Policy().MaxBodyBytes, budget, "acme")
//	if err != nil {
//		return err
//	}
//	defer release()
//
// What a policy refuses fails with a [*DeniedError] that says what to change. [AllowOrigin] opens the port of one API,
// [Policy.CheckURL] asks ahead without I/O, [SameOrigin] decides who may receive a secret. [ReadBody] stops at a limit
// with a [*TooLargeError] and draws on a [Budget] that many requests and tenants share. [BytesWritten] tells whether a
// request left before its connection broke.
//
// Where an API wants a client certificate, or has an authority of its own, [NewIdentity] makes an [Identity] of them and
// [WithIdentity] gives it to a request; requests of different identities never share a connection. [IdleTimeout] ends a
// stream that has fallen silent.
//
// The environment's proxy variables are ignored. A [Policy.Proxy] is used where it is set, and then it is the proxy and
// no longer this package that keeps requests off private addresses, since it sees them and this package does not. Unix
// sockets are never used, and a tunnel (CONNECT) only towards that proxy.
package egress
