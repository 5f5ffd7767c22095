package waygate_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/mapping"
)

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// plain answers with a type of its own, or none.
func plain(status int, contentType, body string, headers ...string) *wire {
	return &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		resp := reply(r, status, body, headers...)
		resp.Header.Del("Content-Type")
		if contentType != "" {
			resp.Header.Set("Content-Type", contentType)
		}
		return resp, nil
	}}
}

// answering is a GET that reads its answer as a kind.
func answering(kind waygate.ResponseKind) waygate.HTTPAction {
	a := get("a")
	a.Response = kind
	return a
}

// TestResponses reads answers of each kind.
func TestResponses(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 100)
	for name, c := range map[string]struct {
		kind             waygate.ResponseKind
		typ, coding, got string
		want             any
		accept           string
	}{
		"JSON":                 {"", "application/json", "", `{"a":[1,2.5,null]}`, map[string]any{"a": []any{int64(1), 2.5, nil}}, "application/json"},
		"JSON by name":         {"json", "application/json", "", `1`, int64(1), "application/json"},
		"JSON with BOM":        {"", "application/json", "", "\ufeff[1]", []any{int64(1)}, "application/json"},
		"JSON in Latin-1":      {"", "application/json; charset=iso-8859-1", "", "\"\xe4\"", "ä", "application/json"},
		"JSON in UTF-16":       {"", "application/vnd.x+json; charset=utf-16le", "", "[\x001\x00]\x00", []any{int64(1)}, "application/json"},
		"JSON of another type": {"", "text/html", "", `[1]`, []any{int64(1)}, "application/json"},
		"JSON without type":    {"", "", "", `[1]`, []any{int64(1)}, "application/json"},
		"empty JSON":           {"", "application/json", "", ``, nil, "application/json"},
		"blank JSON":           {"", "application/json", "", " \r\n", nil, "application/json"},
		"zipped JSON":          {"", "application/json", "gzip", zipped(`[1]`), []any{int64(1)}, "application/json"},
		"identity":             {"", "application/json", "identity", `[1]`, []any{int64(1)}, "application/json"},
		"text":                 {"text", "text/plain", "", "ä", "ä", "text/plain, */*;q=0.5"},
		"text in Latin-1":      {"text", "text/plain; charset=ISO-8859-1", "", "\xe4", "ä", "text/plain, */*;q=0.5"},
		"text in Windows-1252": {"text", `text/csv; charset="windows-1252"`, "", "\x80", "€", "text/plain, */*;q=0.5"},
		"text with BOM":        {"text", "text/plain; charset=utf-8", "", "\ufeffa", "a", "text/plain, */*;q=0.5"},
		"no text":              {"text", "text/plain", "", "", "", "text/plain, */*;q=0.5"},
		"blank text":           {"text", "text/plain", "", " \n", " \n", "text/plain, */*;q=0.5"},
		"text of JSON":         {"text", "application/json", "", `{"a":1}`, `{"a":1}`, "text/plain, */*;q=0.5"},
		"zipped text":          {"text", "text/plain", "x-gzip", zipped(big), big, "text/plain, */*;q=0.5"},
		"bytes":                {"bytes", "image/png", "", "\x00\xff\n", []byte("\x00\xff\n"), "*/*"},
		"bytes in no charset":  {"bytes", "text/plain; charset=x-none", "", "a", []byte("a"), "*/*"},
		"zipped bytes":         {"bytes", "image/png", "gzip", zipped("\x00"), []byte("\x00"), "*/*"},
		"empty":                {"empty", "text/html", "", "<not looked at", nil, "*/*"},
		"empty, in no charset": {"empty", "text/html; charset=x-none", "", "<not looked at", nil, "*/*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := plain(200, c.typ, c.got, "Content-Encoding", c.coding)
			_, acme := ready(t, w, api(answering(c.kind)))
			res, err := acme.Invoke(t.Context(), "api.a", nil)
			must(t, err)
			if got := w.last(t).header.Get("Accept"); got != c.accept {
				t.Errorf("asked for %q", got)
			}
			if data, isBytes := c.want.([]byte); isBytes {
				decoded, err := waygate.Decode[[]byte](res)
				must(t, err)
				if !bytes.Equal(data, res.Bytes()) || !bytes.Equal(data, decoded) || res.Value() != nil || res.Stream() != nil {
					t.Errorf("got %q, decoded %q, value %v", res.Bytes(), decoded, res.Value())
				}
				return
			}
			if diff := cmp.Diff(c.want, res.Value()); diff != "" || res.Bytes() != nil || res.Stream() != nil {
				t.Errorf("%s, bytes %q", diff, res.Bytes())
			}
		})
	}
}

