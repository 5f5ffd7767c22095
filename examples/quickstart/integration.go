package main

import (
	"encoding/json"
	"net/netip"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// Contact and Deal are the program's own types; their tags name the members of
// the CRM's answers.
type Contact struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Deal is a sale under way.
type Deal struct {
	ID     string `json:"id"`
	Amount int    `json:"amount"`
}

// contactSchema is checked before a request is made.
const contactSchema = `{
	"type": "object",
	"required": ["name", "email"],
	"properties": {
		"name": {"type": "string", "minLength": 1},
		"email": {"type": "string", "pattern": "@"}
	}
}`

// firstWait is short, so that the quickstart is quick. A service leaves retries
// as they are: a second, doubling, with jitter.
const firstWait = 50 * time.Millisecond

// opensAfter is how many failures in a row open the circuit.
const opensAfter = 3

// integration describes the CRM's API, once for all customers.
func integration(baseURL string) waygate.Integration {
	return waygate.Integration{
		ID:      "crm",
		BaseURL: baseURL,
		Auth:    auth.Bearer{},
		Retry:   resilience.Exponential{Base: firstWait, NoJitter: true},
		Breaker: &resilience.BreakerSettings{Failures: opensAfter},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts", Pagination: pagination.Link{}},
			waygate.HTTPAction{ID: "create_contact", Method: "POST", Path: "/contacts", InputSchema: json.RawMessage(contactSchema)},
			waygate.HTTPAction{
				ID: "list_deals", Method: "GET", Path: "/deals", Records: "deals",
				Pagination: pagination.Cursor{Path: "next_cursor", Param: "cursor", Limit: 3, LimitParam: "limit"},
			},
			waygate.HTTPAction{ID: "weekly_report", Method: "GET", Path: "/reports/weekly"},
			waygate.HTTPAction{ID: "forecast", Method: "GET", Path: "/forecast"},
		},
	}
}

// onlyTo lets requests through to one loopback address and nowhere else. The
// zero policy, right for a service, allows the public https internet alone.
func onlyTo(addr netip.AddrPort) egress.Policy {
	return egress.Policy{
		Allow:     []netip.Prefix{netip.PrefixFrom(addr.Addr(), addr.Addr().BitLen())},
		Ports:     []uint16{addr.Port()},
		AllowHTTP: true,
	}
}
