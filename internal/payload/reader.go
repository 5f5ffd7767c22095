package payload

import (
	"bytes"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
)

// Reader is a body of what r gives. It never closes r, neither at the end nor with what Open gave: r stays the
// caller's, who closes it when the call has returned. One r belongs in one Source.
//
//   - An r that is an io.Seeker can be opened again and again, from where it stands now to where it ends now; what is
//     appended later isn't sent. Each opening has a place of its own: through io.ReaderAt if r is one (files,
//     bytes.Reader), otherwise by seeking before a read, one read at a time. So a transport that still reads the body
//     of a failed attempt doesn't disturb the next attempt. Nobody else may read or seek r meanwhile.
//   - Any other r, and one that fails to seek (a pipe, a terminal, a socket), can be opened once. The size of a
//     bytes.Buffer is known, that of others isn't.
//
// Reader itself reads nothing; it seeks. If r can't be brought back to where it stood, or is nil, Open gives an
// [*Error].
func Reader(r io.Reader) Source {
	if r == nil {
		return broken(&Error{Part: -1, Field: "body", Reason: "the reader is nil: give one, or Bytes(nil) for an empty body"})
	}
	s, ok := r.(io.ReadSeeker)
	if !ok || special(r) {
		return once(r)
	}
	start, size, err := extent(s)
	if err != nil {
		return broken(err)
	}
	if size < 0 {
		return once(r)
	}
	open := (&shared{r: s, at: start}).opener(start, size)
	if at, ok := r.(io.ReaderAt); ok {
		open = func() io.Reader { return io.NewSectionReader(at, start, size) }
	}
	return Source{
		Open: func() (io.ReadCloser, error) { return &handle{r: open()}, nil },
		Size: size,
	}
}

// once is a body that is used up by reading it.
func once(r io.Reader) Source {
	size := int64(-1)
	if b, ok := r.(*bytes.Buffer); ok && b != nil {
		size = int64(b.Len())
	}
	opened := new(atomic.Bool)
	return Source{
		Open: func() (io.ReadCloser, error) {
			if !opened.CompareAndSwap(false, true) {
				return nil, ErrOnce
			}
			return &handle{r: r}, nil
		},
		Size: size,
		Once: true,
	}
}

// special holds for open files that aren't regular ones: a device takes a seek and means nothing by it.
func special(r io.Reader) bool {
	f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info != nil && !info.Mode().IsRegular()
}

// extent says where s stands and how many bytes follow; size -1 if s doesn't seek. After an error s stands somewhere
// else than its owner left it.
func extent(s io.Seeker) (start, size int64, err error) {
	start, err = s.Seek(0, io.SeekCurrent)
	if err != nil || start < 0 {
		return 0, -1, nil
	}
	end, endErr := s.Seek(0, io.SeekEnd)
	if back, err := s.Seek(start, io.SeekStart); err != nil || back != start {
		return 0, -1, &Error{Part: -1, Field: "body", Reason: "the reader can't be sought back to where it stood", Err: err}
	}
	if endErr != nil {
		return 0, -1, nil
	}
	return start, max(end-start, 0), nil
}

// shared lets several readings take turns on one io.ReadSeeker.
type shared struct {
	mu sync.Mutex // guards r and at; held over a Read of r
	r  io.ReadSeeker
	at int64 // where r stands; -1 if that isn't known
}

// opener gives a function that begins a reading of size bytes from start.
func (s *shared) opener(start, size int64) func() io.Reader {
	return func() io.Reader { return &turn{s: s, next: start, end: start + size} }
}

// readAt is one Read from the given place.
func (s *shared) readAt(p []byte, from int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.at
	s.at = -1 // unless all goes well: r may also panic
	if known != from {
		if _, err := s.r.Seek(from, io.SeekStart); err != nil {
			return 0, err
		}
	}
	n, err := readInto(s.r, p)
	if err == nil || err == io.EOF {
		s.at = from + int64(n)
	}
	return n, err
}

// turn is one reading of what is shared.
type turn struct {
	s         *shared
	next, end int64
}

func (t *turn) Read(p []byte) (int, error) {
	if t.next >= t.end {
		return 0, io.EOF
	}
	n, err := t.s.readAt(p[:min(int64(len(p)), t.end-t.next)], t.next)
	t.next += int64(n)
	return n, err
}

// readInto is r.Read for a reader that may claim to have read what it can't have.
func readInto(r io.Reader, p []byte) (int, error) {
	n, err := r.Read(p)
	if n < 0 || n > len(p) {
		return 0, &Error{Part: -1, Field: "body", Reason: "the reader claims a number of bytes that doesn't fit its buffer"}
	}
	return n, err
}
