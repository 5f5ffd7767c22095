package auth

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/secret"
)

const (
	maxExpiry     = 100 * 365 * 24 * time.Hour // what is longer is for ever
	maxScopeBytes = 16 << 10                   // that are kept
	maxIDToken    = 16 << 10                   // bytes; a longer one isn't kept
	maxTokenType  = 64
)

// credential makes of a token answer what is to be used in place of c. What the answer leaves out is kept from c, but for
// the expiry. asked are the scopes where neither says any.
func (w *answer) credential(c Credential, asked []string) (Credential, error) {
	access, refresh := w.text("access_token"), w.text("refresh_token")
	if access == "" || strings.ContainsFunc(access+refresh, isControl) {
		return Credential{}, w.unusable("the answer has no access token that can be used; say in answer where it is, if the provider names it otherwise")
	}
	out := c.Clone()
	out.Kind = kindOAuth2
	if out.Values == nil {
		out.Values = map[string]secret.String{}
	}
	out.Values[valueAccessToken] = secret.New(access)
	if refresh != "" {
		out.Values[valueRefreshToken] = secret.New(refresh)
	}
	if id := w.text("id_token"); id != "" && len(id) <= maxIDToken && utf8.ValidString(id) {
		out.Values[valueIDToken] = secret.New(id)
	}
	if scopes := w.scopes(w.at(w.path("scope"))); len(scopes) > 0 {
		out.Scopes = scopes
	} else if len(out.Scopes) == 0 {
		out.Scopes = slices.Clone(asked)
	}
	if kind := w.text("token_type"); isKept(kind) && len(out.Extra) < maxValues {
		extra := maps.Clone(out.Extra)
		if extra == nil {
			extra = map[string]string{}
		}
		extra[extraTokenType] = kind
		out.Extra = extra
	}
	out.Expires = w.expires(access)
	if err := out.Validate(); err != nil { // which says nothing of what it is about
		return Credential{}, w.unusable("the answer has tokens of more than 64 KiB, or with characters that can't be kept; ask the provider for smaller ones")
	}
	return out, nil
}

// isKept says whether a token_type is one.
func isKept(kind string) bool {
	return kind != "" && len(kind) <= maxTokenType && utf8.ValidString(kind) && !strings.ContainsFunc(kind, isControl)
}

// unusable is the fault of an answer that may have spent the grant and gives nothing in return.
func (w *answer) unusable(reason string) *TokenError {
	return &TokenError{Op: w.q.op, Cause: TokenInDoubt, Status: w.status, Date: w.date,
		Err: &Error{Op: opRequest, Scheme: kindOAuth2, Reason: reason}}
}

// scopes reads a list, or text with the separator of RFC 6749 §3.3, the definition's, or commas. More than a credential
// can hold are cut: they are worth less than the token beside them.
func (w *answer) scopes(v any) []string {
	var said []string
	switch v := v.(type) {
	case string:
		said = strings.FieldsFunc(v[:min(len(v), maxScopeBytes)], func(r rune) bool {
			return r <= ' ' || r == ',' || strings.ContainsRune(w.scheme.separator(), r)
		})
	case []any:
		size := 0
		for _, e := range v {
			s, _ := e.(string)
			if size += len(s); s != "" && size <= maxScopeBytes {
				said = append(said, s)
			}
		}
	}
	for i, s := range said {
		said[i] = strings.ToValidUTF8(s, "")
	}
	said = slices.DeleteFunc(said, func(s string) bool { return s == "" })
	return said[:min(len(said), maxScopes)]
}

// expires is when the access token expires; zero if that isn't known.
func (w *answer) expires(access string) time.Time {
	return tokenExpiry(w.scheme.Answer.Expiry, w.at(w.path("expires_in")), access, w.sent, time.Duration(w.scheme.Lifetime))
}

// tokenExpiry is when a token expires, of which an answer to what was sent says so much; zero if that isn't known.
func tokenExpiry(form ExpiryForm, said any, token string, sent time.Time, lifetime time.Duration) time.Time {
	var at time.Time
	switch form {
	case ExpiryJWT:
		exp, ok := expOf(token)
		at = epoch(exp, ok, time.Second)
	case ExpiryEpoch, ExpiryEpochMillis:
		n, ok := number(said)
		unit := time.Second
		if form == ExpiryEpochMillis {
			unit = time.Millisecond
		}
		at = epoch(n, ok, unit)
	case ExpiryISO:
		at = isoTime(said)
	case ExpiryDuration:
		at = after(sent, lifetimeText(said))
	default:
		if n, ok := number(said); ok {
			at = after(sent, seconds(n))
		}
	}
	if at.IsZero() {
		at = after(sent, lifetime)
	}
	if at.Sub(sent) > maxExpiry || at.Year() > 9999 || at.Year() < 1970 { // no time, and none that a credential holds
		return time.Time{}
	}
	return at
}

// after counts from when the request was sent: the answer took its time to come.
func after(sent time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return sent.Add(d).UTC()
}

// seconds makes a duration of a number; 0 for one that isn't positive, and for one that is for ever.
func seconds(n float64) time.Duration {
	if n <= 0 || n > maxExpiry.Seconds() {
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

// epoch makes a time of a Unix time; zero for one that isn't positive or is beyond all calendars.
func epoch(n float64, ok bool, unit time.Duration) time.Time {
	n *= unit.Seconds()
	const latest = 253402300799 // the end of the year 9999
	if !ok || n <= 0 || n > latest {
		return time.Time{}
	}
	return time.UnixMilli(int64(n * 1000)).UTC()
}

// isoTime reads a date and time, with a zone or in UTC.
func isoTime(v any) time.Time {
	text, _ := v.(string)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05Z07:00",
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// lifetimeText reads "24h" as time.ParseDuration does, "30d" as days, and a number as seconds.
func lifetimeText(v any) time.Duration {
	if n, ok := number(v); ok {
		return seconds(n)
	}
	text, _ := v.(string)
	text = strings.TrimSpace(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseFloat(days, 64); err == nil {
			return seconds(n * 24 * 3600)
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

// expOf reads the claim exp of a JWT, which isn't verified.
func expOf(token string) (exp float64, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxCredBytes {
		return 0, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return 0, false
	}
	tree, _, err := jsontree.Parse(payload, jsontree.Limits{})
	if err != nil {
		return 0, false
	}
	claims, _ := tree.(map[string]any)
	return number(claims["exp"])
}
