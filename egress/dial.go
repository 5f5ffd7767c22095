package egress

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

// minAttempt is the least time one address gets, unless less is left altogether: a share too small for a round trip
// around the world would make every address fail.
const minAttempt = 2 * time.Second

// dialFunc has the form of Policy.Dial.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer opens connections for a Transport: it resolves, checks every address, and dials only what it checked.
type dialer struct {
	policy Policy                                   // with defaults
	check  func(host string, addr netip.Addr) error // of every address, literal or looked up
	dial   dialFunc
}

// newDialer makes the dialer of servers.
func newDialer(p Policy) dialer {
	d := dialer{policy: p, check: p.checkAddr, dial: p.Dial}
	if d.dial == nil {
		d.dial = checkedDial(p)
	}
	return d
}

// dialContext has the form that http.Transport wants. The name is resolved anew for each connection, so that an
// answer that changes between two look-ups is checked both times.
func (d dialer) dialContext(ctx context.Context, _, address string) (net.Conn, error) {
	name, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &DeniedError{Reason: "the address to dial cannot be read; give host and port"}
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, &DeniedError{Host: name, Reason: "its port is not a number from 1 to 65535; correct it"}
	}
	ctx, cancel := context.WithTimeout(ctx, d.policy.DialTimeout)
	defer cancel()
	addrs, err := d.resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	return d.dialEach(ctx, addrs, uint16(port))
}

// resolve gives the addresses of a host, in the order in which they are tried. One address that is refused refuses
// them all: who mixes public and private answers under one name is after the private ones.
func (d dialer) resolve(ctx context.Context, name string) ([]netip.Addr, error) {
	h, reason := parseHost(name)
	if reason != "" {
		return nil, &DeniedError{Host: name, Reason: reason}
	}
	if h.addr.IsValid() {
		if err := d.check(h.String(), h.addr); err != nil {
			return nil, err
		}
		return []netip.Addr{dialAddr(h.addr)}, nil
	}
	// As written, since a trailing dot keeps the resolver from trying search domains.
	addrs, err := d.policy.Resolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: h.name, IsNotFound: true}
	}
	checked := make([]netip.Addr, len(addrs))
	for i, a := range addrs {
		if err := d.check(h.name, a); err != nil {
			return nil, err
		}
		checked[i] = dialAddr(a)
	}
	return interleave(checked), nil
}

// dialAddr is the form of a checked address that is dialled: the one that was checked, with a zone only where an
// address means nothing without it.
func dialAddr(a netip.Addr) netip.Addr {
	bare := bareAddr(a)
	if bare.Is6() && bare.IsLinkLocalUnicast() {
		return bare.WithZone(a.Zone())
	}
	return bare
}

// interleave alternates the families (RFC 8305 §4), beginning with the one the resolver prefers, so that a family
// that is broken here costs one attempt and not all of them.
func interleave(addrs []netip.Addr) []netip.Addr {
	var first, second []netip.Addr
	for _, a := range addrs {
		if a.Is4() == addrs[0].Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	mixed := make([]netip.Addr, 0, len(addrs))
	for i := range max(len(first), len(second)) {
		if i < len(first) {
			mixed = append(mixed, first[i])
		}
		if i < len(second) {
			mixed = append(mixed, second[i])
		}
	}
	return mixed
}

// dialEach tries the addresses one after another and gives the first error, which is about the preferred one.
func (d dialer) dialEach(ctx context.Context, addrs []netip.Addr, port uint16) (net.Conn, error) {
	var first error
	for i, a := range addrs {
		left := timeLeft(ctx, d.policy.DialTimeout)
		if i > 0 && (left <= 0 || ctx.Err() != nil) {
			break
		}
		share := max(left/time.Duration(len(addrs)-i), min(left, minAttempt))
		conn, err := d.dialOne(ctx, netip.AddrPortFrom(a, port).String(), share)
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// timeLeft asks the clock, as the context may learn a moment later that its time is over.
func timeLeft(ctx context.Context, most time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(most, time.Until(deadline))
	}
	return most
}

// dialOne gives one address its share of the time.
func (d dialer) dialOne(ctx context.Context, address string, share time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	conn, err := d.dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if conn == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: net.ErrClosed}
	}
	return &countedConn{Conn: conn}, nil
}

// checkedDial is the plain dialer. Its control function looks at the address that the kernel is about to be given:
// nothing can come between that and the check.
func checkedDial(p Policy) dialFunc {
	d := net.Dialer{
		Control: func(network, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil || network != "tcp4" && network != "tcp6" {
				return &DeniedError{Reason: "only TCP to an address is allowed; use another host"}
			}
			return p.checkAddr(to.Addr().String(), to.Addr())
		},
	}
	return d.DialContext
}
