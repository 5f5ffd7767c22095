package auth

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
)

const (
	pollInterval    = 5 * time.Second // RFC 8628 §3.2 and §3.5: the default, and what slow_down adds
	maxPollInterval = time.Hour
	maxUserCode     = 256  // bytes
	maxShownURL     = 2048 // bytes
)

// StartDevice begins a device flow (RFC 8628 §3.1). Errors are those of [OAuth2.Exchange].
func (s OAuth2) StartDevice(ctx context.Context, call TokenCall) (DeviceCode, error) {
	if s.grant() != GrantDeviceCode {
		return DeviceCode{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "grant", Reason: "isn't device_code"}
	}
	standard := map[string]string{}
	if scope := s.joinScopes(nil); scope != "" {
		standard[paramScope] = scope
	}
	got, err := s.asker(call, Credential{}).ask(ctx, question{op: opDevice, field: "device_url", url: s.DeviceURL,
		extra: s.AuthorizeParameters, extraIn: "authorize_parameters", standard: standard})
	if err != nil {
		return DeviceCode{}, err
	}
	return got.deviceCode()
}

// deviceCode reads the answer of RFC 8628 §3.2.
func (w *answer) deviceCode() (DeviceCode, error) {
	text := func(name string) string {
		s, _ := w.tree[name].(string)
		return s
	}
	d := DeviceCode{Device: w.secretOf("device_code"), UserCode: text("user_code"), VerificationURL: text("verification_uri"),
		VerificationURLComplete: text("verification_uri_complete"), Interval: pollInterval}
	if d.VerificationURL == "" { // as drafts of the RFC had it, and Google
		d.VerificationURL = text("verification_url")
	}
	if d.Device.Reveal() == "" || d.UserCode == "" || len(d.UserCode) > maxUserCode || strings.ContainsFunc(d.UserCode, isControl) {
		return DeviceCode{}, w.unusable("the answer has no device code and user code")
	}
	if !isShown(d.VerificationURL) || d.VerificationURLComplete != "" && !isShown(d.VerificationURLComplete) {
		return DeviceCode{}, w.unusable("the answer has no http or https URL to show")
	}
	if n, ok := number(w.tree["expires_in"]); ok {
		d.Expires = after(w.sent, seconds(n))
	}
	if n, ok := number(w.tree["interval"]); ok && n > 0 {
		d.Interval = time.Duration(min(n, maxPollInterval.Seconds()) * float64(time.Second))
	}
	return d, nil
}

// isShown says whether a URL may be shown to a person, who will open it.
func isShown(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxShownURL && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// PollDevice asks once whether the person has decided (RFC 8628 §3.4). While not, the error is a *TokenError with the
// cause [TokenPending], whose RetryAfter is how long to wait: keep it as the Interval. A person who says no, and a flow that
// has ended, are [TokenRefused].
func (s OAuth2) PollDevice(ctx context.Context, call TokenCall, d DeviceCode) (Tokens, error) {
	if s.grant() != GrantDeviceCode {
		return Tokens{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "grant", Reason: "isn't device_code"}
	}
	if d.Device.Reveal() == "" {
		return Tokens{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "device", Reason: "is missing; give what StartDevice gave"}
	}
	tokens, err := s.asker(call, Credential{}).tokens(ctx, s.firstQuestion(map[string]string{
		paramGrantType: "urn:ietf:params:oauth:grant-type:device_code", "device_code": d.Device.Reveal(),
	}), nil, nil)
	var fault *TokenError
	if errors.As(err, &fault) && fault.Cause == TokenPending {
		wait := min(max(d.Interval, 0), maxPollInterval)
		if wait == 0 {
			wait = pollInterval
		}
		if fault.Code == "slow_down" {
			wait += pollInterval
		}
		fault.RetryAfter = max(fault.RetryAfter, wait)
	}
	return tokens, err
}
