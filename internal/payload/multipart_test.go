package payload_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/payload"
)

// field is a part as a server sees it.
type field struct{ Name, FileName, Type, Body string }

// sent is what a server should see of p: a quotation mark can't be told from its escape.
func sent(p payload.Part, body string) field {
	f := field{p.Name, p.FileName, p.Type, body}
	f.Name = strings.ReplaceAll(f.Name, `"`, "%22")
	f.FileName = strings.ReplaceAll(f.FileName, `"`, "%22")
	if f.Type == "" && f.FileName != "" {
		f.Type = "application/octet-stream"
	}
	return f
}

// parse reads a message as a Go server would, with all header fields.
func parse(contentType string, body io.Reader) ([]field, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, fmt.Errorf("content type %q: %w", contentType, err)
	}
	var fields []field
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		f, err := parsePart(p)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
}

func parsePart(p *multipart.Part) (field, error) {
	kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err != nil || kind != "form-data" {
		return field{}, fmt.Errorf("disposition %q: %w", p.Header.Get("Content-Disposition"), err)
	}
	f := field{Name: params["name"], FileName: params["filename"], Type: p.Header.Get("Content-Type")}
	for name, values := range p.Header {
		if name != "Content-Disposition" && name != "Content-Type" || len(values) != 1 {
			return field{}, fmt.Errorf("header field %s: %q", name, values)
		}
	}
	for name := range params {
		if name != "name" && name != "filename" {
			return field{}, fmt.Errorf("parameter %s", name)
		}
	}
	data, err := io.ReadAll(p)
	f.Body = string(data)
	return f, err
}

func multi(t *testing.T, parts []payload.Part, boundary string) *payload.Multipart {
	t.Helper()
	m, err := payload.NewMultipart(parts, boundary)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	names := []string{"", "a", "first name", `say "hi"`, `c:\new\x.txt`, `ends\`, `\"; filename="x`, "größe", "名前.pdf", "🙂",
		"50%22", "a;b=c", "it's", "a=b&c[]", " padded ", "--b", strings.Repeat("long", 2000), "nb\u00a0sp", "../../etc/passwd"}
	bodies := []string{"", "x", "\r\n", "--", "\r\n--", "text\r\n-", "a\r\n\r\nb", "x--b--\r\n", "\x00\xff", strings.Repeat("0123456789abcdef", 5000)}
	types := []string{"", "text/plain", `text/csv; charset="utf-8"; header=present`, "application/vnd.api+json"}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of []string) string { return of[random.IntN(len(of))] }
	for range 100 {
		var parts []payload.Part
		want := []field(nil)
		for range random.IntN(5) {
			p, body := payload.Part{Name: pick(names), FileName: pick(names), Type: pick(types)}, pick(bodies)
			p.Body = payload.String(body)
			parts, want = append(parts, p), append(want, sent(p, body))
		}
		m := multi(t, parts, pick([]string{"b", "-", "a b:c", "'()+_,-./:=?", strings.Repeat("x", 70)}))
		for _, chunk := range []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader,
		} {
			got, err := parse(m.ContentType(), chunk(open(t, m.Source())))
			if err != nil || !cmp.Equal(got, want) {
				t.Fatalf("%v\n%s", err, cmp.Diff(want, got))
			}
		}
		if s := m.Source(); s.Size != int64(len(read(t, s))) || s.Once {
			t.Fatalf("size %d, once %v", s.Size, s.Once)
		}
	}
}

// TestWritten pins the bytes.
func TestWritten(t *testing.T) {
	t.Parallel()
	m := multi(t, []payload.Part{
		{Name: "a", Body: payload.String("1")},
		{Name: `"ü\`, FileName: "x.bin", Body: payload.Reader(iotest.OneByteReader(strings.NewReader("22")))},
	}, "b=1")
	want := "--b=1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1" +
		"\r\n--b=1\r\nContent-Disposition: form-data; name=\"%22ü\\\\\"; filename=\"x.bin\"\r\n" +
		"Content-Type: application/octet-stream\r\n\r\n22\r\n--b=1--\r\n"
	if s := m.Source(); s.Size != -1 || !s.Once {
		t.Errorf("size %d, once %v", s.Size, s.Once)
	}
	if diff := cmp.Diff(want, read(t, m.Source())); diff != "" {
		t.Error(diff)
	}
	if got := m.ContentType(); got != `multipart/form-data; boundary="b=1"` {
		t.Error(got)
	}
	if got := multi(t, nil, "b"); got.ContentType() != "multipart/form-data; boundary=b" || read(t, got.Source()) != "--b--\r\n" {
		t.Errorf("empty: %s %q", got.ContentType(), read(t, got.Source()))
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	ok := payload.String("x")
	for _, c := range []struct {
		name, field string
		part        payload.Part
	}{
		{"CRLF in name", "name", payload.Part{Name: "a\r\nX-Evil: 1", Body: ok}},
		{"CR in name", "name", payload.Part{Name: "a\rb", Body: ok}},
		{"LF in file name", "file name", payload.Part{FileName: "a\nb", Body: ok}},
		{"NUL", "file name", payload.Part{FileName: "a\x00.pdf", Body: ok}},
		{"tab", "name", payload.Part{Name: "a\tb", Body: ok}},
		{"DEL", "name", payload.Part{Name: "a\x7f", Body: ok}},
		{"NEL", "name", payload.Part{Name: "a\u0085X-Evil: 1", Body: ok}},
		{"line separator", "name", payload.Part{Name: "a\u2028b", Body: ok}},
		{"not UTF-8", "name", payload.Part{Name: "a\xff", Body: ok}},
		{"CRLF in type", "type", payload.Part{Type: "text/plain\r\nX-Evil: 1", Body: ok}},
		{"folded type", "type", payload.Part{Type: "text/plain;\r\n a=b", Body: ok}},
		{"non-ASCII type", "type", payload.Part{Type: "text/plain; a=\"ü\"", Body: ok}},
		{"no subtype", "type", payload.Part{Type: "text", Body: ok}},
		{"wildcard", "type", payload.Part{Type: "*/*", Body: ok}},
		{"open quotes", "type", payload.Part{Type: `text/plain; a="b`, Body: ok}},
		{"blank type", "type", payload.Part{Type: " ", Body: ok}},
		{"no body", "body", payload.Part{Name: "a"}},
		{"negative size", "body", payload.Part{Name: "a", Body: payload.Source{Open: ok.Open, Size: -2}}},
		{"huge size", "body", payload.Part{Name: "a", Body: payload.Source{Open: ok.Open, Size: math.MaxInt64}}},
	} {
		_, err := payload.NewMultipart([]payload.Part{{Name: "first", Body: ok}, c.part}, "b")
		var bad *payload.Error
		if !errors.As(err, &bad) || bad.Part != 1 || bad.Field != c.field {
			t.Errorf("%s: %v", c.name, err)
		} else if strings.Contains(err.Error(), "Evil") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error repeats what it refuses: %q", c.name, err)
		}
	}
	for _, boundary := range []string{"", "a\r\nb", "a\"b", "a;b", "ends ", "ü", "a\x00", "a@b", strings.Repeat("x", 71)} {
		_, err := payload.NewMultipart(nil, boundary)
		var bad *payload.Error
		if !errors.As(err, &bad) || bad.Part != -1 || bad.Field != "boundary" {
			t.Errorf("boundary %q: %v", boundary, err)
		}
	}
}

