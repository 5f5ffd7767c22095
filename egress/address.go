package egress

import "net/netip"

// special is one block of addresses that is not the public internet, and the reason why.
type special struct {
	prefix string
	why    string
}

// special4 lists the IANA IPv4 special-purpose address registry (RFC 6890), multicast, and what cloud providers put
// on addresses that look public. It is a function, as a variable could be changed. Blocks which the registry calls
// globally reachable are in it: no API lives there.
func special4() [19]special {
	return [...]special{
		{"0.0.0.0/8", "this network, RFC 791"},
		{"10.0.0.0/8", "private, RFC 1918"},
		{"100.64.0.0/10", "carrier-grade NAT, RFC 6598"},
		{"127.0.0.0/8", "loopback, RFC 1122"},
		{"168.63.129.16/32", "Azure platform service"},
		{"169.254.0.0/16", "link-local and metadata, RFC 3927"},
		{"172.16.0.0/12", "private, RFC 1918"},
		{"192.0.0.0/24", "protocol assignments and 192.0.0.192 metadata, RFC 6890"},
		{"192.0.2.0/24", "documentation, RFC 5737"},
		{"192.31.196.0/24", "AS112, RFC 7535"},
		{"192.52.193.0/24", "AMT, RFC 7450"},
		{"192.88.99.0/24", "6to4 relay, RFC 7526"},
		{"192.168.0.0/16", "private, RFC 1918"},
		{"192.175.48.0/24", "AS112, RFC 7534"},
		{"198.18.0.0/15", "benchmarking, RFC 2544"},
		{"198.51.100.0/24", "documentation, RFC 5737"},
		{"203.0.113.0/24", "documentation, RFC 5737"},
		{"224.0.0.0/4", "multicast, RFC 5771"},
		{"240.0.0.0/4", "reserved and broadcast, RFC 1112 and RFC 919"},
	}
}

// special6 lists the IANA IPv6 special-purpose address registry and the forms that carry an IPv4 address inside, but
// for IPv4-mapped addresses, which are looked up as IPv4. Its last three entries close it: of IPv6 only 2000::/3 is
// handed out as global unicast (RFC 4291 §2.4), so whatever else may be defined one day is refused before it is known.
func special6() [27]special {
	return [...]special{
		{"::1/128", "loopback, RFC 4291"},
		{"::/128", "unspecified, RFC 4291"},
		{"::/96", "IPv4-compatible, RFC 4291"},
		{"::ffff:0:0:0/96", "IPv4-translated, RFC 2765"},
		{"64:ff9b::/96", "NAT64, RFC 6052"},
		{"64:ff9b:1::/48", "local NAT64, RFC 8215"},
		{"100::/64", "discard, RFC 6666"},
		{"100:0:0:1::/64", "dummy prefix, RFC 9780"},
		{"2001::/32", "Teredo, RFC 4380"},
		{"2001:2::/48", "benchmarking, RFC 5180"},
		{"2001:10::/28", "ORCHID, RFC 4843"},
		{"2001:20::/28", "ORCHIDv2, RFC 7343"},
		{"2001:30::/28", "drone identifiers, RFC 9374"},
		{"2001::/23", "protocol assignments, RFC 2928"},
		{"2001:db8::/32", "documentation, RFC 3849"},
		{"2002::/16", "6to4, RFC 3056"},
		{"2620:4f:8000::/48", "AS112, RFC 7534"},
		{"3ffe::/16", "6bone, RFC 3701"},
		{"3fff::/20", "documentation, RFC 9637"},
		{"5f00::/16", "segment routing, RFC 9602"},
		{"fc00::/7", "unique local, RFC 4193"},
		{"fe80::/10", "link-local, RFC 4291"},
		{"fec0::/10", "site-local, RFC 3879"},
		{"ff00::/8", "multicast, RFC 4291"},
		{"::/3", "not global unicast, RFC 4291"},
		{"4000::/2", "not global unicast, RFC 4291"},
		{"8000::/1", "not global unicast, RFC 4291"},
	}
}

// specialPurpose says what a bare address is when it is not a public one, or nothing.
func specialPurpose(a netip.Addr) string {
	if a.Is4() {
		list := special4()
		return purposeIn(list[:], a)
	}
	list := special6()
	return purposeIn(list[:], a)
}

func purposeIn(list []special, a netip.Addr) string {
	for _, s := range list {
		prefix, err := netip.ParsePrefix(s.prefix)
		if err != nil { // a slip in the tables closes the door rather than opening it
			return "unreadable entry " + s.prefix
		}
		if prefix.Contains(a) {
			return s.why
		}
	}
	return ""
}

// innerAddr is the IPv4 address that a gateway or a tunnel on the way would go on to from a, and whether a is of a form
// that has one: IPv4-compatible (RFC 4291 §2.5.5.1), IPv4-translated (RFC 2765 §2.1), NAT64 (RFC 6052 §2.1) and 6to4
// (RFC 3056 §2). Loopback and the unspecified address look like the first and are not.
func innerAddr(a netip.Addr) (inner netip.Addr, ok bool) {
	b := a.As16()
	switch [12]byte(b[:12]) {
	case [12]byte{}:
		return netip.AddrFrom4([4]byte(b[12:])), a != netip.IPv6Loopback() && a != netip.IPv6Unspecified()
	case [12]byte{8: 0xff, 9: 0xff}, [12]byte{0, 0x64, 0xff, 0x9b}:
		return netip.AddrFrom4([4]byte(b[12:])), true
	}
	return netip.AddrFrom4([4]byte(b[2:6])), b[0] == 0x20 && b[1] == 0x02
}
