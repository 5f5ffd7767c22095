package auth_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// issuer is a strict authorization server: a refresh token works once, and one that
// comes again after the grace period revokes its family.
type issuer struct {
	grace, life time.Duration

	mu       sync.Mutex
	families map[string]*family // by refresh token, old ones too
	valid    map[string]*family // by access token
	asked    []time.Time
	reused   int             // spent refresh tokens that came again
	inAir    map[string]int  // by refresh token
	overlaps int             // requests with a token that another request had at the same time
	losers   map[string]bool // grants whose family was revoked for reuse
	made     int
	// serve decides what happens to the n-th request (from 1): nil for the ordinary.
	serve func(n int) *trouble
}

// family is a grant and all that came of it.
type family struct {
	grant             string
	current, previous string
	last              auth.Credential
	rotated           time.Time
	revoked           bool
}

// trouble is what becomes of a request.
type trouble struct {
	lose  bool          // it is served, and its answer lost
	takes time.Duration // before it is served
	back  time.Duration // before the answer arrives
	err   *auth.TokenError
	other error                     // an error that isn't a TokenError
	run   func(ctx context.Context) // may block, panic, or end the goroutine
	then  func()                    // the same, after it was served
}

func newIssuer() *issuer {
	return &issuer{life: time.Hour, families: map[string]*family{}, valid: map[string]*family{}, inAir: map[string]int{}, losers: map[string]bool{}}
}

// grant is what a consent gives.
func (p *issuer) grant(name string) auth.Credential {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.issue(&family{grant: name}, time.Now())
}

// carries notes that a request with a token begins, or ends.
func (p *issuer) carries(token string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inAir[token] += n
	if p.inAir[token] > 1 {
		p.overlaps++
	}
}

// issue makes the next pair of a family. The caller holds the lock.
func (p *issuer) issue(f *family, now time.Time) auth.Credential {
	p.made++
	a, r := fmt.Sprintf("access-%06d", p.made), fmt.Sprintf("refresh-%06d", p.made)
	f.previous, f.current, f.rotated = f.current, r, now
	p.families[r], p.valid[a] = f, f
	c := auth.Credential{Kind: "oauth2", Values: map[string]secret.String{"access_token": secret.New(a), "refresh_token": secret.New(r)}}
	f.last = c
	return c
}

// take serves a refresh token.
func (p *issuer) take(token string) (auth.Credential, *auth.TokenError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.families[token]
	switch {
	case f == nil || f.revoked:
	case f.current == token:
		return p.issue(f, time.Now()), nil
	case f.previous == token && time.Since(f.rotated) < p.grace:
		return f.last, nil
	default:
		p.reused++
		p.losers[f.grant] = true
		f.revoked = true
	}
	return auth.Credential{}, &auth.TokenError{Op: "refresh", Cause: auth.TokenRefused, Status: 400, Code: "invalid_grant"}
}

func (p *issuer) revoke(c auth.Credential) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.families[refresh(c)]; f != nil {
		f.revoked = true
	}
}

// accepts reports whether an access token works.
func (p *issuer) accepts(c auth.Credential) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.valid[access(c)]
	return f != nil && !f.revoked
}

func (p *issuer) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

func (p *issuer) times() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[:len(p.asked):len(p.asked)]
}

func (p *issuer) reuses() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reused
}

// lost counts the grants that were lost to a reuse.
func (p *issuer) lost() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.losers)
}

func (p *issuer) on(serve func(n int) *trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve = serve
}

// arrive counts a request, and says what becomes of it.
func (p *issuer) arrive() *trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, time.Now())
	if p.serve != nil {
		if t := p.serve(len(p.asked)); t != nil {
			return t
		}
	}
	return &trouble{takes: 100 * time.Millisecond}
}

// scheme renews at a provider.
type scheme struct {
	auth.Bearer
	p   *issuer
	how auth.Renewal
	// stop is called before anything is sent.
	stop func(ctx context.Context)
}

func (s *scheme) Renewal(c auth.Credential) auth.Renewal {
	how := s.how
	how.Possible = refresh(c) != ""
	return how
}

func (s *scheme) Renew(ctx context.Context, call auth.TokenCall, c auth.Credential) (auth.Credential, error) {
	if s.stop != nil {
		s.stop(ctx)
	}
	failed := func(cause auth.TokenCause) error {
		return &auth.TokenError{Op: "refresh", Cause: cause, Err: ctx.Err()}
	}
	if ctx.Err() != nil {
		return auth.Credential{}, failed(auth.TokenUnsent)
	}
	sent := call.Now()
	t := s.p.arrive()
	s.p.carries(refresh(c), 1)
	defer s.p.carries(refresh(c), -1)
	if t.run != nil {
		t.run(ctx)
	}
	if wait(ctx, t.takes) != nil {
		return auth.Credential{}, failed(auth.TokenInDoubt)
	}
	if t.other != nil {
		return auth.Credential{}, t.other
	}
	if t.err != nil && !t.lose {
		return auth.Credential{}, t.err
	}
	got, err := s.p.take(refresh(c))
	if t.then != nil {
		t.then()
	}
	if t.lose {
		return auth.Credential{}, t.err
	}
	if wait(ctx, t.back) != nil {
		return auth.Credential{}, failed(auth.TokenInDoubt)
	}
	if err != nil {
		return auth.Credential{}, err
	}
	got = got.Clone()
	if s.p.life > 0 {
		got.Expires = sent.Add(s.p.life)
	}
	return got, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lost is a request that is served and whose answer is lost; it says so after d.
func lost(d time.Duration) *trouble {
	return &trouble{lose: true, takes: d, err: &auth.TokenError{Op: "refresh", Cause: auth.TokenInDoubt}}
}

// refuses is a request that isn't served.
func refuses(cause auth.TokenCause, after time.Duration) *trouble {
	return &trouble{err: &auth.TokenError{Op: "refresh", Cause: cause, RetryAfter: after}}
}
