package egress_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
)

// Why a row never connects, whatever the policy opens.
const (
	numeric = "some read it as an address and others as a name; the forms that cannot be mistaken remain"
	noName  = "a character or a label that no host name has"
)

// form is one way to write or to name an address that is not public.
type form struct {
	host   string // as it stands in URL.Host, so that forms which url.Parse refuses are tried, too
	answer string // of the resolver, if the host is a name
	dialed string // when everything is allowed, without port; empty if nothing ever is
	never  string // then why
}

// literal is a form that is written as it is dialled.
func literal(addr string) form { return form{host: addr, dialed: addr} }

// named is a name that stands for the address.
func named(addr string) form { return form{host: "inside.example", answer: addr, dialed: addr} }

// refusedAlways resolves to loopback, in case that anybody asks.
func refusedAlways(host, why string) form { return form{host: host, answer: "127.0.0.1", never: why} }

// addressForms are the special addresses, each written down and behind a name.
func addressForms() []form {
	rows := make([]form, 0, 100)
	for _, addr := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
		"169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
		"192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
	} {
		rows = append(rows, literal(addr), named(addr))
	}
	for _, addr := range []string{
		"::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::127.0.0.1",
		"64:ff9b::8.8.8.8", "64:ff9b:1::1", "64:ff9b:1::127.0.0.1", "100::1", "100:0:0:1::1",
		"2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:3::1", "2001:1ff::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:db8::1",
		"2002:7f00:1::", "2002:808:808::", "2620:4f:8000::1", "3ffe::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254",
		"fe80::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1", "8000::1",
	} {
		normal := addrs(addr)[0].String()
		rows = append(rows, form{host: "[" + addr + "]", dialed: normal}, form{host: "inside.example", answer: addr, dialed: normal})
	}
	return rows
}

// spellings are forms of 127.0.0.1 and of what is near it.
func spellings() []form {
	mapped := func(host string) form { return form{host: host, dialed: "127.0.0.1"} }
	return []form{
		mapped("[::ffff:127.0.0.1]"), mapped("[::ffff:7f00:1]"), mapped("[0:0:0:0:0:FFFF:7F00:0001]"),
		mapped("[::ffff:127.0.0.1%lo]"), mapped("[127.0.0.1]"),
		mapped("127.0.0.1:80"), mapped("127.0.0.1:"), mapped("127.0.0.1:0080"),
		mapped("１２７.0.0.1"), mapped("①②⑦.0.0.1"), mapped("127。0。0。1"), mapped("127．0．0．1"), mapped("𝟏𝟐𝟕.𝟎.𝟎.𝟏"),
		{host: "inside.example", answer: "::ffff:127.0.0.1", dialed: "127.0.0.1"},
		{host: "inside.example", answer: "::ffff:169.254.169.254%eth0", dialed: "169.254.169.254"},
		{host: "[fe80::1%eth0]", dialed: "fe80::1%eth0"},
		{host: "[fd00::1%lo]", dialed: "fd00::1"},
		{host: "[::1%lo]", dialed: "::1"},
		{host: "inside.example", answer: "fd00::1%lo", dialed: "fd00::1"},
		{host: "inside.example", answer: "fe80::1%eth0", dialed: "fe80::1%eth0"},
		{host: "localhost", answer: "127.0.0.1", dialed: "127.0.0.1"},
		{host: "LOCALHOST.", answer: "127.0.0.1", dialed: "127.0.0.1"},
		{host: "inside.example.", answer: "127.0.0.1", dialed: "127.0.0.1"},
		{host: "ⓘnside.example", answer: "127.0.0.1", dialed: "127.0.0.1"},
		{host: "127.0.0.1.nip.example", answer: "127.0.0.1", dialed: "127.0.0.1"},
		{host: "[inside.example]", answer: "127.0.0.1", dialed: "127.0.0.1"}, // url.Parse refuses it; brackets change nothing
		{host: "metadata", answer: "169.254.169.254", dialed: "169.254.169.254"},
		refusedAlways("2130706433", numeric), refusedAlways("017700000001", numeric), refusedAlways("0x7f000001", numeric),
		refusedAlways("0X7F000001", numeric), refusedAlways("0177.0.0.1", numeric), refusedAlways("0177.1", numeric),
		refusedAlways("0x7f.1", numeric), refusedAlways("0x7f.0x0.0x0.0x1", numeric), refusedAlways("127.1", numeric),
		refusedAlways("127.0.1", numeric), refusedAlways("127.0.0.0x1", numeric), refusedAlways("0", numeric),
		refusedAlways("0x", numeric), refusedAlways("127.0.0.01", numeric), refusedAlways("127.0.0.1.", numeric),
		refusedAlways("127.0.0.1.1", numeric), refusedAlways("127.0.0.256", numeric), refusedAlways("4294967297", numeric),
		refusedAlways("１２７.1", numeric), refusedAlways("②①③⓪⑦⓪⑥④③③", numeric), refusedAlways("0ｘ7f.1", numeric),
		refusedAlways("127.0.0.1..", noName), refusedAlways("inside..example", noName), refusedAlways(".", noName),
		refusedAlways("127%2E0%2E0%2E1", noName), refusedAlways("%31%32%37.0.0.1", noName), refusedAlways("inside.example%00", noName),
		refusedAlways("inside.example\x00", noName), refusedAlways("inside example", noName), refusedAlways(`inside.example\@x`, noName),
		refusedAlways("[::ffff:127.1]", noName), refusedAlways("[::ffff:0x7f.0.0.1]", noName),
		refusedAlways("[::1", noName), refusedAlways("::1", noName), refusedAlways("[[::1]]", noName),
		refusedAlways("x@127.0.0.1", noName), refusedAlways("127.0.0.1#x", noName), refusedAlways("", noName),
	}
}

