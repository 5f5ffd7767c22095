package docs_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// answering is a network on which each request is answered by a function.
type answering func(*http.Request) string

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(f(r))),
	}, nil
}

// everywhere is a Config.Transport that answers every request with the same.
func everywhere(body string) func(http.RoundTripper) http.RoundTripper {
	return func(http.RoundTripper) http.RoundTripper {
		return answering(func(*http.Request) string { return body })
	}
}

// served gives what a handler answers.
func served(h http.Handler, r *http.Request) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}
