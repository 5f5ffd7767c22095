package waygate_test

import (
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

// TestOwnDomains: what belongs to the platform goes to hosts below a shared suffix only where the definition says that it is
// the provider's.
func TestOwnDomains(t *testing.T) {
	t.Parallel()
	kinds, env := entrusted(t)
	for _, tt := range []struct {
		name, base string
		host       waygate.ConnectionParameter
		own        []string
		want       string // in the error; empty if there is none
	}{
		{"said", "https://{host}.myshopify.com", waygate.ConnectionParameter{}, []string{"myshopify.com"}, ""},
		{"in capitals", "https://{host}.MyShopify.com", waygate.ConnectionParameter{}, []string{"MYSHOPIFY.com"}, ""},
		{"below it", "https://{host}.eu.myshopify.com:8443", waygate.ConnectionParameter{}, []string{"myshopify.com"}, ""},
		{"as a suffix", "https://{host}", waygate.ConnectionParameter{Suffix: ".myshopify.com"}, []string{"myshopify.com"}, ""},
		{"not said", "https://{host}.myshopify.com", waygate.ConnectionParameter{}, nil, "base_url"},
		{"another", "https://{host}.github.io", waygate.ConnectionParameter{}, []string{"myshopify.com"}, "base_url"},
		{"nothing before it", "https://{host}.com", waygate.ConnectionParameter{}, []string{"myshopify.com"}, "base_url"},
		{"a registry's", apiBase, waygate.ConnectionParameter{}, []string{"co.uk"}, "own_domains[0]"},
		{"a top level", apiBase, waygate.ConnectionParameter{}, []string{"myshopify.com", "com"}, "own_domains[1]"},
		{"an address", apiBase, waygate.ConnectionParameter{}, []string{"10.0.0.1"}, "own_domains[0]"},
		{"one without need", apiBase, waygate.ConnectionParameter{}, []string{"acme.myshopify.com"}, "own_domains[0]"},
		{"no name", apiBase, waygate.ConnectionParameter{}, []string{"*.myshopify.com"}, "own_domains[0]"},
		{"too many", apiBase, waygate.ConnectionParameter{}, make([]string, 17), "own_domains"},
	} {
		for kind, change := range kinds {
			gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = env })
			in := aimed(tt.base, change, tt.host)
			in.OwnDomains = tt.own
			err := gw.Register(t.Context(), in)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%s with %s: %v", tt.name, kind, err)
			}
		}
	}
}
