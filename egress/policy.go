package egress

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// The defaults of a [Policy], in bytes and for one host.
const (
	defaultMaxHeaderBytes      = 64 << 10
	defaultMaxBodyBytes        = 10 << 20
	defaultMaxInFlightBytes    = 256 << 20
	defaultMaxTenantBytes      = 64 << 20
	defaultDialTimeout         = 10 * time.Second
	defaultTLSHandshakeTimeout = 10 * time.Second
	defaultIdleConnTimeout     = 90 * time.Second
	defaultMaxIdleConnsPerHost = 256
)

// Policy says where requests may go and how much may come back. The zero value lets through https to public addresses
// on the ports 80 and 443, and nothing else. A Policy is a value: [New] takes a copy of it.
//
// A request that the policy refuses fails with a [*DeniedError] before a connection is opened.
type Policy struct {
	// Allow lists addresses that may be dialled although they would be refused: "127.0.0.1/32" in a test. Addresses
	// are compared without zone and with IPv4-mapped IPv6 written as IPv4. Allowing a block
	// that carries IPv4 addresses inside, such as 64:ff9b::/96 (NAT64), opens it for those that could be dialled
	// themselves.
	Allow []netip.Prefix
	// Deny lists addresses of servers that are never dialled, such as the host's own public ranges. It wins over Allow.
	Deny []netip.Prefix
	// Proxy is the http or https proxy that every request goes through, "https://user:password@proxy.example:3128". nil
	// means none: the environment's proxy variables are ignored.
	//
	// BEWARE: THROUGH A PROXY NO ADDRESS OF A TARGET IS CHECKED. The proxy looks names up, so what keeps requests off
	// private networks is then the proxy and no longer this Policy; Allow and Deny hold only for hosts that are written
	// as addresses, and so do [Policy.CheckURL]'s other checks (scheme, port, form). A proxy that refuses no private
	// addresses by itself opens the network it stands in to whoever chooses a host name.
	//
	// The proxy is the host's own choice. Its address needs no Allow, is not refused by Deny, and is the only one that
	// is dialled. https goes through a tunnel (CONNECT) that the proxy cannot look into; http is handed to the proxy
	// whole. An https proxy is verified with RootCAs, never with an [Identity], which it does not see; to an http proxy
	// the password travels in clear. SOCKS is refused. The user and password are left out wherever a Policy is printed.
	Proxy *url.URL
	// AllowHTTP admits plain http.
	AllowHTTP bool
	// Ports are allowed beside 80 and 443, for every host. For the port of one API use [AllowOrigin].
	Ports []uint16
	// RootCAs verify servers, unless the request has an [Identity] with Roots. nil means those of the system.
	RootCAs *x509.CertPool
	// Resolver looks names up, that of a Proxy included. nil means net.DefaultResolver.
	Resolver Resolver
	// Dial opens connections. It stands behind the check: address is the "ip:port" that was checked and no name is
	// left to resolve. nil means a net.Dialer that checks the address once more when the socket exists.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// MaxHeaderBytes bounds the header of a response, any 1xx before it included. A longer one fails with a
	// [*ResponseError]. 0 means 64 KiB.
	MaxHeaderBytes int64
	// MaxBodyBytes is the limit, after decompression, that a caller of [ReadBody] passes on. 0 means 10 MiB. The
	// transport does not enforce it by itself, so that a stream can be read without end.
	MaxBodyBytes int64
	// MaxInFlightBytes bounds the bodies held at a time, see [NewBudget]. 0 means 256 MiB.
	MaxInFlightBytes int64
	// MaxTenantBytes bounds one tenant's share of MaxInFlightBytes. 0 means 64 MiB, or MaxInFlightBytes if that is less.
	MaxTenantBytes int64
	// DialTimeout bounds the look-up and all connection attempts for one connection together. 0 means 10 s.
	DialTimeout time.Duration
	// TLSHandshakeTimeout bounds the handshake. 0 means 10 s.
	TLSHandshakeTimeout time.Duration
	// IdleConnTimeout is how long an unused connection is kept. 0 means 90 s.
	IdleConnTimeout time.Duration
	// MaxIdleConnsPerHost is how many unused connections are kept for one host and port. 0 means 256.
	MaxIdleConnsPerHost int
	// HTTP1Only turns HTTP/2 off, for servers behind middleboxes that break it.
	HTTP1Only bool
}

