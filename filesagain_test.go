package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/secret"
)

// TestFilesAgain shows what is sent when an attempt fails: the same bytes, from a
// file opened again; nothing, where a reader can be read once.
func TestFilesAgain(t *testing.T) {
	t.Parallel()
	half := strings.NewReader("no, content")
	_, _ = half.Seek(4, io.SeekStart)
	busy := func(n int, w http.ResponseWriter) {
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	}
	for kind, a := range uploads() {
		for name, c := range map[string]struct {
			file any
			want int
		}{
			"file":                   {(&ledger{}).file(0, text("content")), 2},
			"sized file":             {(&ledger{}).file(7, text("content")), 2},
			"bytes":                  {waygate.FileBytes("a", "", []byte("content")), 2},
			"seeker":                 {strings.NewReader("content"), 2},
			"seeker from its middle": {half, 2},
			"seeker without ReadAt":  {struct{ io.ReadSeeker }{strings.NewReader("content")}, 2},
			"reader":                 {io.MultiReader(strings.NewReader("content")), 1},
		} {
			if name == "seeker from its middle" && kind == "multipart" {
				continue // one reader for one call
			}
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				server := &arrivals{answer: busy}
				_, err := served(t, server, a).Invoke(t.Context(), "api.a", map[string]any{"file": c.file})
				all := server.seen()
				if len(all) != c.want {
					t.Fatalf("%d requests, want %d: %v", len(all), c.want, err)
				}
				if c.want == 1 {
					if e := failure(t, err, waygate.KindServer); e.Status != 503 || e.Attempts != 1 {
						t.Errorf("status %d after %d attempts", e.Status, e.Attempts)
					}
					return
				}
				must(t, err)
				if all[0].body != all[1].body || !strings.Contains(all[0].body, "content") || strings.Contains(all[0].body, "no, ") {
					t.Errorf("sent %q, then %q", all[0].body, all[1].body)
				}
			})
		}
	}
	t.Run("opened for each attempt", func(t *testing.T) {
		t.Parallel()
		l := &ledger{}
		_, err := served(t, &arrivals{answer: busy}, uploads()["bytes"]).Invoke(t.Context(), "api.a", map[string]any{"file": l.file(7, text("content"))})
		must(t, err)
		l.balanced(t, 2)
	})
	t.Run("closed where nothing is sent", func(t *testing.T) {
		t.Parallel()
		l := &ledger{}
		in := api(uploads()["bytes"])
		in.Auth = auth.Key{In: auth.InBody, Name: "k"} // refuses a body of bytes
		w := always(200, `{}`)
		_, acme := ready(t, w, in)
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"file": l.file(7, text("content"))})
		if err == nil || len(w.seen()) != 0 {
			t.Errorf("sent %d requests: %v", len(w.seen()), err)
		}
		l.balanced(t, -1)
	})
}

