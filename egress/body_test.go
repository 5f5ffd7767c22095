package egress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/waygate-go/waygate/egress"
)

func TestReadBody(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 100_000, 1 << 20} {
		want := bytes.Repeat([]byte{'x'}, size)
		for name, body := range map[string]io.Reader{
			"plain":          bytes.NewReader(want),
			"data with EOF":  iotest.DataErrReader(bytes.NewReader(want)),
			"true hint":      hinted{bytes.NewReader(want), int64(size)},
			"hint too small": hinted{bytes.NewReader(want), int64(size / 2)},
			"hint too large": hinted{bytes.NewReader(want), 2 << 20},
		} {
			b := egress.NewBudget(10<<20, 10<<20)
			data, release, err := egress.ReadBody(t.Context(), body, 4<<20, b, "acme")
			if err != nil || !bytes.Equal(data, want) {
				t.Errorf("%s of %d bytes: got %d, %v", name, size, len(data), err)
			}
			if got := b.InUse(); got != int64(size) {
				t.Errorf("%s of %d bytes: %d in use", name, size, got)
			}
			release()
			release()
			if got := b.InUse(); got != 0 {
				t.Errorf("%s of %d bytes: %d in use after its release", name, size, got)
			}
		}
	}
}

// hinted is a body with an announced length.
type hinted struct {
	io.Reader
	size int64
}

func (h hinted) SizeHint() int64 { return h.size }

func TestReadBodyLimit(t *testing.T) {
	t.Parallel()
	const deflt = 10 << 20
	for _, tc := range []struct {
		name         string
		size         int
		limit, wants int64 // wants: the Limit of the error, 0 for none
		budget       *egress.Budget
	}{
		{"at the limit", 1000, 1000, 0, nil},
		{"over the limit", 1001, 1000, 1000, nil},
		{"at a large limit", 100_000, 100_000, 0, nil},
		{"over a large limit", 100_001, 100_000, 100_000, nil},
		{"at the default", deflt, 0, 0, nil},
		{"over the default", deflt + 1, 0, deflt, nil},
		{"negative is the default", deflt + 1, -5, deflt, nil},
		{"the tenant's share is the limit", 501, 1000, 500, egress.NewBudget(1000, 500)},
		{"the total is the limit", 501, 1000, 500, egress.NewBudget(500, 1000)},
	} {
		data, release, err := egress.ReadBody(t.Context(), strings.NewReader(strings.Repeat("x", tc.size)), tc.limit, tc.budget, "acme")
		release()
		var large *egress.TooLargeError
		switch {
		case tc.wants == 0 && (err != nil || len(data) != tc.size):
			t.Errorf("%s: got %d bytes, %v", tc.name, len(data), err)
		case tc.wants != 0 && (!errors.As(err, &large) || large.Limit != tc.wants || data != nil):
			t.Errorf("%s: got %d bytes, %v", tc.name, len(data), err)
		}
		if n := tc.budget.InUse(); n != 0 {
			t.Errorf("%s: %d in use", tc.name, n)
		}
	}
}

func TestReadBodyFailures(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		body io.Reader
		want error
	}{
		"broken":       {t.Context(), io.MultiReader(strings.NewReader("part"), iotest.ErrReader(boom)), boom},
		"cut short":    {t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF), io.ErrUnexpectedEOF},
		"silent":       {t.Context(), reads(0), io.ErrNoProgress},
		"overcounting": {t.Context(), reads(1 << 30), io.ErrNoProgress},
		"negative":     {t.Context(), reads(-1), io.ErrNoProgress},
		"canceled":     {canceled, strings.NewReader("x"), context.Canceled},
	} {
		b := egress.NewBudget(0, 0)
		data, release, err := egress.ReadBody(tc.ctx, tc.body, 1000, b, "acme")
		if !errors.Is(err, tc.want) || data != nil || release == nil || b.InUse() != 0 {
			t.Errorf("%s: got %q, %v, %d in use", name, data, err, b.InUse())
			continue
		}
		release()
	}
	data, release, err := egress.ReadBody(t.Context(), nil, 1000, nil, "")
	if err != nil || data == nil || len(data) != 0 {
		t.Errorf("nil body: %v, %v", data, err)
	}
	release()
}

