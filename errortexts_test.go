package waygate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// TestErrorTexts shows what an error answer says, whatever a good one is read as.
func TestErrorTexts(t *testing.T) {
	t.Parallel()
	format := &waygate.ErrorFormat{Message: []string{"$.error.message", "$.errors[0]", "$.message"}, Code: []string{"error.code", "$.code"}}
	for name, c := range map[string]struct{ typ, body, message, code string }{
		"first path":    {"application/json", `{"error":{"message":"m","code":"c"},"message":"other"}`, "m", "c"},
		"second path":   {"application/json", `{"errors":["m"],"code":12}`, "m", "12"},
		"third path":    {"application/problem+json; charset=iso-8859-1", "{\"message\":\"\xe4\",\"code\":false}", "ä", "false"},
		"null is none":  {"application/json", `{"error":{"message":null,"code":""},"message":"m","code":"c"}`, "m", "c"},
		"an object":     {"application/json", `{"error":{"message":{"a":1}}}`, "", ""},
		"no JSON":       {"text/html", `<html>`, "", ""},
		"no such place": {"application/json", `[]`, "", ""},
		"nothing":       {"", "", "", ""},
	} {
		for _, kind := range []waygate.ResponseKind{"json", "text", "bytes", "stream", "empty", "own"} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				in := api(answering(kind))
				in.Errors = format
				_, acme := ready(t, plain(422, c.typ, c.body), in, func(cfg *waygate.Config) {
					cfg.Kinds.Decoders = map[string]waygate.Decoder{"own": func(string, []byte) (any, error) { return nil, errors.New("not for errors") }}
				})
				_, err := acme.Invoke(t.Context(), "api.a", nil)
				e := failure(t, err, waygate.KindRejected)
				if diff := cmp.Diff([]string{c.message, c.code, c.body}, []string{e.Message, e.Code, string(e.Body)}); diff != "" || e.Status != 422 {
					t.Errorf("status %d: %s", e.Status, diff)
				}
				if says(t, err, "422"); c.message != "" {
					says(t, err, c.message)
				}
			})
		}
	}
}

// TestErrorTextsHoldNoSecret has a provider put the credential into its own words,
// at each place where a text may be cut.
func TestErrorTextsHoldNoSecret(t *testing.T) {
	t.Parallel()
	const token = "Zq7-the-token-that-nobody-may-see-9f31"
	for _, before := range []int{0, 50, 80, 90, 92, 900, 930, 945, 950, 955, 960, 963, 966, 970, 980, 990, 999, 2000} {
		body := jsonText(t, map[string]any{"m": strings.Repeat("x", before) + token + strings.Repeat("y", 2000), "c": strings.Repeat("x", before) + token + "y"})
		in := api(get("a"))
		in.Errors = &waygate.ErrorFormat{Message: []string{"m"}, Code: []string{"c"}}
		gw := wired(t, plain(400, "application/json", body))
		must(t, gw.Register(t.Context(), in))
		acme := connect(t, gw, "acme", "api", auth.Token(token))
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		e := failure(t, err, waygate.KindRejected)
		if len(e.Message) > 1000 || len(e.Code) > 100 {
			t.Errorf("message of %d bytes, code of %d", len(e.Message), len(e.Code))
		}
		for what, text := range map[string]string{"error": err.Error(), "message": e.Message, "code": e.Code, "body": string(e.Body), "record": recordsOf(t, acme)[0].Error} {
			for i := 0; i+secret.MinRedacted <= len(token); i++ {
				if strings.Contains(text, token[i:i+secret.MinRedacted]) {
					t.Errorf("after %d bytes: the %s tells %q of the token", before, what, token[i:i+secret.MinRedacted])
					break
				}
			}
		}
	}
}
