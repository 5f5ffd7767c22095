package secret

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Source gives a [Keyring] its keys.
//
// Keys returns at least one key, ids unique. The first seals, all open. To rotate, put a new key in front and keep the
// old ones until nothing sealed with them is left ([Keyring.Stale]); a key that is taken away makes what it sealed
// unreadable. An id always means the same material. Keys may block on I/O, honours ctx, is called by [NewKeyring] and
// [Keyring.Reload] only, never by two at a time from one Keyring, and keeps key material out of its errors.
type Source interface {
	Keys(ctx context.Context) ([]Key, error)
}

// StaticKeys is a [Source] of keys at hand, the sealing key first.
type StaticKeys []Key

var _ Source = StaticKeys(nil)

// Keys gives a copy of the list.
func (s StaticKeys) Keys(context.Context) ([]Key, error) { return slices.Clone(s), nil }

// KeyFile is a [Source] that reads a file, given by its path, anew for each call: one key a line as [ParseKey] reads it,
// the sealing key first. Empty lines and lines that begin with # are skipped.
//
// The file must be a regular one of at most 64 KiB that only its owner may read or write (mode 0600 or 0400; not checked
// on Windows, which has no such modes), else Keys fails with [ErrKey].
type KeyFile string

var _ Source = KeyFile("")

// maxKeyFile is in bytes: some thousand keys.
const maxKeyFile = 64 << 10

// Keys reads the file. It fails with [ErrKey] if the file can't be read, may be read by others, or has a line that is no key;
// the error names the line.
func (f KeyFile) Keys(ctx context.Context) ([]Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, f.failed("was not read", err)
	}
	text, err := f.read()
	if err != nil {
		return nil, err
	}
	var keys []Key
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := ParseKey(line)
		if err != nil {
			return nil, onLine(err, number)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func (f KeyFile) read() (string, error) {
	// Looked at before it is opened as well: opening a pipe would wait for a writer.
	if info, err := os.Stat(string(f)); err != nil {
		return "", f.failed("can't be read", err)
	} else if err := f.check(info); err != nil {
		return "", err
	}
	file, err := os.Open(string(f))
	if err != nil {
		return "", f.failed("can't be opened", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return "", f.failed("can't be read", err)
	}
	if err := f.check(info); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return "", f.failed("can't be read", err)
	}
	if len(text) > maxKeyFile {
		return "", f.failed("is longer than 64 KiB: is it a key file?", nil)
	}
	return string(text), nil
}

func (f KeyFile) check(info os.FileInfo) error {
	if !info.Mode().IsRegular() {
		return f.failed("is not a regular file: name a file", nil)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return f.failed("is open to other users (mode "+info.Mode().Perm().String()+"): chmod 600 it", nil)
	}
	return nil
}

func (f KeyFile) failed(detail string, cause error) error {
	return &Error{Op: "load keys", Class: ErrKey, Field: "file " + string(f), Detail: detail, Err: cause}
}

// onLine adds the place to an error of ParseKey.
func onLine(err error, number int) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Op, placed.Line = "load keys", number
	return &placed
}
