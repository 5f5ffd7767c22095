package waygate_test

import (
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

// TestHostileInput shows that no value breaks out of its place: the server reads
// one request with that value, or none is sent.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	hostile := []string{"a\r\nX-Evil: 1", "a\nb", "a\x00b", "\r", "a b; c=d", "../../x", "a/../b", `..\x`, "?q=1#f", "%0d%0aX-Evil: 1", "\u2028", "é", "a&b=c", "\x7f", "\t"}
	places := []waygate.In{"path", "query", "header", "cookie", "body"}
	for _, in := range places {
		for _, encoding := range []waygate.BodyEncoding{"json", "form", "multipart"} {
			if in != "body" && encoding != "json" {
				continue
			}
			a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/p/x", Body: &waygate.Body{Encoding: encoding}, Parameters: []waygate.Parameter{{Name: "v", In: in, As: "v"}}}
			if in == "path" {
				a.Path = "/p/{v}"
			}
			server := &arrivals{}
			acme := served(t, server, a)
			for _, value := range hostile {
				before := len(server.seen())
				_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"v": value})
				all := server.seen()[before:]
				if err != nil {
					if failure(t, err, waygate.KindInvalidInput); len(all) != 0 {
						t.Errorf("%s %q: refused and sent", in, value)
					}
					continue
				}
				if len(all) != 1 || all[0].header.Get("X-Evil") != "" || strings.Count(all[0].uri, "/") != 2 || strings.ContainsAny(all[0].uri, "#\\") {
					t.Errorf("%s %q: the server reads %+v", in, value, all)
				}
				if in != "query" && strings.Contains(all[0].uri, "?") {
					t.Errorf("%s %q: the URI is %s", in, value, all[0].uri)
				}
			}
		}
	}
}

// TestHostileFiles shows the same for what stands in the header of a part.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]waygate.File{
		"line in the name":    waygate.FileBytes("a\r\nX: b", "", []byte("x")),
		"NUL in the name":     waygate.FileBytes("a\x00", "", []byte("x")),
		"no UTF-8":            waygate.FileBytes("a\xff", "", []byte("x")),
		"line in the type":    waygate.FileBytes("a", "text/plain\r\nX-Evil: b", []byte("x")),
		"what's no type":      waygate.FileBytes("a", "text", []byte("x")),
		"NUL in the type":     waygate.FileBytes("a", "text/plain; a=\x00", []byte("x")),
		"no parameter":        waygate.FileBytes("a", "text/plain; =", []byte("x")),
		"é in the type":       waygate.FileBytes("a", `text/plain; a="é"`, []byte("x")),
		"newline in the type": waygate.FileBytes("a", "text/plain\n", []byte("x")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusesAt(t, waygate.HTTPAction{Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "multipart"}}, map[string]any{"a": 1, "f": file}, "/f")
			if strings.Contains(name, "type") || name == "no parameter" {
				refusesAt(t, waygate.HTTPAction{Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "bytes"}}, map[string]any{"body": file}, "/body")
			}
		})
	}
	t.Run("names", func(t *testing.T) {
		t.Parallel()
		refuses(t, waygate.HTTPAction{Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "multipart"}}, map[string]any{"a\r\nb": 1})
		got := sends(t, waygate.HTTPAction{Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "multipart"}},
			map[string]any{`a"; filename="evil`: "x", "f": waygate.FileBytes(`b"; name="other`, "", []byte("y"))})
		_, params, err := mime.ParseMediaType(got.header.Get("Content-Type"))
		must(t, err)
		form, err := multipart.NewReader(strings.NewReader(got.body), params["boundary"]).ReadForm(1 << 20)
		must(t, err)
		if len(form.Value) != 1 || len(form.File) != 1 || len(form.File["f"]) != 1 {
			t.Errorf("the server reads %+v", form)
		}
	})
}
