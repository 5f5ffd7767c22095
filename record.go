package waygate

import "time"

// CallRecord is what is kept of one call. Each call gives exactly one, also a
// call that failed before any request; none is kept of a call that a gateway
// refused after Shutdown. It holds no secret that the gateway
// knows.
type CallRecord struct {
	ID     string `json:"id"`                // the call's own, as in Meta and in errors
	ReadID string `json:"read_id,omitempty"` // shared by the calls of one paginated read
	// Tenant, Integration, Action (without the integration), Connection (slug)
	// and ConnectionID are empty as far as they were not known. The request that
	// proves a credential, see [Verification], is a call too: its Action is
	// "(verification)", which no action's id can be.
	Tenant       string    `json:"tenant"`
	Integration  string    `json:"integration"`
	Action       string    `json:"action"`
	Connection   string    `json:"connection,omitempty"`
	ConnectionID string    `json:"connection_id,omitempty"`
	Parent       string    `json:"parent,omitempty"` // the call that made this one, through Call.Invoke
	Page         int       `json:"page,omitempty"`   // counted from 1; 0 outside a paginated read
	Start        time.Time `json:"start"`            // by Config.Now
	// Duration is the whole of the call in nanoseconds, waits included.
	Duration time.Duration `json:"duration"`
	// Status is the provider's last HTTP status, 0 if none came.
	Status int `json:"status,omitempty"`
	// Kind is empty for a call that succeeded.
	Kind  Kind   `json:"kind,omitempty"`
	Error string `json:"error,omitempty"` // redacted, at most 1,000 bytes
	// Attempts are the HTTP exchanges, in order.
	Attempts []AttemptRecord `json:"attempts,omitempty"`
	// RequestBytes and ResponseBytes are the sizes of the bodies of the last
	// attempt, after decompression.
	RequestBytes  int64    `json:"request_bytes,omitempty"`
	ResponseBytes int64    `json:"response_bytes,omitempty"`
	Records       int      `json:"records,omitempty"`  // raw records on the page
	Warnings      []string `json:"warnings,omitempty"` // as in Meta
	// Request and Response are kept only where Config.RecordBodies is set.
	Request  *RecordedMessage `json:"request,omitempty"`
	Response *RecordedMessage `json:"response,omitempty"`
}

// Succeeded reports whether the call did what it was asked to.
func (r CallRecord) Succeeded() bool { return r.Kind == "" }

// AttemptRecord is one HTTP exchange of a call.
type AttemptRecord struct {
	Start    time.Time     `json:"start"`            // by Config.Now
	Duration time.Duration `json:"duration"`         // until the body was read, in nanoseconds
	Method   string        `json:"method"`           // GET, POST, …
	Host     string        `json:"host"`             // with the port, where the URL has one
	Status   int           `json:"status,omitempty"` // 0 if no answer came
	Kind     Kind          `json:"kind,omitempty"`   // empty for a 2xx
	// Wait is how long the call waited before this attempt, in nanoseconds.
	Wait time.Duration `json:"wait,omitempty"`
	// Note says why the attempt was not repeated although it failed in a way that
	// could pass: its body can't be read again, the wait is too long, or the retry
	// budget is spent. Observers of attempts are told before it is known.
	Note string `json:"note,omitempty"`
	// Reused says that the connection had served a request before.
	Reused bool `json:"reused,omitempty"`
	// Repeats is how often net/http sent the request again by itself, because a
	// reused connection broke or an HTTP/2 server refused the stream: further
	// attempts on the wire. It does that only to what may be repeated.
	Repeats int `json:"repeats,omitempty"`
}

// onTheWire counts attempts as the provider may have seen them.
func onTheWire(attempts []AttemptRecord) int {
	n := len(attempts)
	for _, a := range attempts {
		n += a.Repeats
	}
	return n
}

// RecordedMessage is a redacted request or response.
type RecordedMessage struct {
	Method string `json:"method,omitempty"` // of a request
	URL    string `json:"url,omitempty"`    // of a request, redacted
	// Headers are those of an allow list of names that hold no secrets.
	Headers map[string]string `json:"headers,omitempty"`
	// Body is cut at 10,000 characters, with a marker of the full size.
	Body string `json:"body,omitempty"`
}

// RecordQuery selects records of a tenant. The zero value selects all.
type RecordQuery struct {
	// ID is a call's own, as in Meta and in errors.
	ID          string
	Integration string // its id
	// Action is an action's name, or its full id.
	Action string
	// Connection is a slug or an ID.
	Connection string
	ReadID     string // of a paginated read
	Kind       Kind   // of the failure
	// Failed selects the calls that failed.
	Failed bool
	// Since and Until bound Start: at or after, and before.
	Since, Until time.Time
	// Limit is 50 by default, at most 100.
	Limit int
	// Cursor is that of the page before; empty for the first page.
	Cursor string
}

// RecordPage is one page of a listing. Cursor is empty on the last one.
type RecordPage struct {
	Records []CallRecord `json:"records"` // newest first
	Cursor  string       `json:"cursor,omitempty"`
}

// StatisticsQuery selects what is summed up. The zero value selects all.
type StatisticsQuery struct {
	Integration string // its id
	// Action is an action's name, or its full id.
	Action string
	// Connection is a slug or an ID.
	Connection   string
	Since, Until time.Time // bounds of Start: at or after, and before
}

// Statistics sums up records.
type Statistics struct {
	Calls     int `json:"calls"`     // all that are selected
	Succeeded int `json:"succeeded"` // those without a kind
	// ByKind counts the failed calls.
	ByKind map[Kind]int `json:"by_kind,omitempty"`
	// P50, P95 and P99 are durations of whole calls by the nearest-rank method,
	// in nanoseconds; 0 without calls.
	P50 time.Duration `json:"p50"`
	P95 time.Duration `json:"p95"`
	P99 time.Duration `json:"p99"`
}

// SuccessRate is the share of calls that succeeded, 0 to 1; 1 without calls.
func (s Statistics) SuccessRate() float64 {
	if s.Calls == 0 {
		return 1
	}
	return float64(s.Succeeded) / float64(s.Calls)
}
