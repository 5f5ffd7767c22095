package waygate

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// DeviceAuthorization is a device flow (RFC 8628) that waits for a person.
type DeviceAuthorization struct {
	// UserCode is to be entered at VerificationURL; VerificationURLComplete, if it
	// isn't empty, has it in it.
	UserCode, VerificationURL, VerificationURLComplete string
	// Expires is when the flow ends.
	Expires time.Time
	// Handle is what [Tenant.CompleteDevice] goes on with, in any process. It is
	// sealed; treat it as a secret all the same: who has it can end the flow.
	Handle string
}

// deviceState is what a handle holds.
type deviceState struct {
	Flow     flowState     `json:"flow"`
	Device   string        `json:"device"`
	Expires  time.Time     `json:"expires"`
	Interval time.Duration `json:"interval"`
}

// AuthorizeDevice begins the device flow of an integration with [auth.OAuth2], for
// devices and command lines without a browser: show the person the code and the URL,
// then call [Tenant.CompleteDevice]. RedirectURL, Extra and the bindings of the spec
// have no meaning here.
func (t *Tenant) AuthorizeDevice(ctx context.Context, integration string, spec AuthorizeSpec) (*DeviceAuthorization, error) {
	const op = "authorize_device"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	d, err := t.authorizeDevice(ctx, integration, spec)
	if err != nil {
		return nil, t.fail(ctx, op, integration, spec.Slug, err)
	}
	return d, nil
}

func (t *Tenant) authorizeDevice(ctx context.Context, integration string, spec AuthorizeSpec) (*DeviceAuthorization, error) {
	c, err := t.gw.integration(ctx, "", integration)
	if err != nil {
		return nil, err
	}
	if c.oauth == nil || c.oauth.Grant != auth.GrantDeviceCode {
		return nil, errorf(KindConfig, "", "integration %q has no device flow, its auth is %q: use Tenant.Authorize if that is authorization_code, else Tenant.Connect", integration, grantOf(c))
	}
	flow, a, info, err := t.newFlow(ctx, c, spec)
	if err != nil {
		return nil, err
	}
	call, err := t.gw.tokenCall(c, info, a)
	if err != nil {
		return nil, err
	}
	asking, cancel := t.gw.asking(ctx)
	defer cancel()
	code, err := asked(c.oauth, flow).StartDevice(asking, call)
	if err != nil {
		return nil, grantFailure(ctx, err)
	}
	if code.Expires.IsZero() { // though it is required (RFC 8628, section 3.2)
		code.Expires = t.gw.cfg.Now().Add(flowLifetime)
	}
	handle, err := t.sealDevice(integration, deviceState{flow, code.Device.Reveal(), code.Expires, code.Interval})
	if err != nil {
		return nil, err
	}
	return &DeviceAuthorization{UserCode: code.UserCode, VerificationURL: code.VerificationURL,
		VerificationURLComplete: code.VerificationURLComplete, Expires: code.Expires, Handle: handle}, nil
}

// asked is a definition with the scopes of a flow.
func asked(o *auth.OAuth2, flow flowState) auth.OAuth2 {
	with := *o
	if flow.Spec.Scopes != nil {
		with.Scopes = flow.Spec.Scopes
	}
	return with
}

func (t *Tenant) deviceBinding(integration string) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeState, Kind: integration, Tenant: t.id, Field: "device"}
}

