package openapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"syscall"
)

// Source is where a document comes from. Make one with [Bytes], [Reader] or [File].
type Source struct {
	// Name is the document's path or URL. It stands in errors, references to other documents are resolved against it, and a
	// relative server URL too if it is an http or https URL.
	Name string
	// Open gives the text. It is called once, and the reader is closed.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Other opens a further document that this one refers to, by its name: the reference resolved against Name, without
	// fragment. Nil, as with [Bytes] and [Reader]: references that lead out of the document aren't followed, and nothing is
	// ever fetched.
	Other func(ctx context.Context, name string) (io.ReadCloser, error)
}

// Bytes is a document in memory. The bytes aren't copied: leave them as they are while the [Document] is in use.
func Bytes(name string, text []byte) Source {
	return Source{Name: name, Open: func(context.Context) (io.ReadCloser, error) { return inMemory(text), nil }}
}

// Reader is a document that is read from r, and so can be loaded once. r is left open. References that lead out of the
// document aren't followed.
func Reader(name string, r io.Reader) Source {
	return Source{Name: name, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

// File is a document in a file system, by its path as [fs.FS] wants it. References to other files of the same file system
// are followed; a file that isn't there, or can't be read, is [ErrUnreadable] when the document is loaded.
func File(fsys fs.FS, name string) Source {
	open := func(_ context.Context, name string) (io.ReadCloser, error) {
		if u, err := url.Parse(name); err != nil || u.IsAbs() {
			return nil, errors.New("is no file")
		}
		return fsys.Open(path.Clean(strings.TrimPrefix(name, "/")))
	}
	return Source{Name: name, Other: open,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return open(ctx, name) }}
}

// memory lets a text that is in memory be taken as it is.
type memory struct{ text []byte }

func inMemory(text []byte) io.ReadCloser { return &memory{text} }

func (m *memory) Read(p []byte) (int, error) {
	if len(m.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.text)
	m.text = m.text[n:]
	return n, nil
}

func (m *memory) Close() error { return nil }

// readAll reads a text of at most most bytes.
func readAll(name string, r io.ReadCloser, most int) ([]byte, error) {
	text, err := take(r, most)
	if closed := r.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, &Error{Source: name, Reason: unread(err), Err: errors.Join(ErrUnreadable, err)}
	}
	if len(text) > most {
		return nil, &Error{Source: name, Reason: fmt.Sprintf("has more than %d bytes: raise Options.MaxBytes if it is to be trusted", most), Err: ErrLimit}
	}
	return text, nil
}

// unread says why a document can't be read. The name stands before it already.
func unread(err error) string {
	var at *fs.PathError
	switch {
	case errors.Is(err, syscall.EISDIR):
		return "is a directory: name the document in it"
	case errors.As(err, &at):
		err = at.Err
	}
	return "can't be read: " + err.Error()
}

func take(r io.Reader, most int) ([]byte, error) {
	if m, ok := r.(*memory); ok {
		return m.text, nil
	}
	return io.ReadAll(io.LimitReader(r, int64(most)+1))
}