// TestFilesElsewhere shows where a file can't stand.
func TestFilesElsewhere(t *testing.T) {
	t.Parallel()
	post := func(b *waygate.Body, p ...waygate.Parameter) waygate.HTTPAction {
		return waygate.HTTPAction{Method: "POST", Path: "/a", Body: b, Parameters: p}
	}
	doc := map[string]any{"doc": []any{map[string]any{"file": strings.NewReader("x")}}}
	for name, c := range map[string]struct {
		action  waygate.HTTPAction
		in      map[string]any
		pointer string
	}{
		"JSON":          {post(nil), doc, "/doc/0/file"},
		"JSON, renamed": {post(nil, waygate.Parameter{Name: "doc", In: "body", As: "d"}), doc, "/doc/0/file"},
		"JSON, whole":   {post(&waygate.Body{Member: "doc"}), doc, "/doc/0/file"},
		"JSON, grouped": {waygate.HTTPAction{Method: "POST", Path: "/a", Layout: "grouped"}, map[string]any{"body": doc}, "/body/doc/0/file"},
		"form":          {post(&waygate.Body{Encoding: "form"}), map[string]any{"f": waygate.FileBytes("", "", nil)}, "/f"},
		"text":          {post(&waygate.Body{Encoding: "text"}), map[string]any{"body": strings.NewReader("x")}, "/body"},
		"query":         {post(nil, waygate.Parameter{Name: "f", In: "query"}), map[string]any{"f": []any{strings.NewReader("x")}}, "/f/0"},
		"header":        {post(nil, waygate.Parameter{Name: "f", In: "header"}), map[string]any{"f": strings.NewReader("x")}, "/f"},
		"cookie":        {post(nil, waygate.Parameter{Name: "f", In: "cookie"}), map[string]any{"f": waygate.FileBytes("", "", nil)}, "/f"},
		"path":          {waygate.HTTPAction{Method: "GET", Path: "/{f}"}, map[string]any{"f": strings.NewReader("x")}, "/f"},
		"query of GET":  {waygate.HTTPAction{Method: "GET", Path: "/a"}, map[string]any{"f": strings.NewReader("x")}, "/f"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusesAt(t, c.action, c.in, c.pointer)
			if e := refuses(t, c.action, c.in); e.Fields[0].Received != "file" {
				t.Errorf("field %+v", e.Fields[0])
			}
		})
	}
	t.Run("beside one of another name", func(t *testing.T) {
		t.Parallel()
		refusesAt(t, post(nil, waygate.Parameter{Name: "doc", In: "body", As: "d"}), map[string]any{"doc": 1, "dx": strings.NewReader("x")}, "/dx")
		refusesAt(t, post(nil, waygate.Parameter{Name: "doc", In: "body", As: "d"}), map[string]any{"doc": 1, "other": strings.NewReader("x")}, "/other")
	})
	t.Run("too many parts", func(t *testing.T) {
		t.Parallel()
		many := make([]int, 1001)
		refusesAt(t, post(&waygate.Body{Encoding: "multipart"}), map[string]any{"n": many}, "")
	})
	t.Run("within an object of a form of parts", func(t *testing.T) {
		t.Parallel()
		refusesAt(t, post(&waygate.Body{Encoding: "multipart"}), doc, "/doc/0/file")
	})
}

// TestFilesInTheWay shows that schemas and mappings let files pass.
func TestFilesInTheWay(t *testing.T) {
	t.Parallel()
	a := uploads()["multipart"]
	a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "upload.doc", To: "file"}}}
	a.InputSchema = json.RawMessage(`{"type":"object","required":["file"],"properties":{"file":{"type":"string"}}}`)
	w := always(200, `{}`)
	_, acme := ready(t, w, api(a))
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"upload": map[string]any{"doc": waygate.FileBytes("n.txt", "", []byte("content"))}})
	must(t, err)
	if got := w.last(t).body; !strings.Contains(got, `name="file"; filename="n.txt"`) || !strings.Contains(got, "content") {
		t.Errorf("sent %q", got)
	}
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"other": waygate.FileBytes("n.txt", "", nil)})
	if e := failure(t, err, waygate.KindInvalidInput); len(e.Fields) != 1 || e.Fields[0].Keyword != "required" {
		t.Errorf("fields %+v", e.Fields)
	}
	a.InputSchema, a.InputMapping = json.RawMessage(`{"type":"object","properties":{"file":{"type":"object"}}}`), nil
	refuses(t, a, map[string]any{"file": waygate.FileBytes("n.txt", "", nil)})
}

