package tokenscript

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

// Trick is what becomes of a token request. The zero value is [Healthy].
type Trick struct {
	name  string
	works bool                                                // the work is done first
	play  func(http.ResponseWriter, *http.Request, *recorded) // recorded is nil if it wasn't
}

// Name says what it is.
func (t Trick) Name() string {
	if t.play == nil {
		return "healthy"
	}
	return t.name
}

// Works says that the request is served, so that the refresh token in it is spent, whatever the answer looks like.
func (t Trick) Works() bool { return t.play == nil || t.works }

// Healthy is the answer as it is.
func Healthy() Trick { return Trick{} }

// Spent has the work done before t plays.
func Spent(t Trick) Trick {
	if t.play == nil {
		return t
	}
	return Trick{name: t.name + ", spent", works: true, play: t.play}
}

// End closes the connection without an answer.
func End() Trick {
	return Trick{name: "end", play: func(w http.ResponseWriter, _ *http.Request, _ *recorded) { loopback.Cut(w, false) }}
}

// Reset breaks the connection.
func Reset() Trick {
	return Trick{name: "reset", play: func(w http.ResponseWriter, _ *http.Request, _ *recorded) { loopback.Cut(w, true) }}
}

// Status answers with a status and a text; header is alternately names and values.
func Status(status int, header ...string) Trick {
	name := strings.Join(append([]string{strconv.Itoa(status)}, header...), " ")
	return Trick{name: name, play: func(w http.ResponseWriter, _ *http.Request, _ *recorded) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		http.Error(w, http.StatusText(status), status)
	}}
}

// TooMany is 429 with a Retry-After as it is given: seconds, or a date.
func TooMany(retryAfter string) Trick {
	return Status(http.StatusTooManyRequests, "Retry-After", retryAfter)
}

// HTML is a page with a status, as proxies answer.
func HTML(status int) Trick {
	return Trick{name: fmt.Sprintf("html %d", status), play: func(w http.ResponseWriter, _ *http.Request, _ *recorded) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><title>Back soon</title><p>We are down for maintenance.")
	}}
}

// Error is an answer of RFC 6749 §5.2 with any status: 400 for a spurious invalid_grant, 401 for invalid_client, 200 as
// some providers do.
func Error(status int, code string) Trick {
	return Trick{name: fmt.Sprintf("%s %d", code, status), play: func(w http.ResponseWriter, _ *http.Request, _ *recorded) {
		writeJSON(w, status, map[string]any{"error": code, "error_description": "played by a script"})
	}}
}

// Hang never answers: the request ends when the client leaves.
func Hang() Trick {
	return Trick{name: "hang", play: func(_ http.ResponseWriter, r *http.Request, _ *recorded) { <-r.Context().Done() }}
}

// Slow answers well, after a time. The work is done first, and the client may have left.
func Slow(d time.Duration) Trick {
	return Trick{name: fmt.Sprintf("slow %v", d), works: true, play: func(w http.ResponseWriter, r *http.Request, a *recorded) {
		select {
		case <-time.After(d):
			a.copy(w)
		case <-r.Context().Done():
		}
	}}
}

// Truncated is the beginning of the answer, then the end of the connection.
func Truncated() Trick {
	return Trick{name: "truncated", works: true, play: func(w http.ResponseWriter, _ *http.Request, a *recorded) {
		a.header.Set("Content-Length", strconv.Itoa(a.body.Len()))
		a.body.Truncate(a.body.Len() / 2)
		a.copy(w) // net/http breaks the connection of a body that is too short
	}}
}

// Endless begins an answer that has no end.
func Endless() Trick {
	return Trick{name: "endless", play: func(w http.ResponseWriter, r *http.Request, _ *recorded) {
		w.Header().Set("Content-Type", "application/json")
		piece := strings.Repeat("a", 1<<15)
		_, err := io.WriteString(w, `{"access_token":"`)
		for err == nil && r.Context().Err() == nil {
			_, err = io.WriteString(w, piece)
		}
	}}
}

// FormEncoded is the answer as a form, which a few providers give whatever was asked for.
func FormEncoded() Trick {
	return Trick{name: "form-encoded", works: true, play: func(w http.ResponseWriter, _ *http.Request, a *recorded) {
		form := url.Values{}
		for name, value := range a.fields() {
			form.Set(name, fmt.Sprint(value))
		}
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, form.Encode())
	}}
}

// Changed is the answer with other fields; change is given a copy.
func Changed(name string, change func(fields map[string]any)) Trick {
	return Trick{name: name, works: true, play: func(w http.ResponseWriter, _ *http.Request, a *recorded) {
		fields := maps.Clone(a.fields())
		if a.status == http.StatusOK {
			change(fields)
		}
		writeJSON(w, a.status, fields)
	}}
}

// StringExpiry writes expires_in as a string.
func StringExpiry() Trick {
	return Changed("string expires_in", func(f map[string]any) { f["expires_in"] = fmt.Sprint(f["expires_in"]) })
}

// NoExpiry leaves expires_in out.
func NoExpiry() Trick {
	return Changed("no expires_in", func(f map[string]any) { delete(f, "expires_in") })
}

// NoAccessToken leaves the token out of an answer with status 200.
func NoAccessToken() Trick {
	return Changed("no access_token", func(f map[string]any) { delete(f, "access_token") })
}

// Tricks are all of them, with common arguments, but for those that take long.
func Tricks() []Trick {
	return []Trick{
		Healthy(), End(), Spent(End()), Reset(), Spent(Reset()), Status(500), Status(502), Status(503, "Retry-After", "1"),
		Spent(Status(504)), TooMany("1"), HTML(200), Spent(HTML(200)), HTML(404), Status(302, "Location", "/elsewhere"),
		Error(200, "temporarily_unavailable"), Error(400, "invalid_grant"), Error(400, "invalid_request"),
		Error(401, "invalid_client"), Error(400, "unauthorized_client"), Truncated(), Endless(), Spent(Endless()),
		FormEncoded(), StringExpiry(), NoExpiry(), NoAccessToken(), Status(401),
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever doesn't read it has gone
}
