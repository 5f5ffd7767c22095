package egress_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
)

func TestValidateNamesTheField(t *testing.T) {
	t.Parallel()
	for field, p := range map[string]egress.Policy{
		"Allow[1]":            {Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), {}}},
		"Deny[0]":             {Deny: prefixes("::ffff:10.0.0.0/104")},
		"Ports[0]":            {Ports: []uint16{0}},
		"MaxHeaderBytes":      {MaxHeaderBytes: -1},
		"MaxBodyBytes":        {MaxBodyBytes: 100 << 20},
		"MaxInFlightBytes":    {MaxInFlightBytes: -1},
		"MaxTenantBytes":      {MaxTenantBytes: 512 << 20},
		"DialTimeout":         {DialTimeout: -1},
		"TLSHandshakeTimeout": {TLSHandshakeTimeout: -1},
		"IdleConnTimeout":     {IdleConnTimeout: -1},
		"MaxIdleConnsPerHost": {MaxIdleConnsPerHost: -1},
	} {
		_, err := egress.New(p)
		var bad *egress.PolicyError
		if !errors.As(err, &bad) || bad.Field != field || bad.Error() == "" {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	p := mustNew(t, egress.Policy{}).Policy()
	got := []any{
		p.MaxHeaderBytes, p.MaxBodyBytes, p.MaxInFlightBytes, p.MaxTenantBytes,
		p.DialTimeout, p.TLSHandshakeTimeout, p.IdleConnTimeout, p.MaxIdleConnsPerHost,
	}
	want := []any{
		int64(64 << 10), int64(10 << 20), int64(256 << 20), int64(64 << 20),
		10 * time.Second, 10 * time.Second, 90 * time.Second, 256,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	small := mustNew(t, egress.Policy{MaxInFlightBytes: 1000}).Policy()
	if small.MaxTenantBytes != 1000 || small.MaxBodyBytes != 1000 {
		t.Errorf("under a small total: tenant %d, body %d", small.MaxTenantBytes, small.MaxBodyBytes)
	}
}

func TestPolicyIsACopy(t *testing.T) {
	t.Parallel()
	p := egress.Policy{Allow: prefixes("127.0.0.1/32")}
	tr := mustNew(t, p)
	p.Allow[0] = netip.MustParsePrefix("0.0.0.0/0")
	tr.Policy().Allow[0] = netip.MustParsePrefix("0.0.0.0/0")
	if got := tr.Policy().Allow[0].String(); got != "127.0.0.1/32" {
		t.Errorf("the policy in force became %s", got)
	}
}
