package egress

import (
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/internal/payload"
)

// askForGzip is a request that takes compressed answers, where the caller leaves
// that to us. net/http would do the same; but it looks at the first
// Content-Encoding alone, and its errors don't tell damaged data from a broken
// connection. A request that isn't our own is left as it is.
func askForGzip(req *http.Request, own bool) (sent *http.Request, asked bool) {
	if req.Header.Get("Accept-Encoding") != "" || req.Header.Get("Range") != "" || req.Method == http.MethodHead {
		return req, false
	}
	if sent = req; !own || req.Header == nil {
		sent = req.WithContext(req.Context())
		sent.Header = make(http.Header, len(req.Header)+1)
		for name, values := range req.Header {
			sent.Header[name] = values
		}
	}
	sent.Header["Accept-Encoding"] = []string{"gzip"}
	return sent, true
}

// unzipped is an answer whose body is no longer compressed, if it was, by gzip
// and by nothing else. What nobody asked for is left as it is.
func unzipped(resp *http.Response) (*http.Response, error) {
	coding := resp.Header["Content-Encoding"]
	if len(coding) != 1 || !strings.EqualFold(strings.TrimSpace(coding[0]), "gzip") {
		resp.Body = withSize(resp.Body, resp.ContentLength)
		return resp, nil
	}
	body, err := payload.Decoded(resp.Header, resp.Body)
	if err != nil {
		_ = resp.Body.Close()
		return nil, &ResponseError{Status: resp.StatusCode, Reason: err.Error()}
	}
	resp.Body, resp.ContentLength, resp.Uncompressed = body, -1, true
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	return resp, nil
}
