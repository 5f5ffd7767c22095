package waygate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

// Action is one operation of an integration. [HTTPAction] describes one as
// data; [ActionFunc] makes one of a Go function.
//
// What an Action and the gateway owe each other:
//
//  1. Info returns the same on every call, without I/O. The gateway reads it
//     when the integration is registered.
//  2. Do is called once for each page, from many goroutines at once. Retries
//     happen inside [Call.HTTPClient]; Do itself is not repeated.
//  3. ctx ends at the call's deadline. Do returns soon after, and requests made
//     through the Call fail then.
//  4. [Call].Input is the mapped, validated input as a tree of map[string]any,
//     []any, string, bool, int64, float64, json.Number and nil. It is a copy:
//     the caller's value is never changed, and what the caller does with it
//     meanwhile has no effect. A secret.String of the input is a plain string
//     there, in clear.
//  5. Call.Tenant and Call.Connection are those that the call was made for. An
//     action can't reach another tenant, nor another connection, through Call.
//  6. Exactly one of [Response].Body and Value is set. Both nil is an empty
//     answer; both set is [ErrConfig]. Status 0 means 200.
//  7. The gateway closes Body in every case. It reads at most the egress
//     policy's limit.
//  8. A Status of 300 or more makes the call fail with the kind of that status,
//     also when Do returned no error; only one that an HTTPAction's pagination
//     declares to be the end of a list doesn't, after the first page.
//  9. An error that matches a sentinel ([ErrNeedsReauth], …) keeps its kind. Any
//     other takes the kind of the last attempt that failed; without one it is
//     [ErrConfig], or [ErrInvalidResponse] after an attempt that succeeded.
//  10. A panic in Do ends the call with [ErrConfig]; a runtime.Goexit ends the
//     goroutine. Either way the record is written and nothing stays held.
//  11. A Call is for the time of Do. Later requests through it are refused with
//     [ErrConfig]; a Body that was returned can still be read by the gateway.
//
// An Action may also be a [Pager]. Wrappers are looked through by an Unwrap()
// [Action] method.
type Action interface {
	Info() ActionInfo
	Do(ctx context.Context, c *Call) (*Response, error)
}

// Pager is an [Action] whose answers come in pages.
type Pager interface {
	// Next returns the input of the page after r, and whether there is one. r's
	// Value is the parsed answer as it came (not mapped), its Body nil; both
	// are read only. The input must be writable as JSON: it is part of
	// [Meta].Next. The same input twice ends the read with
	// [ErrInvalidResponse], since it would never end by itself.
	Next(ctx context.Context, c *Call, r *Response) (in any, more bool, err error)
}

// ActionInfo describes an action to the gateway. The zero value of each field
// inherits the integration's, then [Config]'s.
type ActionInfo struct {
	// ID is the action's name: [a-z0-9](_?[a-z0-9-])*, at most 40 bytes.
	ID          string
	Name        string   // for people; empty is fine
	Description string   // at most 2,000 bytes
	Tags        []string // 2 to 30 bytes of [a-z0-9-], at most 10
	// Method and Path are for listing; empty for an action that has none.
	Method, Path string
	// Response says what the answer is read as; JSON by default. Of a stream the
	// action's Body is passed on as it comes.
	Response ResponseKind
	// InputSchema and OutputSchema are JSON Schemas (2020-12, or draft-07 by
	// $schema) of the mapped input and of the raw answer.
	InputSchema, OutputSchema json.RawMessage
	InputMapping              *mapping.Mapping // makes what is validated and sent of what the caller gives
	OutputMapping             *mapping.Mapping // makes the result of the validated answer
	Validation                Validation       // what a schema that doesn't match does
	// Records is the path of the records in the raw answer, MappedRecords in the
	// mapped one (default: the same). Without Records the whole answer is the
	// result, and if it is an array its items are the records.
	Records, MappedRecords string
	Retry                  resilience.Policy // which failures are repeated, and when
	// Answers stand in the place of the integration's; an empty list is for none.
	Answers     []resilience.Answer
	Timeout     time.Duration     // whole call; 0 = none but ctx's
	Idempotency *Idempotency      // nil: it takes no key
	Effects     Effects           // what it does at the provider
	Deprecated  bool              // for listings alone
	Metadata    map[string]string // the host's own
}

// Effects says what an action does at the provider.
type Effects struct {
	// ReadOnly actions change nothing. GET, HEAD and OPTIONS are read-only
	// without it.
	ReadOnly bool `json:"read_only,omitempty"`
	// Destructive actions remove or overwrite something.
	Destructive bool `json:"destructive,omitempty"`
	// Idempotent actions have the same effect when repeated, so that a retry is
	// allowed. GET, HEAD, PUT, DELETE and OPTIONS are idempotent without it
	// (RFC 9110, section 9.2.2).
	Idempotent bool `json:"idempotent,omitempty"`
}

// Idempotency says how an action sends an idempotency key. With it, and with
// the option [IdempotencyKey], a POST or PATCH may be repeated.
type Idempotency struct {
	// Header is the header that carries the key, for example "Idempotency-Key".
	Header string `json:"header"`
	// Lifetime is how long the provider remembers a key, 24 h by default: no
	// retry is made after it.
	Lifetime Duration `json:"lifetime,omitempty"`
}