// Resolver looks up the addresses of a name; *net.Resolver is one. network is always "ip". It must respect ctx and be
// safe for concurrent use.
type Resolver interface {
	// LookupNetIP is as that of net.Resolver.
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var _ Resolver = (*net.Resolver)(nil)

// Validate reports the first field that cannot be used as a [*PolicyError]. Zero values are fine: they have defaults.
func (p Policy) Validate() error {
	if err := validPrefixes("Allow", p.Allow); err != nil {
		return err
	}
	if err := validPrefixes("Deny", p.Deny); err != nil {
		return err
	}
	for i, port := range p.Ports {
		if port == 0 {
			return &PolicyError{fmt.Sprintf("Ports[%d]", i), "0 is not a port; leave it out"}
		}
	}
	if err := validProxy(p.Proxy); err != nil {
		return err
	}
	if err := p.validNumbers(); err != nil {
		return err
	}
	return p.withDefaults().validShares()
}

// validPrefixes refuses prefixes that could never match, because a denial that never matches is a hole.
func validPrefixes(field string, prefixes []netip.Prefix) error {
	for i, prefix := range prefixes {
		name := fmt.Sprintf("%s[%d]", field, i)
		if !prefix.IsValid() {
			return &PolicyError{name, "is not a prefix; use netip.ParsePrefix"}
		}
		if prefix.Addr().Is4In6() {
			return &PolicyError{name, "is IPv4-mapped, and addresses are compared as IPv4; write the IPv4 prefix"}
		}
	}
	return nil
}

func (p Policy) validNumbers() error {
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"MaxHeaderBytes", p.MaxHeaderBytes},
		{"MaxBodyBytes", p.MaxBodyBytes},
		{"MaxInFlightBytes", p.MaxInFlightBytes},
		{"MaxTenantBytes", p.MaxTenantBytes},
		{"DialTimeout", int64(p.DialTimeout)},
		{"TLSHandshakeTimeout", int64(p.TLSHandshakeTimeout)},
		{"IdleConnTimeout", int64(p.IdleConnTimeout)},
		{"MaxIdleConnsPerHost", int64(p.MaxIdleConnsPerHost)},
	} {
		if f.value < 0 {
			return &PolicyError{f.name, "is negative; use 0 for the default, or a positive value"}
		}
	}
	return nil
}

// validShares refuses limits that can never be used up, since a smaller one stands in their way.
func (p Policy) validShares() error {
	if p.MaxTenantBytes > p.MaxInFlightBytes {
		return &PolicyError{"MaxTenantBytes", "is more than MaxInFlightBytes; lower it, or raise the other"}
	}
	if p.MaxBodyBytes > p.MaxTenantBytes {
		return &PolicyError{"MaxBodyBytes", "is more than one tenant may hold; lower it, or raise MaxTenantBytes"}
	}
	return nil
}

// withDefaults is a copy that shares nothing the caller could change, with every zero filled in.
func (p Policy) withDefaults() Policy {
	p = p.clone()
	p.MaxHeaderBytes = cmp.Or(p.MaxHeaderBytes, defaultMaxHeaderBytes)
	p.MaxInFlightBytes = cmp.Or(p.MaxInFlightBytes, defaultMaxInFlightBytes)
	p.MaxTenantBytes = cmp.Or(p.MaxTenantBytes, min(defaultMaxTenantBytes, p.MaxInFlightBytes))
	p.MaxBodyBytes = cmp.Or(p.MaxBodyBytes, min(defaultMaxBodyBytes, p.MaxTenantBytes))
	p.DialTimeout = cmp.Or(p.DialTimeout, defaultDialTimeout)
	p.TLSHandshakeTimeout = cmp.Or(p.TLSHandshakeTimeout, defaultTLSHandshakeTimeout)
	p.IdleConnTimeout = cmp.Or(p.IdleConnTimeout, defaultIdleConnTimeout)
	p.MaxIdleConnsPerHost = cmp.Or(p.MaxIdleConnsPerHost, defaultMaxIdleConnsPerHost)
	if p.Resolver == nil {
		p.Resolver = net.DefaultResolver
	}
	return p
}

func (p Policy) clone() Policy {
	p.Allow = slices.Clone(p.Allow)
	p.Deny = slices.Clone(p.Deny)
	p.Ports = slices.Clone(p.Ports)
	if p.RootCAs != nil {
		p.RootCAs = p.RootCAs.Clone()
	}
	if p.Proxy != nil {
		proxy := *p.Proxy
		p.Proxy = &proxy
	}
	return p
}

// policy has the fields of a Policy and none of its methods, so that printing one does not begin anew.
type policy Policy

// printable is p with the user and password of its Proxy replaced.
func (p Policy) printable() policy {
	if p.Proxy != nil && p.Proxy.User != nil {
		proxy := *p.Proxy
		proxy.User = url.User("redacted")
		p.Proxy = &proxy
	}
	return policy(p)
}

// Format prints the fields under every verb, with "redacted" in place of the user and password of the Proxy.
func (p Policy) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), p.printable())
}

// MarshalJSON gives the fields for a log, with "redacted" in place of the user and password of the Proxy and without
// RootCAs, Resolver and Dial. It is not read back.
func (p Policy) MarshalJSON() ([]byte, error) {
	proxy := ""
	printable := p.printable()
	if printable.Proxy != nil {
		proxy = printable.Proxy.String()
	}
	return json.Marshal(struct {
		policy
		Proxy                   string    `json:",omitempty"`
		RootCAs, Resolver, Dial *struct{} `json:",omitempty"`
	}{policy: printable, Proxy: proxy})
}
