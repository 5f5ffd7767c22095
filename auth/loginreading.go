package auth

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/secret"
)

// loginReply is the answer to one step.
type loginReply struct {
	run     *loginRun
	at      string // the step, in the definition
	def     LoginAnswer
	secrets knownSecrets
	resp    *http.Response
	sent    time.Time
	tree    any
	read    bool // the body is what the format says
}

// parse reads the body, if anything leads into it.
func (w *loginReply) parse(body []byte) {
	switch w.def.Format {
	case FormatText:
		w.tree, w.read = strings.TrimSpace(string(body)), utf8.Valid(body)
	case FormatXML:
		w.tree, w.read = parseXML(body)
	default:
		tree, _, err := jsontree.Parse(body, jsontree.Limits{})
		w.tree, w.read = tree, err == nil
	}
	for _, v := range w.def.Values {
		if text := w.value(v); text != "" {
			w.secrets = w.secrets.with(secret.New(text))
		}
	}
}

// body gives what stands at a path of the body; nil if nothing does.
func (w *loginReply) body(path string) any {
	if !w.read {
		return nil
	}
	p, err := jsonpath.Compile(path)
	if err != nil {
		return nil
	}
	v, _ := p.First(w.tree)
	return plainXML(v)
}

func (w *loginReply) cookie(name string) *http.Cookie {
	list := w.resp.Cookies()
	for i := len(list) - 1; i >= 0; i-- { // the last one counts, as in a browser
		if list[i].Name == name {
			return list[i]
		}
	}
	return nil
}

// redirect gives a parameter of the URL that the answer leads on to; "" if there is none.
func (w *loginReply) redirect(name string) string {
	to, err := w.resp.Location()
	if err != nil {
		return ""
	}
	return to.Query().Get(name)
}

// value gives one value of the answer; "" if it isn't there.
func (w *loginReply) value(v LoginValue) string {
	text := ""
	switch v.From {
	case FromHeader:
		text = w.resp.Header.Get(v.Path)
	case FromCookie:
		if c := w.cookie(v.Path); c != nil && c.MaxAge >= 0 {
			text = c.Value
		}
	case FromRedirect:
		text = w.redirect(v.Path)
	default:
		switch found := w.body(v.Path).(type) {
		case map[string]any, []any:
		default:
			text = scalar(found)
		}
	}
	return strings.TrimPrefix(text, v.Prefix)
}

// take makes captured values and the credential's of the answer.
func (w *loginReply) take() error {
	r := w.run
	for _, v := range w.def.Values {
		text := w.value(v)
		switch {
		case text == "" && v.Optional:
			continue
		case text == "":
			return w.unusable("values."+v.Name, "is missing in the answer; correct where it is, or make it optional")
		case strings.ContainsFunc(text, isControl) || !utf8.ValidString(text):
			return w.unusable("values."+v.Name, "has a control character in the answer, or is not valid UTF-8")
		}
		r.captured[v.Name] = text
		r.secrets = r.secrets.with(secret.New(text))
		if v.keeps() {
			r.cred.Values[v.Name] = secret.New(text)
		}
	}
	if at := w.expires(); !at.IsZero() {
		r.expires = at
	}
	if err := r.cred.Validate(); err != nil { // which says nothing of what it is about
		return w.unusable("values", "are too long, or too many, to be kept")
	}
	return nil
}

// keeps says whether a value becomes one of the credential.
func (v LoginValue) keeps() bool {
	return v.Keep || v.Name == valueAccessToken || v.Name == valueRefreshToken
}

// expires is when the token expires; zero if the answer doesn't tell, and if the token isn't this step's.
func (w *loginReply) expires() time.Time {
	e := w.def.Expires
	brings := slices.ContainsFunc(w.def.Values, func(v LoginValue) bool { return v.Name == valueAccessToken })
	if e == nil {
		if !brings {
			return time.Time{}
		}
		return tokenExpiry("", nil, "", w.sent, time.Duration(w.run.lifetime))
	}
	var said any
	form := e.Form
	switch e.From {
	case FromHeader:
		said = w.resp.Header.Get(e.Path)
	case FromRedirect:
		said = w.redirect(e.Path)
	case FromCookie:
		if c := w.cookie(e.Path); c != nil && c.MaxAge > 0 {
			said, form = int64(c.MaxAge), ExpirySeconds
		} else if c != nil && !c.Expires.IsZero() {
			said, form = c.Expires.UTC().Format(time.RFC3339), ExpiryISO
		}
	default:
		said = w.body(e.Path)
	}
	return tokenExpiry(form, said, w.run.captured[valueAccessToken], w.sent, time.Duration(w.run.lifetime))
}

