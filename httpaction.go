package waygate

import (
	"context"
	"encoding/json"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// HTTPAction is an [Action] described as data. It is a value; its zero fields
// inherit the integration's.
//
// The input is an object (nil, a map[string]any, or a struct with json tags), in
// the Layout. Each member goes where Parameters says, see [Parameter], and is
// written in its Style; path values are escaped: a value can't add a segment, a
// query or a host. In the query, arrays repeat their name unless a style says
// otherwise. A member that is null is sent as null in a JSON body and left out
// elsewhere; 0, false and "" are sent. A POST, PUT or PATCH has a body if a member
// goes there, or if the input is an empty object; with a nil input it has none.
//
// A [File] or an io.Reader can stand in a multipart body, or be the whole of a
// body of bytes. A secret.String anywhere in the input is sent in clear, and is
// removed from errors, logs and records by its value.
type HTTPAction struct {
	// ID names the action: [a-z0-9](_?[a-z0-9-])*, at most 40 bytes.
	ID          string   `json:"id"`
	Name        string   `json:"name,omitempty"`        // for people
	Description string   `json:"description,omitempty"` // at most 2,000 bytes
	Tags        []string `json:"tags,omitempty"`        // 2 to 30 bytes of [a-z0-9-], at most 10
	// Method is GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
	Method string `json:"method"`
	// Path is a template below the base URL: "/repos/{owner}/{repo}". It may have
	// a literal query.
	Path string `json:"path"`
	// BaseURL is where the action's requests go, if not where the integration's do: an absolute URL without query, whose
	// host is fixed, or ends in a fixed domain. It may hold {parameter}s of the connection. They are signed as always. A
	// connection with a BaseURL of its own goes there instead.
	BaseURL string `json:"base_url,omitempty"`
	// Auth signs the action's requests, with the connection's credential, if not as the integration's Auth does. auth.None
	// sends them unsigned; an auth.Any with None among its members sends unsigned what the others can't sign. A scheme that
	// obtains tokens or presents a certificate belongs to the integration: here auth.Bearer or auth.Key write its token.
	Auth auth.Scheme `json:"auth,omitempty"`
	// Headers are templates, as the integration's.
	Headers    map[string]string `json:"headers,omitempty"`
	Parameters []Parameter       `json:"parameters,omitempty"`
	Layout     Layout            `json:"layout,omitempty"`   // of the input; flat by default
	Body       *Body             `json:"body,omitempty"`     // nil: a JSON object
	Response   ResponseKind      `json:"response,omitempty"` // json by default
	// InputSchema and OutputSchema are JSON Schemas (2020-12, or draft-07 by
	// $schema) of the mapped input and of the raw answer.
	InputSchema   json.RawMessage  `json:"input_schema,omitempty"`
	OutputSchema  json.RawMessage  `json:"output_schema,omitempty"`
	InputMapping  *mapping.Mapping `json:"input_mapping,omitempty"`  // before the input is validated
	OutputMapping *mapping.Mapping `json:"output_mapping,omitempty"` // after the answer was validated
	Validation    Validation       `json:"validation,omitzero"`      // what a schema that doesn't match does
	// Records is the path of the records in the raw answer; MappedRecords in the
	// mapped one, where a mapping moves them (default: the same).
	Records       string `json:"records,omitempty"`
	MappedRecords string `json:"mapped_records,omitempty"`
	// Pagination says how the answer goes on. What it counts begins where the input
	// says, if that sets its parameter; the page size is the pagination's. Nil
	// inherits the integration's for GET and HEAD; [pagination.None] is none.
	Pagination pagination.Strategy `json:"pagination,omitempty"`
	Retry      resilience.Policy   `json:"retry,omitempty"` // nil is the integration's
	// Answers stand in the place of the integration's; an empty list is for none.
	Answers     []resilience.Answer `json:"answers,omitzero"`
	Timeout     Duration            `json:"timeout,omitempty"`     // whole call
	Idempotency *Idempotency        `json:"idempotency,omitempty"` // nil: it takes no key
	Effects     Effects             `json:"effects,omitzero"`      // beside what Method says
	Deprecated  bool                `json:"deprecated,omitempty"`  // for listings alone
	Metadata    map[string]string   `json:"metadata,omitempty"`    // the host's own
}

var (
	_ Action = HTTPAction{}
	_ Pager  = HTTPAction{}
)

// Kind is "http", the action's kind in the written form.
func (HTTPAction) Kind() string { return "http" }

// definition finds the action behind a pointer, or in a struct that embeds it.
func (a HTTPAction) definition() HTTPAction { return a }

// Info describes the action.
func (a HTTPAction) Info() ActionInfo {
	effects := a.Effects
	switch a.Method {
	case "GET", "HEAD", "OPTIONS":
		effects.ReadOnly, effects.Idempotent = true, true
	case "PUT", "DELETE":
		effects.Idempotent = true
	}
	return ActionInfo{
		ID: a.ID, Name: a.Name, Description: a.Description, Tags: a.Tags,
		Method: a.Method, Path: a.Path, Response: a.Response,
		InputSchema: a.InputSchema, OutputSchema: a.OutputSchema,
		InputMapping: a.InputMapping, OutputMapping: a.OutputMapping,
		Validation: a.Validation, Records: a.Records, MappedRecords: a.MappedRecords,
		Retry: a.Retry, Answers: a.Answers, Timeout: time.Duration(a.Timeout), Idempotency: a.Idempotency,
		Effects: effects, Deprecated: a.Deprecated, Metadata: a.Metadata,
	}
}

// Do sends the request. It works only with a Call that a gateway made for this
// action, since what it needs was compiled when the action was registered;
// otherwise the error is [ErrConfig].
func (a HTTPAction) Do(ctx context.Context, c *Call) (*Response, error) {
	if c.run == nil || c.run.action == nil || c.run.action.http == nil {
		return nil, errForeignCall
	}
	return c.run.doHTTP(ctx)
}

// Next finds the next page by the action's pagination.
func (a HTTPAction) Next(_ context.Context, c *Call, r *Response) (any, bool, error) {
	if c.run == nil || c.run.action == nil || c.run.action.http == nil {
		return nil, false, errForeignCall
	}
	return c.run.nextHTTP(r)
}

// MarshalJSON writes the action with its kind.
func (a HTTPAction) MarshalJSON() ([]byte, error) {
	type plain HTTPAction
	return json.Marshal(struct {
		Kind string `json:"kind"`
		plain
	}{a.Kind(), plain(a)})
}
