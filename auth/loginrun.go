package auth

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// kindLogin is the scheme's; credentials for it have the kind that the person's own have.
const kindLogin = "login"

// Renewal says what [Login.Renew] would do with c: log in, if c has what the steps ask for, else use its refresh token. A
// login can be repeated any number of times, so nothing is spent; a refresh token that stands alone is.
func (s Login) Renewal(c Credential) Renewal {
	again, refresh := s.repeats(c), s.refreshes(c)
	return Renewal{Possible: again || refresh, Spends: refresh && !again, Lifetime: time.Duration(s.Lifetime)}
}

func (s Login) repeats(c Credential) bool {
	return c.Kind != "" && len(s.Steps) > 0 && s.canLogin(opRenew, c) == nil
}

func (s Login) refreshes(c Credential) bool {
	return len(s.Refresh) > 0 && c.Values[valueRefreshToken].Reveal() != "" && canFill(opRenew, s.Kind(), s.Refresh, c) == nil
}

// Renew asks for the token: one request for each step. Where the provider refuses a refresh, the login follows; that apart,
// nothing is repeated. A credential that nothing can be done with is an *Error, as is whatever keeps a request from being
// made; every other error is a *TokenError, with [TokenRefused] if the credential is wrong.
func (s Login) Renew(ctx context.Context, call TokenCall, c Credential) (Credential, error) {
	again := s.repeats(c)
	if s.refreshes(c) {
		got, err := s.run(call, c, opRefresh, s.Refresh).renew(ctx, "refresh")
		var failed *TokenError
		if err == nil || !again || !errors.As(err, &failed) || failed.Cause != TokenRefused && failed.Cause != TokenRejected {
			return got, err
		}
	}
	if !again {
		if err := s.canLogin(opRenew, c); err != nil {
			return Credential{}, err
		}
		return Credential{}, &Error{Op: opRenew, Scheme: s.Kind(), Field: "kind", Reason: "is missing; give the connection auth.UserPassword or auth.Fields"}
	}
	r := s.run(call, c, opToken, s.Steps)
	delete(r.cred.Values, valueRefreshToken) // of the session that is over
	return r.renew(ctx, "steps")
}

func (s Login) run(call TokenCall, c Credential, op string, steps []LoginStep) *loginRun {
	client := map[string]string{"id": call.Client.ID, "secret": call.Client.Secret.Reveal()}
	return newLoginRun(s.Kind(), op, call, c, client, steps, s.Lifetime)
}

// loginRun is one login while it lasts.
type loginRun struct {
	kind     string
	op       string
	call     TokenCall
	client   map[string]string
	steps    []LoginStep
	lifetime Duration

	from     Credential // what templates see
	cred     Credential // what becomes of it
	captured map[string]string
	secrets  knownSecrets
	expires  time.Time
}

func newLoginRun(kind, op string, call TokenCall, c Credential, client map[string]string, steps []LoginStep, lifetime Duration) *loginRun {
	r := &loginRun{kind: kind, op: op, call: call, client: client, steps: steps, lifetime: lifetime, from: c, cred: c.Clone(), captured: map[string]string{}}
	if r.cred.Values == nil {
		r.cred.Values = map[string]secret.String{}
	}
	r.secrets = r.secrets.with(c.Secrets()...)
	for name, v := range client {
		if name != "id" {
			r.secrets = r.secrets.with(secret.New(v))
		}
	}
	return r
}

// renew goes through the steps. field is where they stand in the definition.
func (r *loginRun) renew(ctx context.Context, field string) (Credential, error) {
	if r.call.HTTP == nil {
		return Credential{}, r.bad("http", "there is no HTTP client to ask with; set TokenCall.HTTP")
	}
	delete(r.cred.Values, valueAccessToken) // so that one of before is never taken for what this login brings
	for i, p := range r.steps {
		if err := r.step(ctx, field+"["+strconv.Itoa(i)+"]", p); err != nil {
			return Credential{}, err
		}
	}
	r.cred.Expires = r.expires
	if r.cred.Values[valueAccessToken].IsZero() {
		return Credential{}, r.bad(field, `bring no value "access_token"; name it in answer.values of a step`)
	}
	return r.cred, nil
}

// step asks once, and takes in what the answer brings.
func (r *loginRun) step(ctx context.Context, at string, p LoginStep) error {
	req, err := r.request(ctx, at, p)
	if err != nil {
		return err
	}
	secrets := r.secretsOf(req)
	a := asker{call: r.call}
	sent := a.now()
	if ctx.Err() != nil {
		return &TokenError{Op: r.op, Cause: TokenUnsent, Err: ctx.Err()}
	}
	resp, cause, err := a.exchange(ctx, req)
	if err != nil {
		return &TokenError{Op: r.op, Cause: cause, Err: secrets.cause(err)}
	}
	defer egress.Drain(resp.Body)
	got := &loginReply{run: r, at: at, def: p.Answer, secrets: secrets, resp: resp, sent: sent}
	body, release, err := egress.ReadBody(ctx, resp.Body, maxTokenAnswer, nil, "")
	defer release()
	if err == nil {
		got.parse(body)
	}
	if fault := got.fault(err); fault != nil {
		if fault.Cause == TokenUnavailable {
			fault.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), a.now())
		}
		return fault
	}
	return got.take()
}

// secretsOf knows what a request says, beside what is known to be secret, in the forms that it is sent in.
func (r *loginRun) secretsOf(req *http.Request) knownSecrets {
	k := r.secrets
	if user, password, ok := req.BasicAuth(); ok {
		k.redact = k.redact.Pair(secret.New(user), secret.New(password))
	}
	if _, token, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
		k.redact = k.redact.With(secret.New(token))
	}
	return k
}