// Every form, through a Transport whose dialer leads to a listener that answers, whatever the address: refused by the
// closed policy without a connection, and connected to by the open one, so that it is the check that keeps it off.
func TestFormsOfAddresses(t *testing.T) {
	t.Parallel()
	rows := append(addressForms(), spellings()...)
	port, accepted := countedListener(t)
	closed := egress.Policy{AllowHTTP: true, Deny: nil}
	open := egress.Policy{AllowHTTP: true, Ports: []uint16{8080}, Allow: prefixes("0.0.0.0/0", "::/0")}
	for _, row := range rows {
		send := func(p egress.Policy) (dialled []string, body string, err error) {
			w := &wire{to: "127.0.0.1:" + port}
			p.Dial, p.Resolver = w.dial, anyName(row.answer)
			tr := mustNew(t, p)
			defer tr.CloseIdleConnections()
			req := newGet(t, "http://x/")
			req.URL, req.Host = &url.URL{Scheme: "http", Host: row.host, Path: "/"}, "x"
			resp, err := tr.RoundTrip(req)
			if err != nil {
				return w.dialled(), "", err
			}
			defer egress.Drain(resp.Body)
			data, err := io.ReadAll(resp.Body)
			return w.dialled(), string(data), err
		}
		name := row.host + " (" + row.answer + ")"
		before := accepted.Load()
		if dialled, _, err := send(closed); !errors.Is(err, egress.ErrDenied) || len(dialled) != 0 {
			t.Errorf("%s: got %v after dialling %v, want ErrDenied", name, err, dialled)
		}
		if n := accepted.Load() - before; n != 0 {
			t.Errorf("%s: the listener saw %d connections", name, n)
		}
		dialled, body, err := send(open)
		switch {
		case row.never != "" && (!errors.Is(err, egress.ErrDenied) || len(dialled) != 0):
			t.Errorf("%s: got %v after dialling %v, want ErrDenied, as it is %s", name, err, dialled, row.never)
		case row.never == "" && (err != nil || !strings.HasPrefix(body, "HTTP/1.1 x") || accepted.Load() != before+1):
			t.Errorf("%s: with all addresses allowed: %q, %v", name, body, err)
		case row.never == "":
			if diff := cmp.Diff([]string{net.JoinHostPort(row.dialed, "80")}, dialled); diff != "" {
				t.Errorf("%s dialled (-want +got):\n%s", name, diff)
			}
		}
	}
	if len(rows) < 60 {
		t.Errorf("%d rows", len(rows))
	}
}

// anyName is a resolver that gives one address for every name.
func anyName(answer string) egress.Resolver {
	if answer == "" {
		return failing{err: errors.New("the resolver was asked for a literal")}
	}
	return failing{addrs: addrs(answer)}
}

// A block whose addresses carry IPv4 ones opens those that could be dialled themselves.
func TestCarriedAddresses(t *testing.T) {
	t.Parallel()
	onlySix := egress.Policy{Allow: prefixes("::/0")}
	also10 := egress.Policy{Allow: prefixes("::/0", "10.0.0.0/8"), Deny: prefixes("9.9.9.9/32")}
	for addr, want := range map[string][2]bool{
		"64:ff9b::8.8.8.8": {true, true}, "64:ff9b::127.0.0.1": {false, false}, "64:ff9b::10.0.0.1": {false, true},
		"64:ff9b::9.9.9.9": {true, false}, "64:ff9b::168.63.129.16": {false, false},
		"2002:808:808::": {true, true}, "2002:7f00:1::": {false, false}, "2002:a00:1::1": {false, true}, "2002:909:909::": {true, false},
		"::ffff:0:8.8.8.8": {true, true}, "::ffff:0:127.0.0.1": {false, false}, "::ffff:0:10.0.0.1": {false, true},
		"::8.8.8.8": {true, true}, "::127.0.0.1": {false, false}, "::10.0.0.1": {false, true}, "::9.9.9.9": {true, false},
		"::1": {true, true}, "::": {true, true}, "fd00::1": {true, true}, "::ffff:127.0.0.1": {false, false}, "::ffff:10.0.0.1": {false, true},
	} {
		for i, p := range []egress.Policy{onlySix, also10} {
			if err := p.CheckAddr(addrs(addr)[0]); (err == nil) != want[i] {
				t.Errorf("CheckAddr(%s) under %v = %v, want allowed %v", addr, p.Allow, err, want[i])
			}
		}
	}
}

// A name whose answer turns private between the check and the dial: what is dialled is what was checked, and the name
// is not looked up again.
func TestAnswerTurnsPrivate(t *testing.T) {
	t.Parallel()
	port, accepted := countedListener(t)
	w := &wire{to: "127.0.0.1:" + port}
	resolver := &names{answers: map[string][][]string{"example.com": {{publicAddr, "2606:4700::1111"}, {"127.0.0.1"}}}}
	tr := mustNew(t, egress.Policy{AllowHTTP: true, Dial: w.dial, Resolver: resolver})
	if _, err := get(t, tr, "http://example.com/"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"8.8.8.8:80"}, w.dialled()); diff != "" || resolver.questions() != 1 {
		t.Errorf("%d questions, dialled (-want +got):\n%s", resolver.questions(), diff)
	}
	before := accepted.Load()
	tr.CloseIdleConnections()
	if _, err := get(t, tr, "http://example.com/"); !errors.Is(err, egress.ErrDenied) || accepted.Load() != before {
		t.Errorf("the second answer: got %v, want ErrDenied and no connection", err)
	}
}