// unusable is the fault of an answer of success that doesn't bring what it should.
func (w *loginReply) unusable(field, reason string) *TokenError {
	fault := w.fail(TokenInDoubt)
	fault.Err = &Error{Op: opRequest, Scheme: w.run.kind, Field: w.at + ".answer." + field, Reason: reason}
	return fault
}

func (w *loginReply) fail(cause TokenCause) *TokenError {
	fault := &TokenError{Op: w.run.op, Cause: cause, Status: w.resp.StatusCode}
	if date, err := http.ParseTime(w.resp.Header.Get("Date")); err == nil {
		fault.Date = date.UTC()
	}
	return fault
}

// fault says why this is no answer of success; nil if it is one. readErr is why the body couldn't be read.
func (w *loginReply) fault(readErr error) *TokenError {
	code, failed := w.errorCode()
	good := w.succeeded()
	var fault *TokenError
	switch {
	case good && !failed && readErr == nil && (w.read || !w.def.readsBody()):
		return nil
	case good && !failed:
		fault = w.fail(TokenInDoubt)
		if readErr == nil {
			return w.unusable("format", "isn't what the answer is: it can't be read as "+string(cmp.Or(w.def.Format, FormatJSON)))
		}
	default:
		fault = w.fail(w.cause(code, readErr != nil))
	}
	fault.Err = w.secrets.cause(readErr)
	fault.Code = w.secrets.code(code)
	if w.def.Description != "" {
		fault.Description = w.secrets.description(scalar(w.body(w.def.Description)))
	}
	return fault
}

// succeeded says whether the status is one of success.
func (w *loginReply) succeeded() bool {
	if len(w.def.Statuses) > 0 {
		return slices.Contains(w.def.Statuses, w.resp.StatusCode)
	}
	return w.resp.StatusCode >= 200 && w.resp.StatusCode < 300
}

// errorCode gives the code that the answer brings, and whether its body says that it failed.
func (w *loginReply) errorCode() (code string, failed bool) {
	if !w.read {
		return "", false
	}
	if w.def.Error != "" {
		if code = scalar(w.body(w.def.Error)); code == "false" || code == "0" {
			code = ""
		}
	}
	failed = code != ""
	if w.def.Success != "" {
		good := w.def.SuccessValues
		if len(good) == 0 {
			good = []string{"true"}
		}
		failed = failed || !slices.Contains(good, scalar(w.body(w.def.Success)))
	}
	return code, failed
}

// cause says what a failure means. lost says that the body couldn't be read to its end.
func (w *loginReply) cause(code string, lost bool) TokenCause {
	status := w.resp.StatusCode
	switch {
	case code != "" && slices.Contains(w.def.RefusedCodes, code), w.refusedStatus(code):
		return TokenRefused
	case status >= 500 || status == http.StatusTooManyRequests:
		return TokenUnavailable // whatever else it says: an outage is no revocation
	case status >= 400 && lost, status > 401 && (w.def.readsBody() || w.def.Error != "") && !w.read:
		return TokenUnavailable // why is lost on the way, or it is a page of whatever stands before the provider
	}
	return TokenRejected
}

func (w *loginReply) refusedStatus(code string) bool {
	if len(w.def.RefusedStatuses) > 0 {
		return slices.Contains(w.def.RefusedStatuses, w.resp.StatusCode)
	}
	return w.resp.StatusCode == http.StatusUnauthorized && (code == "" || len(w.def.RefusedCodes) == 0)
}

// readsBody says whether a path leads into the body of an answer of success.
func (a LoginAnswer) readsBody() bool {
	inBody := func(from LoginSource) bool { return from == "" || from == FromBody }
	return a.Success != "" || a.Expires != nil && inBody(a.Expires.From) && a.Expires.Form != ExpiryJWT ||
		slices.ContainsFunc(a.Values, func(v LoginValue) bool { return inBody(v.From) })
}