// TestUnusableResponses shows answers that can't be read as what they should be.
func TestUnusableResponses(t *testing.T) {
	t.Parallel()
	whole := zipped(`{"a":1}`)
	for name, c := range map[string]struct {
		kind             waygate.ResponseKind
		typ, coding, got string
	}{
		"no JSON":            {"", "text/html", "", "<html>"},
		"JSON cut":           {"", "application/json", "", `{"a":`},
		"much space":         {"", "application/json", "", strings.Repeat(" ", 100)},
		"unknown charset":    {"", "application/json; charset=x-none", "", `{}`},
		"text in no charset": {"text", "text/plain; charset=x-none", "", "a"},
		"brotli":             {"", "application/json", "br", "\x0b"},
		"brotli bytes":       {"bytes", "image/png", "br", "\x0b"},
		"brotli stream":      {"stream", "image/png", "br", "\x0b"},
		"zipped twice":       {"text", "text/plain", "gzip, gzip", zipped(zipped("a"))},
		"gzip cut":           {"", "application/json", "gzip", whole[:len(whole)-6]},
		"gzip damaged":       {"", "application/json", "gzip", whole[:len(whole)-6] + "\x00\x00" + whole[len(whole)-4:]},
		"no gzip":            {"text", "text/plain", "gzip", "plain"},
		"gzip and more":      {"bytes", "image/png", "gzip", whole + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var open atomic.Int32
			inner := plain(200, c.typ, c.got, "Content-Encoding", c.coding)
			answer := inner.answer
			inner.answer = func(n int, r *http.Request, body string) (*http.Response, error) {
				resp, err := answer(n, r, body)
				open.Add(1)
				resp.Body = &closing{resp.Body, func() { open.Add(-1) }}
				return resp, err
			}
			_, acme := ready(t, inner, api(answering(c.kind)))
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			e := failure(t, err, waygate.KindInvalidResponse)
			if e.Status != 200 || e.Attempts != 1 || len(inner.seen()) != 1 {
				t.Errorf("status %d after %d attempts, %d requests", e.Status, e.Attempts, len(inner.seen()))
			}
			if n := open.Load(); n != 0 {
				t.Errorf("%d bodies are left open", n)
			}
		})
	}
	t.Run("status of brotli", func(t *testing.T) {
		t.Parallel()
		w := plain(503, "text/html", "\x0b", "Content-Encoding", "br")
		_, acme := ready(t, w, api(get("a")))
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		failure(t, err, waygate.KindServer)
		if n := len(w.seen()); n != 3 {
			t.Errorf("%d requests", n)
		}
	})
}

// closing tells of the first Close.
type closing struct {
	io.ReadCloser
	tell func()
}

func (c *closing) Close() error {
	if c.tell != nil {
		c.tell()
	}
	c.tell = nil
	return c.ReadCloser.Close()
}

// TestUnaskedGzip has a real server compress what nobody asked for.
func TestUnaskedGzip(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); strings.Contains(got, "br") {
			t.Errorf("accepts %s", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, zipped(`{"a":1}`))
	})
	gw := open(t, s.URL)
	in := api(get("a"), waygate.HTTPAction{ID: "s", Method: "GET", Path: "/s", Response: "stream"})
	in.BaseURL = s.URL
	must(t, gw.Register(t.Context(), in))
	acme := connect(t, gw, "acme", "api", pat)
	got, err := waygate.Invoke[map[string]int](t.Context(), acme, "api.a", nil)
	if must(t, err); got["a"] != 1 {
		t.Errorf("got %v", got)
	}
	res, err := acme.Invoke(t.Context(), "api.s", nil)
	must(t, err)
	body, err := io.ReadAll(res.Stream())
	must(t, err)
	if must(t, res.Stream().Close()); string(body) != `{"a":1}` {
		t.Errorf("streamed %q", body)
	}
}

// TestNoBody shows answers that have none, from a real server.
func TestNoBody(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "HEAD" {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	gw := open(t, s.URL)
	var actions []waygate.Action
	kinds := []waygate.ResponseKind{"json", "text", "bytes", "stream", "empty"}
	for _, kind := range kinds {
		for _, method := range []string{"HEAD", "DELETE"} {
			actions = append(actions, waygate.HTTPAction{ID: strings.ToLower(method) + "_" + string(kind), Method: method, Path: "/x", Response: kind})
		}
	}
	in := api(actions...)
	in.BaseURL = s.URL
	must(t, gw.Register(t.Context(), in))
	acme := connect(t, gw, "acme", "api", pat)
	for _, a := range actions {
		res, err := acme.Invoke(t.Context(), "api."+a.Info().ID, nil)
		if err != nil {
			t.Errorf("%s: %v", a.Info().ID, err)
			continue
		}
		want := any(nil)
		if a.Info().Response == "text" {
			want = ""
		}
		if res.Value() != want || len(res.Bytes()) != 0 {
			t.Errorf("%s: value %v, bytes %q", a.Info().ID, res.Value(), res.Bytes())
		}
		if a.Info().Response == "stream" {
			rest, err := io.ReadAll(res.Stream())
			must(t, err)
			if must(t, res.Stream().Close()); len(rest) != 0 {
				t.Errorf("%s: streamed %q", a.Info().ID, rest)
			}
		}
	}
}

// TestTreelessKinds shows what can't be asked of an answer that has no tree.
func TestTreelessKinds(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*waygate.HTTPAction){
		"output_schema": func(a *waygate.HTTPAction) { a.OutputSchema = json.RawMessage(`{"type":"object"}`) },
		"output_mapping": func(a *waygate.HTTPAction) {
			a.OutputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "a", To: "b"}}}
		},
		"records": func(a *waygate.HTTPAction) { a.Records = "items" },
	}
	for _, kind := range []waygate.ResponseKind{"bytes", "stream", "empty"} {
		for name, change := range changes {
			a := answering(kind)
			change(&a)
			err := wired(t, always(200, `{}`)).Register(t.Context(), api(a))
			e := failure(t, err, waygate.KindConfig)
			if says(t, err, name, string(kind)); len(e.Fields) != 1 || e.Fields[0].Pointer != "/actions/0/response" {
				t.Errorf("%s of %s: fields %+v", name, kind, e.Fields)
			}
		}
	}
	a := answering("text")
	a.OutputSchema = json.RawMessage(`{"type":"integer"}`)
	a.Validation.Response = "strict"
	_, acme := ready(t, plain(200, "text/plain", "x"), api(a))
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindInvalidResponse) // a text has one
}
