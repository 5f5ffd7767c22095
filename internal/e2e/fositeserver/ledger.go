package fositeserver

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/pkce"
	"github.com/ory/fosite/storage"
)

// Family is all that came from one consent, or from one request for client credentials.
type Family struct {
	ID, Subject string
	// Refreshes counts the rotations, Repeats the answers given again within the grace period, and Reuses the spent
	// refresh tokens that were presented.
	Refreshes, Repeats, Reuses int
	// Revoked says why it is over: "reuse", "code_reuse", "revoked" (by the client, RFC 7009), "killed"; "" if it isn't.
	Revoked string
}

// Event is one line of the server's log.
type Event struct {
	At time.Time
	// Kind is "granted", "refreshed", "repeated", "reused", or that of [Family.Revoked].
	Kind            string
	Family, Subject string
}

// ledger is fosite's memory storage, and beside it what became of each token. The server serves one request at a time,
// so it needs no lock.
type ledger struct {
	*storage.MemoryStore

	revokeOnRefresh bool
	cause           string // of a revocation that is about to happen
	families        map[string]*family
	refresh         map[string]string // the family of each refresh token, by signature
	spent           map[string]bool   // those that were rotated, by signature
	events          []Event
}

type family struct {
	Family

	access  map[string]bool // signatures
	current string          // of the refresh token
}

var (
	_ fosite.Storage                = (*ledger)(nil)
	_ oauth2.CoreStorage            = (*ledger)(nil)
	_ oauth2.TokenRevocationStorage = (*ledger)(nil)
	_ pkce.PKCERequestStorage       = (*ledger)(nil)
)

func newLedger(o Options) *ledger {
	return &ledger{
		MemoryStore:     storage.NewMemoryStore(),
		revokeOnRefresh: o.RevokeOnRefresh,
		families:        map[string]*family{}, refresh: map[string]string{}, spent: map[string]bool{},
	}
}

func (l *ledger) log(kind string, f *family) {
	l.events = append(l.events, Event{At: time.Now(), Kind: kind, Family: f.ID, Subject: f.Subject})
}

// family finds or begins the one of a request.
func (l *ledger) family(r fosite.Requester) *family {
	f := l.families[r.GetID()]
	if f == nil {
		f = &family{Family: Family{ID: r.GetID(), Subject: r.GetSession().GetSubject()}, access: map[string]bool{}}
		l.families[f.ID] = f
		l.log("granted", f)
	}
	return f
}

// CreateAccessTokenSession keeps an access token.
func (l *ledger) CreateAccessTokenSession(ctx context.Context, signature string, r fosite.Requester) error {
	l.family(r).access[signature] = true
	return l.MemoryStore.CreateAccessTokenSession(ctx, signature, r)
}

// CreateRefreshTokenSession keeps a refresh token.
func (l *ledger) CreateRefreshTokenSession(ctx context.Context, signature, access string, r fosite.Requester) error {
	f := l.family(r)
	f.current, l.refresh[signature] = signature, f.ID
	return l.MemoryStore.CreateRefreshTokenSession(ctx, signature, access, r)
}

// RotateRefreshToken is the use of a refresh token.
func (l *ledger) RotateRefreshToken(ctx context.Context, id, signature string) error {
	if f := l.families[id]; f != nil {
		f.Refreshes++
		l.log("refreshed", f)
	}
	l.spent[signature] = true
	if err := l.MemoryStore.RevokeRefreshToken(ctx, id); err != nil || !l.revokeOnRefresh {
		return err
	}
	return l.RevokeAccessToken(ctx, id)
}

// DeleteRefreshTokenSession is called when fosite meets a refresh token that isn't active. It stays, so that each use
// of it is seen.
func (l *ledger) DeleteRefreshTokenSession(_ context.Context, signature string) error {
	if f := l.families[l.refresh[signature]]; f != nil && l.spent[signature] {
		f.Reuses++
		l.log("reused", f)
	}
	return nil
}

// RevokeRefreshToken ends a family.
func (l *ledger) RevokeRefreshToken(ctx context.Context, id string) error {
	if f := l.families[id]; f != nil && f.Revoked == "" {
		f.Revoked = l.cause
		l.log(l.cause, f)
	}
	return l.MemoryStore.RevokeRefreshToken(ctx, id)
}

// RevokeAccessToken ends all access tokens of a family, and not only the last.
func (l *ledger) RevokeAccessToken(ctx context.Context, id string) error {
	f := l.families[id]
	if f == nil {
		return nil
	}
	for signature := range f.access {
		if err := l.DeleteAccessTokenSession(ctx, signature); err != nil {
			return err
		}
	}
	clear(f.access)
	return nil
}

// end revokes a family for a cause.
func (l *ledger) end(ctx context.Context, id, cause string) error {
	l.cause = cause
	return errors.Join(l.RevokeRefreshToken(ctx, id), l.RevokeAccessToken(ctx, id))
}

// list gives copies, in the order of their ids.
func (l *ledger) list() []Family {
	var list []Family
	for _, id := range slices.Sorted(maps.Keys(l.families)) {
		list = append(list, l.families[id].Family)
	}
	return list
}

// active counts the access tokens that would be accepted now.
func (l *ledger) active() int {
	n := 0
	for _, f := range l.families {
		for signature := range f.access {
			if r := l.AccessTokens[signature]; r != nil && time.Now().Before(r.GetSession().GetExpiresAt(fosite.AccessToken)) {
				n++
			}
		}
	}
	return n
}
