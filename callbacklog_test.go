package waygate_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
)

// TestCallbackLogs shows that a callback which fails leaves a line, also where the
// host gave no Done, and none of the person's code in it.
func TestCallbackLogs(t *testing.T) {
	t.Parallel()
	log, logs := logged(zapcore.WarnLevel)
	gw, _ := oauthReady(t, newAuthServer(), oauthAPI(), log)
	h := gw.Callback(waygate.CallbackConfig{
		Tenant:  func(*http.Request) (string, error) { return "acme", nil },
		Binding: func(*http.Request) (string, error) { return "a-session", nil },
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/oauth/api?state=nobody-knows-it&code=a-code-to-exchange", nil))
	if w.Code != 303 || w.Header().Get("Location") != "/oauth/api?failed" {
		t.Errorf("got %d to %q", w.Code, w.Header().Get("Location"))
	}
	lines := logs.FilterMessage("waygate callback").All()
	if len(lines) != 1 {
		t.Fatalf("%d lines: %v", len(lines), logs.All())
	}
	text, _ := lines[0].ContextMap()["error"].(string)
	if want := `waygate: complete for tenant "acme": invalid input: state: there is no such authorization (any more): ` +
		"it was completed already, is older than 10m0s, or belongs to another tenant: begin again with Authorize"; text != want {
		t.Errorf("logged %q", text)
	}
}
