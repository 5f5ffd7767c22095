//go:build unix

package pgserver

import (
	"io"
	"strings"
	"sync"
)

// tail keeps the end of what is written, for an error message, and passes all of it on.
type tail struct {
	mu   sync.Mutex // guards last, and the calls of next
	last []byte
	next io.Writer // or nil
}

const tailBytes = 4 << 10

// Write never fails: a log that can't be written is no reason to end a server.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if n := len(t.last) - tailBytes; n > 0 {
		t.last = append([]byte(nil), t.last[n:]...)
	}
	if t.next != nil {
		_, _ = t.next.Write(b)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.last))
}
