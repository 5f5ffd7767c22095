package waygatetest

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/waygate-go/waygate/egress"
)

// wire makes a policy lead to the providers.
func wire(policy *egress.Policy, providers []*Provider) {
	n := network{hosts: map[string]*Provider{}, addrs: map[netip.Addr]*Provider{}}
	for _, p := range providers {
		if p.ca != nil {
			if policy.RootCAs == nil {
				policy.RootCAs = x509.NewCertPool()
			}
			policy.RootCAs.AddCert(p.ca)
		}
		switch {
		case p.pipes != nil:
			n.add(p)
		case !slices.Contains(policy.Ports, p.port):
			policy.Ports = append(policy.Ports, p.port)
		}
	}
	if len(n.hosts) > 0 {
		policy.Resolver, policy.Dial = n, n.dial
	}
}

// network leads names of providers to their pipes. Both ways stand behind the
// egress check, so their addresses have to be ones that it lets through.
type network struct {
	hosts map[string]*Provider
	addrs map[netip.Addr]*Provider
}

// add gives a provider an address. Nothing is ever sent to it: dial knows these
// addresses and opens a pipe.
func (n network) add(p *Provider) {
	n.hosts[p.host] = p
	n.addrs[netip.AddrFrom4([4]byte{1, 2, 3, byte(len(n.addrs) + 1)})] = p
}

// LookupNetIP implements egress.Resolver.
func (n network) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if host == "localhost" {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
	}
	for addr, p := range n.addrs {
		if p == n.hosts[host] {
			return []netip.Addr{addr}, nil
		}
	}
	return nil, &net.DNSError{Err: "no provider of the test has this name", Name: host, IsNotFound: true}
}

func (n network) dial(ctx context.Context, networkName, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	p, ok := n.addrs[to.Addr()]
	if !ok {
		var d net.Dialer
		return d.DialContext(ctx, networkName, address)
	}
	if to.Port() != p.port {
		return nil, &net.OpError{Op: "dial", Net: networkName, Err: syscall.ECONNREFUSED}
	}
	return p.pipes.dial(ctx)
}
