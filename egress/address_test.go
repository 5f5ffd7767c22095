package egress_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

func TestCheckAddr(t *testing.T) {
	t.Parallel()
	for addr, allowed := range map[string]bool{
		// IPv4, each block at its first and last address and just outside
		"0.0.0.0": false, "0.255.255.255": false, "1.0.0.0": true, "1.1.1.1": true,
		"9.255.255.255": true, "10.0.0.0": false, "10.255.255.255": false, "11.0.0.0": true,
		"100.63.255.255": true, "100.64.0.0": false, "100.100.100.200": false, "100.127.255.255": false, "100.128.0.0": true,
		"126.255.255.255": true, "127.0.0.1": false, "127.255.255.255": false, "128.0.0.0": true,
		"168.63.129.15": true, "168.63.129.16": false, "168.63.129.17": true,
		"169.253.255.255": true, "169.254.169.254": false, "169.254.255.255": false, "169.255.0.0": true,
		"172.15.255.255": true, "172.16.0.0": false, "172.31.255.255": false, "172.32.0.0": true,
		"191.255.255.255": true, "192.0.0.0": false, "192.0.0.192": false, "192.0.1.0": true, "192.0.2.1": false,
		"192.31.196.1": false, "192.52.193.1": false, "192.88.99.1": false, "192.167.255.255": true,
		"192.168.0.0": false, "192.168.255.255": false, "192.169.0.0": true, "192.175.48.1": false,
		"198.17.255.255": true, "198.18.0.0": false, "198.19.255.255": false, "198.20.0.0": true,
		"198.51.100.1": false, "203.0.113.255": false, "223.255.255.255": true, "224.0.0.1": false,
		"239.255.255.250": false, "240.0.0.1": false, "255.255.255.255": false, "8.8.8.8": true,
		// IPv6
		"::": false, "::1": false, "::2": false, "::7f00:1": false, "::8.8.8.8": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true,
		"::ffff:0:127.0.0.1": false, "::ffff:0:8.8.8.8": false,
		"64:ff9b::127.0.0.1": false, "64:ff9b::8.8.8.8": false, "64:ff9b:1::1": false, "64:ff9b:2::1": false,
		"100::1": false, "100:0:0:1::1": false, "1fff::1": false,
		"2001::1": false, "2001:0:4136:e378:8000:63bf:3fff:fdd2": false, "2001:2::1": false, "2001:3::1": false,
		"2001:10::1": false, "2001:20::1": false, "2001:30::1": false, "2001:1ff::1": false, "2001:200::1": true,
		"2001:4860:4860::8888": true, "2001:db8::1": false, "2001:db9::1": true,
		"2002:7f00:1::": false, "2002:808:808::": false, "2003::1": true, "2606:4700::1111": true,
		"2620:4f:8000::1": false, "2620:4f:8001::1": true, "3ffe::1": false, "3fff::1": false, "3fff:1000::1": true,
		"2a00:1450:4001::1": true, "4000::1": false, "5f00::1": false, "7fff::1": false, "8000::1": false,
		"fc00::1": false, "fd00::1": false, "fd00:ec2::254": false, "fe00::1": false, "fe80::1": false,
		"fec0::1": false, "ff02::1": false, "ffff::1": false,
		// zones hide an address from Prefix.Contains
		"fd00::1%lo": false, "fe80::1%eth0": false, "::1%lo": false, "2606:4700::1111%lo": true,
	} {
		err := egress.Policy{}.CheckAddr(netip.MustParseAddr(addr))
		if (err == nil) != allowed {
			t.Errorf("CheckAddr(%s) = %v, want allowed %v", addr, err, allowed)
		}
		if err != nil && !errors.Is(err, egress.ErrDenied) {
			t.Errorf("CheckAddr(%s) = %v, not an ErrDenied", addr, err)
		}
	}
	if err := (egress.Policy{}).CheckAddr(netip.Addr{}); !errors.Is(err, egress.ErrDenied) {
		t.Errorf("the zero Addr gave %v", err)
	}
}

func TestCheckAddrAllowAndDeny(t *testing.T) {
	t.Parallel()
	p := egress.Policy{
		Allow: prefixes("127.0.0.0/8", "10.0.0.0/8", "fd00::/8", "64:ff9b::/96", "fe80::/10"),
		Deny:  prefixes("10.9.0.0/16", "203.0.114.0/24", "fd00:1::/32", "2a00::/16"),
	}
	for addr, allowed := range map[string]bool{
		"127.0.0.1": true, "::ffff:127.0.0.1": true, "10.1.2.3": true, "192.168.0.1": false,
		"10.9.0.1": false, "::ffff:10.9.0.1": false, "203.0.114.7": false, "::ffff:203.0.114.7": false,
		"fd00::1": true, "fd00::1%lo": true, "fd00:1::1": false, "fd00:1::1%lo": false, "2a00::1": false,
		"fe80::1%eth0": true, "::1": false, "8.8.8.8": true,
		// a NAT64 gateway leads on to the address inside
		"64:ff9b::8.8.8.8": true, "64:ff9b::10.1.2.3": true, "64:ff9b::10.9.0.1": false,
		"64:ff9b::169.254.169.254": false, "64:ff9b::203.0.114.7": false,
	} {
		if err := p.CheckAddr(netip.MustParseAddr(addr)); (err == nil) != allowed {
			t.Errorf("CheckAddr(%s) = %v, want allowed %v", addr, err, allowed)
		}
	}
}

func TestDeniedErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	err := egress.Policy{}.CheckAddr(netip.MustParseAddr("10.0.0.1"))
	var denied *egress.DeniedError
	if !errors.As(err, &denied) || denied.Addr != netip.MustParseAddr("10.0.0.1") {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"10.0.0.1", "RFC 1918", "Policy.Allow"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not mention %q", err, part)
		}
	}
}

func BenchmarkCheckAddr(b *testing.B) {
	for name, addr := range map[string]string{"v4": "8.8.8.8", "v6": "2606:4700::1111"} {
		a := netip.MustParseAddr(addr)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := (egress.Policy{}).CheckAddr(a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func addrs(texts ...string) []netip.Addr {
	list := make([]netip.Addr, 0, len(texts))
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}
