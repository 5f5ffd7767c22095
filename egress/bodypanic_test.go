package egress_test

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

// endingBody gives some bytes, and then ends its reader's goroutine or panics.
type endingBody struct {
	bytes.Reader
	end func()
}

func (b *endingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		b.end()
	}
	return n, err
}

// What a body has reserved is given back also where reading it panics.
func TestReadBodyGivesBackAfterAPanic(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(){"panic": func() { panic("read") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := egress.NewBudget(1<<20, 1<<20)
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				body := &endingBody{end: end}
				body.Reset(make([]byte, 100))
				_, _, _ = egress.ReadBody(t.Context(), body, 0, b, "acme")
			}()
			<-done
			if n := b.InUse(); n != 0 {
				t.Errorf("%d bytes stay reserved", n)
			}
		})
	}
}
