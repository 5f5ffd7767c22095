package waygate

import (
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// Bounds of what is captured of a request body for a record. The margin is cut
// off a body that was not captured whole, so that no part of a secret that
// stood on the edge is left over.
const (
	maxCapture    = 1 << 20
	captureMargin = 128 << 10
)

// capture copies what is read of a request body.
type capture struct {
	io.ReadCloser
	mu    sync.Mutex // the transport may still read when the answer is there
	data  []byte
	total int64
}

func (c *capture) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += int64(n)
	if room := maxCapture - len(c.data); room > 0 {
		c.data = append(c.data, p[:min(n, room)]...)
	}
	return n, err
}

// text is what was captured, and how many bytes there were.
func (c *capture) text() (string, int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data := c.data
	if c.total > int64(len(data)) {
		data = data[:max(0, len(data)-captureMargin)]
	}
	return string(data), c.total
}

// watch counts the request's body, and captures it where bodies are recorded.
func (x *attempt) watch(out *http.Request) {
	x.r.mu.Lock()
	x.r.exchange.requestBytes = max(out.ContentLength, 0)
	x.r.mu.Unlock()
	if x.r.gw.cfg.RecordBodies && out.Body != nil && out.Body != http.NoBody {
		x.sent = &capture{ReadCloser: out.Body}
		out.Body = x.sent
	}
}

// keep notes the exchange for the record.
func (x *attempt) keep(out *http.Request, resp *http.Response, data []byte) {
	r := x.r
	if !r.gw.cfg.RecordBodies {
		return
	}
	red := r.redactor()
	request := &RecordedMessage{Method: out.Method, URL: r.recordedURL(out.URL, red), Headers: recordedHeaders(out.Header, red)}
	if x.sent != nil {
		text, _ := x.sent.text()
		request.Body = secret.Truncate(red.String(text), maxRecordBody)
	}
	response := &RecordedMessage{Headers: recordedHeaders(resp.Header, red),
		Body: secret.Truncate(red.String(string(data)), maxRecordBody)}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchange.request, r.exchange.response = request, response
}

// recordedURL removes secrets by value, and by place where the scheme writes
// into the query.
func (r *run) recordedURL(u *url.URL, red *secret.Redactor) string {
	c := *u
	if red != nil {
		q := c.Query()
		for _, p := range r.action.integ.places {
			if p.In == auth.InQuery && q.Has(p.Name) {
				q.Set(p.Name, secret.Redacted)
				c.RawQuery = q.Encode()
			}
		}
	}
	return red.String(c.String())
}

// recordedHeaders keeps those that hold no secrets by their meaning.
func recordedHeaders(h http.Header, red *secret.Redactor) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Accept", "Content-Type", "Content-Length", "Content-Encoding", "Date", "Etag", "Link",
		"Location", "Retry-After", "User-Agent", "X-Request-Id", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"} {
		if v := h.Get(name); v != "" {
			out[name] = red.String(v)
		}
	}
	return out
}
