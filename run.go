package waygate

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
)

// callSpec is what a call is made of.
type callSpec struct {
	tenant string
	name   string // the action that was asked for
	input  any
	opts   options
	optErr error
	readID string
	page   int
	parent *run
	// caller is how long a stream lives, where that isn't the call's ctx.
	caller context.Context
	// preview says that nothing is sent.
	preview bool
	// strayed is set when a redirect leads to somebody else.
	strayed *atomic.Bool
	depth   int // of calls within calls
	// pinned is set for the later pages of a read: the definition, the mapped
	// input and the place to go on from are those of the first.
	pinned *pinned
}

// pinned holds still what must not change between the pages of a read.
type pinned struct {
	action  *compiledAction
	input   any
	maps    programs
	step    *step
	secrets []secret.String // of the input
	source  Connection      // the host's own, if there is one
}

// outcome is what a call gave, and what the next page begins with.
type outcome struct {
	result *Result
	run    *run
	pinned pinned
	page   int
	from   *step // where this page began; nil for the first
	skip   int   // records of this page that were delivered before
	more   bool
	next   *step           // set if more
	past   bool            // there was no such page: the one before was the last
	raw    int             // records before mapping
	same   pagination.Page // to compare with the page before; the zero value where that isn't needed
}

// run is one call on its way.
type run struct {
	gw     *Gateway
	spec   callSpec
	id     string
	start  time.Time
	action *compiledAction
	link   link
	// inNotes are about the fields that the input mapping couldn't do.
	inNotes []mapping.Note
	input   any      // the mapped input
	maps    programs // of the action, as the connection changes them
	step    *step
	vars    map[varKey]string
	// ownOrigin is where the action's own base URL leads; guarded by mu.
	ownOrigin string
	// ctx is the call's own. It bounds what an SDK sends under another one.
	ctx context.Context
	// caller is the ctx that the caller gave, which a stream lives as long as.
	caller context.Context
	// pageURL is what HTTPAction asked for, before it was signed.
	pageURL *url.URL
	// sent are the pagination's parameters as they went out.
	sent []pagination.Param
	// evidence is what a pagination that finds out by itself went by.
	evidence *pagination.Evidence
	// counted is the page, where its place was found by counting.
	counted pagination.Page

	mu          sync.Mutex // guards what follows: an action may send from several goroutines
	ended       bool
	attempts    []AttemptRecord
	lastFail    Kind            // of the last attempt; empty if it succeeded
	heldBack    resilience.Held // why the last exchange wasn't repeated; empty if it was, or succeeded
	wait        time.Duration
	secrets     []secret.String   // of the input, variables, and nested calls
	credentials []auth.Credential // that were used
	renewed     *renewal          // of the credential, after a 401; nil before
	streams     []*callStream     // of nested calls
	repeats     map[string]int    // of requests with the same method, URL and body
	releases    []func()          // of bytes in flight; more than once does nothing
	exchange    exchange
	records     int             // raw ones on the page
	given       []secret.String // in the input
	noFiles     bool            // nor readers are in the input; false also where nobody has looked
	bodyErr     *Error          // why a file of the input couldn't be read
	body        *hostBody       // of HTTPAction's request; nil if it has none
	hidden      map[string]bool // headers that a preview doesn't show, for a default of the platform's

	sending atomic.Pointer[context.Context] // of the attempt that is being sent

	room struct { // what most calls need no more than
		credentials [1]auth.Credential
		releases    [1]func()
	}
}

// page is the number of the page that the call reads, from 1.
func (r *run) page() int {
	if r.step != nil {
		return r.step.Page
	}
	return max(r.spec.page, 1)
}

// exchange is what a record keeps of the last attempt.
type exchange struct {
	requestBytes, responseBytes int64
	request, response           *RecordedMessage
}

// cut leaves out what a continued read delivered before of this page.
func (o outcome) cut() {
	if o.result == nil || o.skip == 0 {
		return
	}
	if list, ok := o.result.records.([]any); ok {
		o.result.records = list[min(o.skip, len(list)):]
	}
}

// usable refuses a Call that was kept after its end.
func (r *run) usable() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return errorf(KindConfig, "invoke", "the call has ended: a Call is for the time of Do")
	}
	return nil
}

// httpClient is Call.HTTPClient.
func (r *run) httpClient() *http.Client {
	return &http.Client{
		Transport:     callTransport{r},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// link is the connection that a call goes over.
type link struct {
	info   ConnectionInfo
	source Connection // nil where the integration needs none
	found  time.Time
	base   *url.URL
	origin string
}
