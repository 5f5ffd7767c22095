package waygatetest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Answer answers one request of a [Provider]. r's body has been read from the
// connection whole, and can be read from r.Body once more.
type Answer func(w http.ResponseWriter, r *http.Request)

// JSON answers with v as JSON. One that can't be written as JSON is a 500 that
// says so.
func JSON(status int, v any) Answer {
	body, err := json.Marshal(v)
	if err != nil {
		return Text(http.StatusInternalServerError, "text/plain", "waygatetest.JSON: "+err.Error())
	}
	return Text(status, "application/json", string(body))
}

// Text answers with body as it is, of the media type contentType.
func Text(status int, contentType, body string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Status answers with an HTTP status and without a body.
func Status(status int) Answer {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// Echo answers with the body of the request, as JSON.
func Echo(status int) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.Copy(w, r.Body)
	}
}

// Header sets a header of the answer that follows.
func Header(name, value string, next Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add(name, value)
		next(w, r)
	}
}

// Delay waits before the answer that follows; if the client goes meanwhile, it
// breaks the connection.
func Delay(d time.Duration, next Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			next(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// Hang answers nothing until the client goes.
func Hang() Answer {
	return func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// Drop breaks the connection after the request was read and before any answer:
// the effect happened, the answer is lost. Over HTTP/2 the other requests of the
// connection are lost with it.
func Drop() Answer {
	return func(_ http.ResponseWriter, r *http.Request) {
		if c := connOf(r); c != nil {
			_ = c.Close()
		}
		panic(http.ErrAbortHandler)
	}
}

// Reset is Drop with a TCP reset: the client gets an error in place of an end.
// Over pipes, which know no resets, it is the same as Drop.
func Reset() Answer {
	return func(_ http.ResponseWriter, r *http.Request) {
		if c := connOf(r); c != nil {
			c.reset()
		}
		panic(http.ErrAbortHandler)
	}
}

// Cut announces a longer body than it sends and breaks the connection within it.
func Cut(status int, contentType, body string) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		_ = http.NewResponseController(w).Flush()
		Drop()(w, r)
	}
}

// Repeat is an answer several times, for the list of [Provider.On]:
//
//	p.On("GET /issues", append(waygatetest.Repeat(3, waygatetest.Status(503)), waygatetest.JSON(200, issues))...)
func Repeat(times int, answer Answer) []Answer { return slices.Repeat([]Answer{answer}, max(times, 0)) }
