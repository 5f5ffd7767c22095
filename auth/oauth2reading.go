package auth

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/secret"
)

// answer is what an endpoint said.
type answer struct {
	scheme  OAuth2
	q       question
	secrets knownSecrets
	status  int
	sent    time.Time
	date    time.Time // by the provider's clock; zero if it didn't say
	tree    map[string]any
	read    bool // the body was an object or a form
}

// parse reads a body as JSON, else as a form that holds what an answer holds, whatever its Content-Type says.
func (w *answer) parse(body []byte) {
	if tree, _, err := jsontree.Parse(body, jsontree.Limits{}); err == nil {
		w.tree, w.read = tree.(map[string]any)
	} else {
		w.tree, w.read = w.form(strings.TrimSpace(string(body)))
	}
	if w.read {
		for _, path := range []string{w.path("access_token"), w.path("refresh_token"), w.path("id_token"), "device_code"} {
			if v, ok := w.at(path).(string); ok {
				w.secrets = w.secrets.with(secret.New(v))
			}
		}
	}
}

// form reads a form. Nearly any line of text is one, so it counts only if it has a token or an error.
func (w *answer) form(text string) (map[string]any, bool) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, false
	}
	tree := make(map[string]any, len(values))
	for name, list := range values {
		tree[name] = list[len(list)-1]
	}
	for _, name := range []string{w.path("access_token"), w.path("error")} {
		if _, ok := tree[name]; ok {
			return tree, true
		}
	}
	return nil, false
}

// path gives where the answer has what RFC 6749 calls name.
func (w *answer) path(name string) string {
	a, path := w.scheme.Answer, ""
	switch name {
	case "access_token":
		path = a.AccessToken
	case "refresh_token":
		path = a.RefreshToken
	case "expires_in":
		path = a.ExpiresIn
	case "scope":
		path = a.Scope
	case "token_type":
		path = a.TokenType
	case "id_token":
		path = a.IDToken
	case "error":
		path = a.Error
	case "error_description":
		path = a.Description
	}
	if path == "" {
		return name
	}
	return path
}

// at gives what stands at a path, nil if nothing does. A form has no depth, so there the path is a name.
func (w *answer) at(path string) any {
	if v, ok := w.tree[path]; ok {
		return v
	}
	p, err := jsonpath.Compile(path)
	if err != nil {
		return nil
	}
	v, _ := p.First(w.tree)
	return v
}

func (w *answer) text(name string) string {
	v, _ := w.at(w.path(name)).(string)
	return v
}

// fault says why this is no answer of success; nil if it is one. readErr is why the body couldn't be read.
func (w *answer) fault(readErr error) *TokenError {
	fault := &TokenError{Op: w.q.op, Status: w.status, Date: w.date, Err: w.secrets.cause(readErr)}
	code, failed := w.errorCode()
	success := w.status >= 200 && w.status < 300
	switch {
	case success && !failed && (w.read || w.q.silent):
		return nil
	case success && !failed:
		fault.Cause = TokenInDoubt
	default:
		fault.Cause = w.cause(code, readErr != nil)
	}
	fault.Code = w.secrets.code(code)
	fault.Description = w.secrets.description(w.describe())
	return fault
}

// errorCode gives the code that the answer brings, and whether it says that it failed.
func (w *answer) errorCode() (code string, failed bool) {
	if !w.read {
		return "", false
	}
	code = scalar(w.at(w.path("error")))
	if code == "false" || code == "0" {
		code = ""
	}
	failed = code != ""
	if path := w.scheme.Answer.Success; path != "" && (w.q.op == opToken || w.q.op == opRefresh) {
		good := w.scheme.Answer.SuccessValues
		if len(good) == 0 {
			good = []string{"true"}
		}
		failed = failed || !slices.Contains(good, scalar(w.at(path)))
	}
	return code, failed
}

// scalar writes a value as text. An error that is an object gives the first of the names that are common in it.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case json.Number:
		return v.String()
	case map[string]any:
		for _, name := range []string{"code", "type", "status"} {
			if s, ok := v[name].(string); ok && s != "" {
				return s
			}
		}
		return "error"
	case []any:
		return "error"
	}
	return ""
}

// describe gives the answer's text about its error.
func (w *answer) describe() string {
	if !w.read {
		return ""
	}
	if s := w.text("error_description"); s != "" {
		return s
	}
	if nested, ok := w.at(w.path("error")).(map[string]any); ok {
		s, _ := nested["message"].(string)
		return s
	}
	return ""
}

// cause says what a failure means for the grant. lost says that the body couldn't be read to its end.
func (w *answer) cause(code string, lost bool) TokenCause {
	switch {
	case w.status >= 500 || w.status == 429:
		return TokenUnavailable // whatever it says: an outage is no revocation
	case w.status >= 300 && w.status < 400 || w.status < 200:
		return TokenRejected
	}
	if cause := w.codeCause(code); cause != "" {
		return cause
	}
	switch {
	case lost && w.status >= 400:
		return TokenUnavailable // refused, and why is lost on the way: the grant isn't spent
	case w.status == 401:
		return TokenApp
	case w.status >= 402 && !w.read:
		// A page of whatever stands before the provider, as while it is being deployed. Nobody who knows the grant has
		// answered.
		return TokenUnavailable
	}
	return TokenRejected
}

// codeCause knows the codes of RFC 6749 §5.2 and §4.1.2.1, RFC 8628 §3.5, and the definition's; "" for others.
func (w *answer) codeCause(code string) TokenCause {
	if code != "" && slices.Contains(w.scheme.Answer.RefusedCodes, code) {
		return TokenRefused
	}
	switch code {
	case "invalid_grant", "access_denied", "expired_token":
		return TokenRefused
	case "invalid_client", "unauthorized_client":
		return TokenApp
	case "server_error", "temporarily_unavailable":
		return TokenUnavailable
	case "invalid_request", "invalid_scope", "unsupported_grant_type":
		return TokenRejected
	case "authorization_pending", "slow_down":
		if w.q.standard["device_code"] != "" {
			return TokenPending
		}
	}
	return ""
}

// number reads a number or the text of one.
func number(v any) (float64, bool) {
	var f float64
	switch v := v.(type) {
	case int64:
		f = float64(v)
	case float64:
		f = v
	case json.Number, string:
		parsed, err := strconv.ParseFloat(strings.TrimSpace(scalar(v)), 64)
		if err != nil {
			return 0, false
		}
		f = parsed
	default:
		return 0, false
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}
