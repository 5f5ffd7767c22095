package header_test

import (
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"

	"github.com/waygate-go/waygate/internal/header"
)

func TestLists(t *testing.T) {
	t.Parallel()
	for _, list := range []struct {
		names           string
		reserved, fixed bool
	}{
		{"Host Content-Length Transfer-Encoding Connection Upgrade TE Trailer Expect Accept-Encoding", true, true},
		{"Proxy-Authorization Proxy-Connection Proxy- X-HTTP-Method-Override", true, true},
		{"Forwarded X-Forwarded-For X-Forwarded-Host X-Forwarded-", true, true},
		{"Content-Type Content-Encoding Keep-Alive", false, true},
		{"Authorization Cookie Accept X-Api-Key Proxy X-Forwarded Hosts Tea X-Host", false, false},
	} {
		for name := range strings.FieldsSeq(list.names) {
			for _, spelled := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
				if got := header.Reserved(spelled); got != list.reserved {
					t.Errorf("Reserved(%q) is %v", spelled, got)
				}
				if got := header.Fixed(spelled); got != list.fixed {
					t.Errorf("Fixed(%q) is %v", spelled, got)
				}
			}
		}
	}
}

// TestIsToken compares with the rule that net/http goes by, for every byte.
func TestIsToken(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		for _, s := range []string{"", string([]byte{byte(b)}), "X-" + string([]byte{byte(b)}) + "y", string(rune(b)) + "K"} {
			if got, want := header.IsToken(s), httpguts.ValidHeaderFieldName(s); got != want {
				t.Errorf("IsToken(%q) is %v, want %v", s, got, want)
			}
		}
	}
}
