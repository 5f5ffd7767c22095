package egress

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// originsKey is the context key of [AllowOrigin].
type originsKey struct{}

// origins is a list that grows at its head, so that contexts derived from one another share the rest.
type origins struct {
	origin origin
	next   *origins
}

// origin is a URL's origin, read once.
type origin struct {
	scheme string // in lower case
	host   host
	port   uint16
}

// originOf reads the origin of u, if it has one.
func originOf(u *url.URL) (o origin, ok bool) {
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" {
		return o, false
	}
	h, reason := parseHost(u.Hostname())
	port, ok := parsePort(u)
	return origin{scheme, h, port}, ok && reason == ""
}

// AllowOrigin lets requests under the returned context reach origin ("https://host:8443") although its port is not
// among the policy's. The port is all it opens: the host's addresses are checked as ever, and an http origin still
// needs Policy.AllowHTTP. Calls add up. An origin that cannot be read opens nothing.
//
// It is meant for the origin that a definition's owner fixed, never for one that came with a call.
func AllowOrigin(ctx context.Context, origin string) context.Context {
	return NewOrigins(origin).Allow(ctx)
}

// Origins are origins that were read once, to be allowed under many contexts. The zero value is none.
type Origins struct{ list *origins }

// NewOrigins reads origins. One that cannot be read opens nothing.
func NewOrigins(texts ...string) (o Origins) {
	for _, text := range texts {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		if read, ok := originOf(u); ok {
			o.list = &origins{read, o.list}
		}
	}
	return o
}

// Allow does what [AllowOrigin] does, for each of the origins.
func (o Origins) Allow(ctx context.Context) context.Context {
	if o.list == nil {
		return ctx
	}
	list, _ := ctx.Value(originsKey{}).(*origins)
	if list == nil {
		return context.WithValue(ctx, originsKey{}, o.list)
	}
	for x := o.list; x != nil; x = x.next {
		list = &origins{x.origin, list}
	}
	return context.WithValue(ctx, originsKey{}, list)
}

func originAllowed(ctx context.Context, o origin) bool {
	list, _ := ctx.Value(originsKey{}).(*origins)
	for ; list != nil; list = list.next {
		if list.origin == o {
			return true
		}
	}
	return false
}

// CheckURL reports whether the policy lets a request for u through as far as that can be told without I/O: scheme,
// user, port, and the host where it is a literal address. A name that passes may still be refused when it is dialled.
// The error is a [*DeniedError].
func (p Policy) CheckURL(u *url.URL) error {
	return p.CheckURLContext(context.Background(), u)
}

// CheckURLContext is [Policy.CheckURL] with the origins that [AllowOrigin] opened in ctx.
func (p Policy) CheckURLContext(ctx context.Context, u *url.URL) error {
	if u == nil {
		return &DeniedError{Reason: "there is no URL; give one"}
	}
	if err := p.checkForm(u); err != nil {
		return err
	}
	h, reason := parseHost(u.Hostname())
	if reason != "" {
		return &DeniedError{Host: printableHost(u), Reason: reason}
	}
	if err := p.checkPort(ctx, u, h); err != nil {
		return err
	}
	if !h.addr.IsValid() || p.addrReason(h.addr) == "" {
		return nil
	}
	return p.checkAddr(h.String(), h.addr)
}

// checkForm looks at what stands around host and port.
func (p *Policy) checkForm(u *url.URL) error {
	deny := func(reason string) error { return &DeniedError{Host: printableHost(u), Reason: reason} }
	switch {
	case u.Scheme == "http" && !p.AllowHTTP:
		return deny("plain http is not allowed; use https, or set Policy.AllowHTTP")
	case u.Scheme != "https" && u.Scheme != "http":
		return deny("only https is allowed, and http with Policy.AllowHTTP; write the scheme in lower case")
	case u.User != nil:
		return deny("the URL carries a user or password; remove it and use a credential")
	case u.Opaque != "":
		return deny("the URL has no // after its scheme; write it in full")
	}
	return nil
}

func (p Policy) checkPort(ctx context.Context, u *url.URL, h host) error {
	port, ok := parsePort(u)
	if !ok {
		return &DeniedError{Host: h.String(), Reason: "its port is not a number from 1 to 65535; correct it"}
	}
	if p.portAllowed(ctx, origin{u.Scheme, h, port}) {
		return nil
	}
	return &DeniedError{Host: h.String(), Reason: fmt.Sprintf("its port %d is not allowed; use 443, or add the port to Policy.Ports", port)}
}

func (p *Policy) portAllowed(ctx context.Context, o origin) bool {
	return o.port == 80 || o.port == 443 || slices.Contains(p.Ports, o.port) || originAllowed(ctx, o)
}

// printableHost is the host for a message about a URL that may be malformed. Hosts that hold an @ were put together
// by hand and may carry a password: what stands before the @ is dropped.
func printableHost(u *url.URL) string {
	name := u.Hostname()
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '@' {
			return name[i+1:]
		}
	}
	return name
}

// CheckAddr reports whether the policy lets a be dialled. Its zone is set aside and an IPv4-mapped address is taken as
// IPv4. Refused is all that the IANA special-purpose registries list, what lies outside IPv6 global unicast, and the
// well-known addresses of cloud metadata services, unless it is in Allow; and all that is in Deny. The error is a
// [*DeniedError].
func (p Policy) CheckAddr(a netip.Addr) error {
	return p.checkAddr(a.String(), a)
}

// checkAddr is CheckAddr for an address that a host led to.
func (p Policy) checkAddr(name string, a netip.Addr) error {
	if reason := p.addrReason(a); reason != "" {
		return &DeniedError{Host: name, Addr: a, Reason: reason}
	}
	return nil
}

// addrReason says why a is refused, or nothing.
func (p Policy) addrReason(a netip.Addr) string {
	if !a.IsValid() {
		return "it has no valid address; check the resolver"
	}
	a = bareAddr(a)
	contains := func(prefix netip.Prefix) bool { return prefix.Contains(a) }
	if slices.ContainsFunc(p.Deny, contains) {
		return "its address is in Policy.Deny; use another host, or take the range out"
	}
	why := specialPurpose(a)
	if why == "" {
		return ""
	}
	if !slices.ContainsFunc(p.Allow, contains) {
		return "its address is not public (" + why + "); if it is meant to be reached, add it to Policy.Allow"
	}
	if a.Is4() {
		return ""
	}
	if inner, ok := innerAddr(a); ok {
		return p.addrReason(inner)
	}
	return ""
}

// bareAddr is the address as prefixes know it. A prefix contains no address that has a zone, and no IPv4 address in
// its IPv6 clothing, so both would slip through unseen.
func bareAddr(a netip.Addr) netip.Addr { return a.WithZone("").Unmap() }
