package payload

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// maxIdle is how many empty reads in a row show that a reader is broken.
const maxIdle = 100

// stream is one reading of a Multipart: text, content, text, content, …, text. One goroutine reads; another may
// close.
type stream struct {
	m     *Multipart
	part  int       // whose content is read, or comes after text; len(m.parts) at the end
	text  string    // what comes first
	left  int64     // of the content, if its size is known
	guard delimiter // looks at the content
	err   error     // how the reading ended

	mu     sync.Mutex    // guards what follows; not held while body is read
	body   io.ReadCloser // the open part
	closed bool
}

func newStream(m *Multipart) *stream {
	s := &stream{m: m, guard: delimiter{line: []byte("--" + m.boundary)}}
	s.text = s.before(0)
	return s
}

// before is what stands before the content of the part i, or at the end.
func (s *stream) before(i int) string {
	if i == len(s.m.parts) {
		return s.m.tail
	}
	return s.m.heads[i]
}

// Read gives the next bytes of the message. An error is for good.
func (s *stream) Read(p []byte) (int, error) {
	body, err := s.current()
	for idle := 0; err == nil && s.err == nil && len(p) > 0; idle++ {
		var n int
		switch {
		case s.text != "":
			n = copy(p, s.text)
			s.text = s.text[n:]
		case body != nil:
			n, s.err = s.content(body, p)
		case s.part < len(s.m.parts):
			s.err = s.openPart()
			idle = 0
		default:
			s.err = io.EOF
		}
		if n > 0 {
			return n, nil
		}
		if s.err == nil && idle >= maxIdle {
			s.err = s.fault("gives nothing and doesn't end", io.ErrNoProgress)
		}
		body, err = s.current()
	}
	if err != nil {
		return 0, err
	}
	return 0, s.err
}

// Close ends the reading and closes the open part, also while it is read.
func (s *stream) Close() error {
	s.mu.Lock()
	body := s.body
	s.body, s.closed = nil, true
	s.mu.Unlock()
	if body != nil {
		return body.Close()
	}
	return nil
}

// current is the open part, if there is one.
func (s *stream) current() (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, http.ErrBodyReadAfterClose
	}
	return s.body, nil
}

// openPart opens the part whose header has been read.
func (s *stream) openPart() error {
	src := s.m.parts[s.part].Body
	body, err := src.Open()
	if err != nil {
		return s.fault("can't be opened", err)
	}
	if body == nil {
		return s.fault("Open gave no reader: give one, or an error", nil)
	}
	s.left = src.Size
	s.guard.begin()
	s.mu.Lock()
	late := s.closed
	if !late {
		s.body = body
	}
	s.mu.Unlock()
	if late {
		_ = body.Close()
	}
	return nil
}

// closePart ends the content; what follows is text.
func (s *stream) closePart() {
	s.mu.Lock()
	body := s.body
	s.body = nil
	s.mu.Unlock()
	if body != nil { // else Close has closed it
		_ = body.Close()
	}
	s.part++
	s.text = s.before(s.part)
}

// content reads from the open part, and holds it to its size. n bytes are good also if there is an error.
func (s *stream) content(body io.Reader, p []byte) (n int, err error) {
	size := s.m.parts[s.part].Body.Size
	if size >= 0 {
		// One byte more than is left is asked for at the end, to see whether there is one; it isn't given on.
		p = p[:max(min(int64(len(p)), s.left), 1)]
	}
	n, err = readInto(body, p)
	if size >= 0 && int64(n) > s.left {
		return 0, s.fault(fmt.Sprintf("more than its size of %d bytes: correct Size", size), nil)
	}
	if s.guard.within(p[:n]) {
		return 0, s.fault("holds the delimiter of parts: choose another boundary", nil)
	}
	s.left -= int64(n)
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		return n, s.fault("can't be read", err)
	case size >= 0 && s.left > 0:
		reason := fmt.Sprintf("ended after %d of %d bytes: correct Size", size-s.left, size)
		return n, s.fault(reason, io.ErrUnexpectedEOF)
	}
	s.closePart()
	return n, nil
}

// fault is an error of the part that is being read.
func (s *stream) fault(reason string, err error) error {
	return &Error{Part: s.part, Field: "body", Reason: reason, Err: err}
}