func (t *Tenant) sealDevice(integration string, d deviceState) (string, error) {
	clear, err := json.Marshal(d)
	if err != nil {
		return "", newError(KindInvalidInput, "", err)
	}
	sealed, err := t.gw.cfg.Keyring.Seal(t.deviceBinding(integration), clear)
	if err != nil {
		return "", newError(KindConfig, "", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

func (t *Tenant) openDevice(integration, handle string) (deviceState, error) {
	var d deviceState
	bad := errorf(KindInvalidInput, "", "handle: is none of this tenant and integration: begin again with AuthorizeDevice")
	if len(handle) > maxTokenBytes || strings.ContainsAny(handle, "\r\n") { // which base64 would pass over
		return d, bad
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(handle)
	if err != nil {
		return d, bad
	}
	clear, err := t.gw.cfg.Keyring.Open(t.deviceBinding(integration), sealed)
	if err != nil || json.Unmarshal(clear, &d) != nil {
		return d, bad
	}
	return d, nil
}

// CompleteDevice waits until the person has decided, and saves the connection, as
// [Tenant.Complete] does. It asks the provider as often as that wants, and ends with
// ctx; called again with the same handle it goes on. When the flow's time is over, or
// the person said no, it is [ErrAuth].
func (t *Tenant) CompleteDevice(ctx context.Context, integration, handle string) (*ConnectionInfo, error) {
	const op = "complete_device"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	d, err := t.openDevice(integration, handle)
	if err != nil {
		return nil, t.fail(ctx, op, integration, "", err)
	}
	info, err := t.completeDevice(ctx, integration, d)
	if err != nil {
		return nil, t.fail(ctx, op, integration, d.Flow.Spec.Slug, err)
	}
	return info, nil
}

func (t *Tenant) completeDevice(ctx context.Context, integration string, d deviceState) (*ConnectionInfo, error) {
	c, err := t.gw.integration(ctx, "", integration)
	if err != nil {
		return nil, err
	}
	if c.oauth == nil {
		return nil, errorf(KindConfig, "", "integration %q has no OAuth any more: its auth was changed while the person was away: connect it with Tenant.Connect", integration)
	}
	target, a, err := t.resume(ctx, c, d.Flow)
	if err != nil {
		return nil, err
	}
	call, err := t.gw.tokenCall(c, infoOf(target.row, nil), a)
	if err != nil {
		return nil, err
	}
	tokens, issued, err := t.poll(ctx, asked(c.oauth, d.Flow), call, d)
	if err != nil {
		return nil, err
	}
	return t.finish(ctx, target, tokens, grant{cred: tokens.Credential, issued: issued, app: a}, d.Flow.Spec.Unverified)
}

// poll asks until there is an answer (RFC 8628, section 3.5). A lost answer is asked
// for again: the code is good until it was used.
func (t *Tenant) poll(ctx context.Context, o auth.OAuth2, call auth.TokenCall, d deviceState) (auth.Tokens, time.Time, error) {
	code := auth.DeviceCode{Device: secret.New(d.Device), Expires: d.Expires, Interval: d.Interval}
	for {
		left := d.Expires.Sub(t.gw.cfg.Now())
		if left <= 0 {
			return auth.Tokens{}, time.Time{}, errorf(KindAuth, "", "nobody decided in time: begin again with AuthorizeDevice")
		}
		pause := time.NewTimer(min(code.Interval, left))
		select {
		case <-ctx.Done():
			pause.Stop()
			return auth.Tokens{}, time.Time{}, ctxError(ctx)
		case <-pause.C:
		}
		if code.Interval >= left { // it is over before the provider wants to be asked again
			continue
		}
		sent := t.gw.cfg.Now()
		asking, cancel := t.gw.asking(ctx)
		tokens, err := o.PollDevice(asking, call, code)
		cancel()
		if err == nil {
			return tokens, sent, nil
		}
		var e *auth.TokenError
		if !errors.As(err, &e) || e.Op == "lookup" || ctx.Err() != nil { // after a lookup the code is spent
			return tokens, sent, grantFailure(ctx, err)
		}
		switch e.Cause {
		case auth.TokenPending, auth.TokenUnsent, auth.TokenUnavailable, auth.TokenInDoubt:
			code.Interval = max(code.Interval, e.RetryAfter)
		default:
			return tokens, sent, grantFailure(ctx, fmt.Errorf("device flow: %w", err))
		}
	}
}
