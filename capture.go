package waygate

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// maxCapture bounds what is captured of a request body for a record.
const maxCapture = 2 * maxRecordBody

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
	return string(c.data), c.total
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
		text, total := x.sent.text()
		request.Body = recordedBody(red, []byte(text), total)
		if r.shortBodyKey() {
			request.Body = secret.Redacted
		}
	}
	response := &RecordedMessage{Headers: recordedHeaders(resp.Header, red), Body: recordedBody(red, data, int64(len(data)))}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchange.request, r.exchange.response = request, response
}

// recordedBody is the beginning of a body, with a marker of its size if there is
// more.
func recordedBody(red *secret.Redactor, data []byte, total int64) string {
	text := string(redactedPart(red, data, maxRecordBody))
	if total > maxRecordBody {
		text = strings.ToValidUTF8(text, "") + fmt.Sprintf("… [%d bytes in all]", total)
	}
	return text
}

// shortBodyKey says that the scheme writes a secret into the body which is too
// short to be found there by its value.
func (r *run) shortBodyKey() bool {
	inBody := slices.ContainsFunc(r.action.integ.places, func(p auth.Place) bool { return p.In == auth.InBody })
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gw.redactor != nil && inBody && slices.ContainsFunc(r.credentials, func(c auth.Credential) bool {
		return slices.ContainsFunc(c.Secrets(), func(s secret.String) bool { return len(s.Reveal()) < secret.MinRedacted })
	})
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
