package tokenscript

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Script plays tricks on token requests. The zero value is one that plays none. Its methods may be called from many
// goroutines.
type Script struct {
	mu    sync.Mutex // guards what follows
	trick Trick
	next  []Trick
	seen  []Seen
}

// Seen is a request that came, and what was played.
type Seen struct {
	At time.Time
	// Trick is the name of what was played, Grant the request's grant_type.
	Trick, Grant string
}

// Play plays t for each request from now on; those under way go on as they began.
func (s *Script) Play(t Trick) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trick = t
}

// PlayNext plays each of the tricks once, for the requests that come next, then again what Play said.
func (s *Script) PlayNext(tricks ...Trick) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, tricks...)
}

// Seen lists the requests until now.
func (s *Script) Seen() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// choose notes a request and says what to play.
func (s *Script) choose(grant string) Trick {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trick
	if len(s.next) > 0 {
		t, s.next = s.next[0], s.next[1:]
	}
	s.seen = append(s.seen, Seen{At: time.Now(), Trick: t.Name(), Grant: grant})
	return t
}

// Wrap puts the script before a token endpoint.
func (s *Script) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		grant, err := readGrant(r)
		if err != nil {
			http.Error(w, "unreadable body", http.StatusBadRequest)
			return
		}
		t := s.choose(grant)
		if t.play == nil {
			next.ServeHTTP(w, r)
			return
		}
		var answer *recorded
		if t.works {
			answer = &recorded{header: http.Header{}, status: http.StatusOK}
			next.ServeHTTP(answer, r)
		}
		t.play(w, r, answer)
	})
}

// maxBody bounds a token request.
const maxBody = 1 << 20

// readGrant reads the grant_type of a form or a JSON object, and leaves the body to be read again. That it is read to
// its end also lets net/http notice when the client leaves.
func readGrant(r *http.Request) (string, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	fields, err := parameters(r)
	r.Body, r.Form, r.PostForm = io.NopCloser(bytes.NewReader(body)), nil, nil
	return fields["grant_type"], err
}

// parameters of a token request: a form, or a JSON object of strings.
func parameters(r *http.Request) (map[string]string, error) {
	fields := map[string]string{}
	if r.Header.Get("Content-Type") == "application/json" {
		return fields, json.NewDecoder(r.Body).Decode(&fields)
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	for name := range r.Form {
		fields[name] = r.Form.Get(name)
	}
	return fields, nil
}

// recorded is an answer that isn't sent yet.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*recorded)(nil)

func (a *recorded) Header() http.Header { return a.header }

func (a *recorded) WriteHeader(status int) { a.status = status }

func (a *recorded) Write(p []byte) (int, error) { return a.body.Write(p) }

// copy sends it.
func (a *recorded) copy(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

// fields are those of its JSON object.
func (a *recorded) fields() map[string]any {
	fields := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(a.body.Bytes()))
	d.UseNumber()
	_ = d.Decode(&fields) // what isn't an object has none
	return fields
}
