package authtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// setBody gives r a body that can be read again.
func setBody(r *http.Request, body []byte) {
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.ContentLength = int64(len(body))
}

// tracked is a body that knows whether it was closed.
type tracked struct {
	io.Reader
	closed bool
}

func (b *tracked) Close() error { b.closed = true; return nil }

func (s subject) body() error {
	for _, c := range s.o.Good {
		for _, again := range []bool{true, false} {
			r := s.o.Request()
			raw, err := bodyOf(r)
			if err != nil {
				return err
			}
			if r.Body == nil {
				continue
			}
			found := &tracked{Reader: bytes.NewReader(raw)}
			r.Body = found
			if !again {
				r.GetBody = nil
			}
			if err := s.scheme.Authorize(r.Context(), r, c); err != nil {
				return err
			}
			if err := checkBody(r, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkBody checks that body, copies of it and length agree.
func checkBody(r *http.Request, found *tracked) error {
	if r.Body == found {
		rest, err := io.ReadAll(found)
		if err == nil && int64(len(rest)) != r.ContentLength {
			return errors.New("the body was read and not replaced")
		}
		return err
	}
	if !found.closed {
		return errors.New("the body was replaced, and the old one not closed")
	}
	if r.GetBody == nil {
		return errors.New("the body was replaced by one that can't be sent again: no GetBody")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	for range 2 {
		again, err := bodyOf(r)
		if err != nil || !bytes.Equal(body, again) {
			return fmt.Errorf("GetBody gives another body than Body (%v)", err)
		}
	}
	if r.ContentLength != int64(len(body)) {
		return fmt.Errorf("ContentLength is %d, and the body has %d bytes", r.ContentLength, len(body))
	}
	return nil
}
