package waygate

import (
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// Integration describes one provider's API, for all tenants: where it is, how it
// authenticates, what it can do. It is data; [Gateway.Register] checks it whole
// and compiles it.
type Integration struct {
	// ID names the integration: [a-z0-9](_?[a-z0-9-])*, at most 40 bytes.
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`        // for people
	Description string `json:"description,omitempty"` // at most 2,000 bytes
	DocsURL     string `json:"docs_url,omitempty"`    // where the provider documents it
	// BaseURL is an absolute URL without query. It may hold {parameter}s of the
	// connection. Its port needs no place in egress.Policy.Ports, other than that
	// of a connection's own BaseURL; plain http does need Policy.AllowHTTP.
	BaseURL string `json:"base_url"`
	// Origins are further origins ("https://uploads.example.com") that get the
	// connection's credential.
	Origins []string `json:"origins,omitempty"`
	// OwnDomains are domains of the provider's below which each customer has a host, and nobody a server of their own,
	// although the public suffix list has them among those where anybody may: "myshopify.com". Only then may what belongs to
	// the platform be sent to {shop}.myshopify.com. Other domains are known without it, but for those that the list has below
	// them: {host}.amazonaws.com is never led to a bucket.s3.amazonaws.com, unless s3.amazonaws.com is named here. Never
	// name a domain where strangers may have hosts ("github.io"): the platform's secrets would go to them. At most 16.
	OwnDomains []string `json:"own_domains,omitempty"`
	// Auth says how requests are signed. [auth.None] says that they aren't; nil
	// is an error.
	Auth auth.Scheme `json:"auth"`
	// Headers are sent with each request of an HTTPAction; an action in Go sets
	// its own. Values are templates, which may use
	// ${env.name}, {parameter}, ${connection.name}, ${tenant.name}, ${call.name}, ${var.name};
	// ${call.name:-text} has a default, $${ stands for a plain ${, and {{ and }}
	// for braces.
	Headers map[string]string `json:"headers,omitempty"`
	// TLS is what is presented and trusted in the TLS handshake; nil for what
	// egress.Policy says.
	TLS *TLS `json:"tls,omitempty"`
	// Verify proves a credential before it is saved; nil saves it unproved.
	Verify *Verification `json:"verify,omitempty"`
	// BeforeSign names a function of Config.Kinds.BeforeSign, which sees each request
	// before it is signed; ParseToken one of Config.Kinds.ParseToken, which reads the
	// answers of token endpoints.
	BeforeSign string `json:"before_sign,omitempty"`
	ParseToken string `json:"parse_token,omitempty"`
	// AfterConnect names a function of Config.Kinds.AfterConnect, which runs before a
	// new connection is saved.
	AfterConnect string `json:"after_connect,omitempty"`
	// Errors says where error answers tell what was wrong.
	Errors *ErrorFormat `json:"errors,omitempty"`
	// Parameters are what a connection has to give, beside its credential.
	Parameters []ConnectionParameter `json:"parameters,omitempty"`
	Tags       []string              `json:"tags,omitempty"` // 2 to 30 bytes of [a-z0-9-], at most 10
	// The rest are defaults for the actions.
	Retry   resilience.Policy           `json:"retry,omitempty"`
	Breaker *resilience.BreakerSettings `json:"breaker,omitempty"` // nil is Config's
	Limits  []resilience.Limit          `json:"limits,omitempty"`  // for each connection
	// TenantLimits are for all connections of a tenant together, SharedLimits for those
	// of all tenants, who take turns. At most 16 each, beside those of an [App].
	TenantLimits []resilience.Limit `json:"tenant_limits,omitempty"`
	SharedLimits []resilience.Limit `json:"shared_limits,omitempty"`
	// Concurrency bounds the requests that are under way to one host, for all tenants;
	// a stream counts until its header came. nil for no bound.
	Concurrency    *resilience.Concurrency `json:"concurrency,omitempty"`
	Pagination     pagination.Strategy     `json:"pagination,omitempty"`      // for GET and HEAD; nil is none
	Validation     Validation              `json:"validation,omitzero"`       // what a schema that doesn't match does
	Timeout        Duration                `json:"timeout,omitempty"`         // whole call; 0 = Config's
	AttemptTimeout Duration                `json:"attempt_timeout,omitempty"` // one exchange; 0 = Config's
	// Waits are where the provider says how long to wait, beside Retry-After; Remaining
	// how much of its quotas is left, so that calls are held back before it refuses
	// them. What is learned holds for the connection, in this process. A wait of more
	// than 60 s, or past the call's deadline, ends the call at once, with
	// Error.RetryAfter; retry policies of kind schedule and until wait longer.
	Waits     []resilience.Wait      `json:"waits,omitempty"`
	Remaining []resilience.Remaining `json:"remaining,omitempty"`
	// Answers say what answers mean that their status doesn't tell; the first that
	// matches counts. They hold for the connection's origin and for Origins.
	Answers []resilience.Answer `json:"answers,omitempty"`
	// NotProcessed says that a 503 of this provider means that nothing was done,
	// so that a POST may be repeated after it.
	NotProcessed bool `json:"not_processed,omitempty"`
	// Actions are the operations. Their IDs are unique.
	Actions []Action `json:"actions,omitempty"`
}