func TestMaxParts(t *testing.T) {
	t.Parallel()
	parts := make([]payload.Part, payload.MaxParts+1)
	for i := range parts {
		parts[i] = payload.Part{Name: "n", Body: payload.String("v")}
	}
	m := multi(t, parts[:payload.MaxParts], "b")
	req := httptest.NewRequest(http.MethodPost, "/", open(t, m.Source()))
	req.Header.Set("Content-Type", m.ContentType())
	if err := req.ParseMultipartForm(1 << 20); err != nil || len(req.PostForm["n"]) != payload.MaxParts {
		t.Errorf("%d parts arrived: %v", len(req.PostForm["n"]), err)
	}
	var bad *payload.Error
	if _, err := payload.NewMultipart(parts, "b"); !errors.As(err, &bad) || bad.Field != "parts" {
		t.Errorf("one more: %v", err)
	}
}

// TestPartsAreCopied changes the list that the caller gave.
func TestPartsAreCopied(t *testing.T) {
	t.Parallel()
	parts := []payload.Part{{Name: "a", Body: payload.String("1")}}
	m := multi(t, parts, "b")
	parts[0] = payload.Part{}
	if got, err := parse(m.ContentType(), open(t, m.Source())); err != nil || len(got) != 1 || got[0].Body != "1" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBoundary(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		b, err := payload.Boundary(nil)
		if err != nil || len(b) != 32 || seen[b] {
			t.Fatalf("%q, %v", b, err)
		}
		seen[b] = true
		if got := multi(t, nil, b).ContentType(); got != "multipart/form-data; boundary="+b {
			t.Error(got)
		}
	}
	same, err := payload.Boundary(bytes.NewReader(make([]byte, 16)))
	if err != nil || same != strings.Repeat("0", 32) {
		t.Errorf("%q, %v", same, err)
	}
	var bad *payload.Error
	if _, err := payload.Boundary(strings.NewReader("short")); !errors.As(err, &bad) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("too little random: %v", err)
	}
}

// TestOverHTTP sends forms to a server: a good one twice, and one with a part that is shorter than it says.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	type seen struct {
		length int64
		fields []field
		err    error
	}
	arrived := make(chan seen, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fields, err := parse(r.Header.Get("Content-Type"), r.Body)
		arrived <- seen{r.ContentLength, fields, err}
	}))
	t.Cleanup(server.Close)
	send := func(m *payload.Multipart) (seen, error) {
		src := m.Source()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, open(t, src))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength, req.GetBody = src.Size, src.Open
		req.Header.Set("Content-Type", m.ContentType())
		resp, err := server.Client().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return <-arrived, err
	}
	good := multi(t, []payload.Part{{Name: "f", FileName: "f", Body: payload.String("content")}}, "b")
	for range 2 {
		got, err := send(good)
		if err != nil || got.err != nil || got.length != good.Source().Size || len(got.fields) != 1 || got.fields[0].Body != "content" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, size := range []int64{6, 8} {
		bad := multi(t, []payload.Part{{Name: "f", Body: payload.Source{Open: payload.String("content").Open, Size: size}}}, "b")
		got, err := send(bad)
		var fault *payload.Error
		if !errors.As(err, &fault) || fault.Part != 0 {
			t.Errorf("size %d: the client got %v", size, err)
		}
		if got.err == nil {
			t.Errorf("size %d: the server got a whole message: %+v", size, got.fields)
		}
	}
}