// reads is a reader that claims to have read that much, and never has.
type reads int

func (r reads) Read([]byte) (int, error) { return int(r), nil }

func TestGzipBomb(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 12 {
		if _, err := zip.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	addr, roots := tlsServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}), true)
	w := &wire{to: addr}
	tr := mustNew(t, egress.Policy{RootCAs: roots, Dial: w.dial, Resolver: resolving(map[string][]string{"example.com": {publicAddr}})})
	resp, err := get(t, tr, "https://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = egress.ReadBody(t.Context(), resp.Body, tr.Policy().MaxBodyBytes, nil, "acme")
	var large *egress.TooLargeError
	if !errors.As(err, &large) || large.Limit != 10<<20 {
		t.Errorf("%d bytes that unpack to 12 MiB gave %v", bomb.Len(), err)
	}
}

// The length a server announces is refused when it is over the limit, and costs no memory when it is a lie.
func TestAnnouncedLength(t *testing.T) {
	t.Parallel()
	addr, roots := tlsServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", r.URL.Query().Get("n"))
		_, _ = io.WriteString(w, "short")
	}), false)
	w := &wire{to: addr}
	tr := mustNew(t, egress.Policy{RootCAs: roots, Dial: w.dial, Resolver: resolving(map[string][]string{"example.com": {publicAddr}})})
	for _, n := range []int{11 << 20, 9 << 20} {
		resp, err := get(t, tr, "https://example.com/?n="+strconv.Itoa(n))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = egress.ReadBody(t.Context(), resp.Body, 10<<20, nil, "acme")
		var large *egress.TooLargeError
		if tooLarge := errors.As(err, &large); err == nil || tooLarge != (n > 10<<20) {
			t.Errorf("announced %d: %v", n, err)
		}
	}
}

// Not parallel: it measures what the process allocates.
func TestALyingLengthAllocatesLittle(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, release, err := egress.ReadBody(t.Context(), hinted{strings.NewReader("short"), 9 << 20}, 10<<20, nil, "acme")
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("5 bytes announced as 9 MiB allocated %d bytes", got)
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	egress.Drain(nil)
	for _, size := range []int{10, 64 << 10, 1 << 20} {
		rest := strings.NewReader(strings.Repeat("x", size))
		body := &closing{Reader: rest}
		egress.Drain(body)
		if read := size - rest.Len(); read != min(size, 64<<10) || !body.closed.Load() {
			t.Errorf("of %d bytes %d were read; closed %v", size, read, body.closed.Load())
		}
	}
}

func FuzzReadBody(f *testing.F) {
	f.Add([]byte("hello"), int64(5), int64(3))
	f.Add([]byte(""), int64(0), int64(-1))
	f.Add(bytes.Repeat([]byte("x"), 5000), int64(4999), int64(1<<62))
	f.Fuzz(func(t *testing.T, body []byte, limit, hint int64) {
		b := egress.NewBudget(1<<20, 1<<20)
		data, release, err := egress.ReadBody(t.Context(), hinted{bytes.NewReader(body), hint}, limit, b, "acme")
		var large *egress.TooLargeError
		if err == nil && (!bytes.Equal(data, body) || limit > 0 && int64(len(body)) > limit) {
			t.Fatalf("got %d bytes of %d, limit %d", len(data), len(body), limit)
		}
		if err != nil && !errors.As(err, &large) {
			t.Fatal(err)
		}
		release()
		if n := b.InUse(); n != 0 {
			t.Fatalf("%d in use", n)
		}
	})
}

func BenchmarkReadBody(b *testing.B) {
	for _, size := range []int{1 << 10, 50 << 10, 1 << 20} {
		content := make([]byte, size)
		budget := egress.NewBudget(0, 0)
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, release, err := egress.ReadBody(b.Context(), bytes.NewReader(content), 10<<20, budget, "acme")
				if err != nil {
					b.Fatal(err)
				}
				release()
			}
		})
	}
}