// TestFileInGo shows that an action in Go gets the file that was given.
func TestFileInGo(t *testing.T) {
	t.Parallel()
	type input struct {
		File  waygate.File   `json:"file"`
		Point *waygate.File  `json:"point"`
		Read  io.Reader      `json:"read"`
		List  []waygate.File `json:"list"`
	}
	read := func(f waygate.File) string {
		r, err := f.Open()
		if err != nil {
			return err.Error()
		}
		data, _ := io.ReadAll(r)
		return f.Name + " " + string(data)
	}
	_, acme := ready(t, always(200, `{}`), inGo(func(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
		in, err := waygate.Input[input](c)
		if err != nil {
			return nil, err
		}
		tree, _ := c.Input.(map[string]any)
		plain, ok := tree["file"].(waygate.File)
		if !ok {
			return nil, fmt.Errorf("file is a %T", tree["file"])
		}
		rest, _ := io.ReadAll(in.Read)
		return &waygate.Response{Value: []string{read(plain), read(in.File), read(*in.Point), string(rest), read(in.List[0])}}, nil
	}))
	f := waygate.FileBytes("n", "", []byte("x"))
	got, err := waygate.Invoke[[]string](t.Context(), acme, "api.go", input{f, &f, strings.NewReader("r"), []waygate.File{f}})
	must(t, err)
	if diff := cmp.Diff([]string{"n x", "n x", "n x", "r", "n x"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestMultipartSecrets sends a secret beside a file: it arrives, and is found in
// no error and no record.
func TestMultipartSecrets(t *testing.T) {
	t.Parallel()
	const hidden = "a secret/of=the&input"
	w := &wire{answer: func(_ int, r *http.Request, body string) (*http.Response, error) {
		return reply(r, 422, body, "Content-Type", "text/plain"), nil
	}}
	a := uploads()["multipart"]
	_, acme := ready(t, w, api(a), func(c *waygate.Config) { c.RecordBodies = true })
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"key": secret.New(hidden), "file": waygate.FileBytes("n.txt", "", []byte("of the file"))})
	e := failure(t, err, waygate.KindRejected)
	if !strings.Contains(w.last(t).body, hidden) {
		t.Error("the secret didn't arrive")
	}
	rec := recordsOf(t, acme)[0]
	for what, text := range map[string]string{"error": err.Error(), "body": string(e.Body), "request": rec.Request.Body, "response": rec.Response.Body} {
		if strings.Contains(text, hidden) {
			t.Errorf("the %s tells it: %q", what, text)
		}
	}
	if !strings.Contains(rec.Request.Body, "of the file") || !strings.Contains(rec.Request.Body, secret.Redacted) || rec.RequestBytes != int64(len(w.last(t).body)) {
		t.Errorf("recorded %+v, %d bytes", rec.Request, rec.RequestBytes)
	}
	big := waygate.FileBytes("n.bin", "", []byte(strings.Repeat("\xff", 100_000)))
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"file": big})
	failure(t, err, waygate.KindRejected)
	if rec := recordsOf(t, acme)[0]; len(rec.Request.Body) > 11_000 || !strings.Contains(rec.Request.Body, "bytes in all") {
		t.Errorf("%d bytes of a file are recorded", len(rec.Request.Body))
	}
}

// TestFileClose shows that what a file's Close does is its own trouble: it was
// read whole by then.
func TestFileClose(t *testing.T) {
	t.Parallel()
	for kind, a := range uploads() {
		for name, end := range map[string]func() error{"fails": func() error { return errors.New("of Close") }, "panics": func() error { panic("in Close") }} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				server := &arrivals{}
				_, err := served(t, server, a).Invoke(t.Context(), "api.a", map[string]any{"file": waygate.File{Name: "f", Size: 7,
					Open: func() (io.ReadCloser, error) { return &closer{strings.NewReader("content"), end}, nil }}})
				if err != nil {
					failure(t, err, waygate.KindConfig) // a panic may be told; the process goes on
				}
				if all := server.seen(); err == nil && (len(all) != 1 || !strings.Contains(all[0].body, "content")) {
					t.Errorf("the server reads %+v", all)
				}
			})
		}
	}
}

type closer struct {
	io.Reader
	end func() error
}

func (c *closer) Close() error { return c.end() }