// Validation chooses what a schema that doesn't match does.
//
// With [validation.Coerce], with nulls that become defaults and with extra members
// that are stripped, what goes on is a changed copy: of the input the request is
// built, of the answer the output mapping and the result. Pagination and the count
// of records read the answer as it came.
type Validation struct {
	// Input is [validation.Strict] by default, Coerce or Off.
	Input validation.Mode `json:"input,omitempty"`
	// InputNulls and InputExtra are [validation.NullsReject] and
	// [validation.ExtraKeep] by default.
	InputNulls validation.Nulls `json:"input_nulls,omitempty"`
	InputExtra validation.Extra `json:"input_extra,omitempty"`
	// Response is [validation.Warn] by default, Strict, Coerce or Off. Under
	// Coerce an answer that can't be made to fit is [ErrInvalidResponse].
	Response validation.Mode `json:"response,omitempty"`
	// ResponseNulls and ResponseExtra are as those of the input.
	ResponseNulls validation.Nulls `json:"response_nulls,omitempty"`
	ResponseExtra validation.Extra `json:"response_extra,omitempty"`
}

// Duration is a time.Duration that is written as text ("1m30s"): [auth.Duration],
// under a name that definitions find here.
type Duration = auth.Duration

// Call is what an [Action] is given to do its work. Only the gateway makes one
// that works.
type Call struct {
	// ID is the call's own, found again in its record and in errors.
	ID string
	// Tenant is on whose behalf the call is made.
	Tenant string
	// Connection is the connection that is used; the zero value where the
	// integration needs none.
	Connection ConnectionInfo
	// Input is the mapped, validated input as a tree. Read only.
	Input any

	run *run
}

// HTTPClient returns a client whose requests are signed, guarded, limited and
// retried as the call's own: an SDK that takes an *http.Client works with it.
// Requests are signed only for the connection's origin and the integration's
// Origins; one to any other origin passes the egress check and goes unsigned.
// GET and HEAD follow redirects; for other methods the 3xx is the answer.
func (c *Call) HTTPClient() *http.Client {
	if c.run == nil {
		return &http.Client{Transport: refusing{errForeignCall}}
	}
	return c.run.httpClient()
}

// Input reads a call's input as T, for actions in Go. Names match as they are
// written; a mismatch is [ErrInvalidInput] and names the place and both types,
// never the value.
func Input[T any](c *Call) (T, error) {
	var v T
	if err := jsontree.Decode(c.Input, &v); err != nil {
		var zero T
		return zero, newError(KindInvalidInput, "", fmt.Errorf("input: %w", err))
	}
	return v, nil
}

// BaseURL is where the connection's requests go, for an SDK that wants to know:
// the integration's base URL with the connection's parameters in it, or the
// connection's own. It is nil for a Call that no gateway made.
func (c *Call) BaseURL() *url.URL {
	if c.run == nil {
		return nil
	}
	u := *c.run.link.base
	return &u
}

// Invoke calls another action on the same connection. Its name may stand alone,
// for an action of the same integration. The call has a record of its own, whose
// Parent is this one. [On] and [Through] are refused with [ErrConfig].
func (c *Call) Invoke(ctx context.Context, action string, in any, opts ...Option) (*Result, error) {
	if c.run == nil {
		return nil, errForeignCall
	}
	return c.run.invokeNested(ctx, action, in, opts)
}

var errForeignCall error = errorf(KindConfig, "invoke",
	"this Call was not made by a gateway: call the action through Tenant.Invoke")

// refusing answers every request with an error.
type refusing struct{ err error }

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return nil, r.err
}

// Response is an action's answer: an HTTP answer with its Body, or a Value of
// Go, not both.
type Response struct {
	Status int         // 0 = 200
	Header http.Header // nil is fine
	// Body is read and closed by the gateway; a stream's by the caller.
	Body io.ReadCloser
	// Value is anything that can be written as JSON.
	Value any
}

// ActionFunc makes an [Action] of a function. The function keeps the clauses of
// Action.Do. To give an error of its own a kind, it wraps a sentinel:
// fmt.Errorf("the invoice is closed: %w", waygate.ErrRejected).
func ActionFunc(info ActionInfo, do func(context.Context, *Call) (*Response, error)) Action {
	return &funcAction{info, do}
}

type funcAction struct {
	info ActionInfo
	do   func(context.Context, *Call) (*Response, error)
}

func (a *funcAction) Info() ActionInfo { return a.info }

func (a *funcAction) Do(ctx context.Context, c *Call) (*Response, error) { return a.do(ctx, c) }

// unwrapped finds an optional interface on a host's value, or on what its Unwrap
// method returns.
func unwrapped[T, S any](s S) (T, bool) {
	for v := any(s); v != nil; {
		if t, ok := v.(T); ok {
			return t, true
		}
		u, ok := v.(interface{ Unwrap() S })
		if !ok {
			break
		}
		v = u.Unwrap()
	}
	var zero T
	return zero, false
}
