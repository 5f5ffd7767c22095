package auth

import "time"

// The events of a [TokenEvent].
const (
	// EventRefreshed: a new token was saved.
	EventRefreshed = "refreshed"
	// EventRefreshFailed: none was got, or it couldn't be saved yet; Err says why.
	EventRefreshFailed = "refresh_failed"
	// EventRefreshInDoubt: a request may have spent the grant, and its answer is lost.
	// Told once for each such request, by the process that found out.
	EventRefreshInDoubt = "refresh_in_doubt"
	// EventNeedsReauth: the grant is gone; Row.Cause says how.
	EventNeedsReauth = "needs_reauth"
	// EventRecovered: told beside EventRefreshed after failures or a doubt.
	EventRecovered = "recovered"
	// EventRevoked: a new token was given back, for the credential had been removed;
	// Err if that failed.
	EventRevoked = "revoked"
	// EventAppError: the provider doesn't accept the OAuth client.
	EventAppError = "app_error"
)

// TokenEvent is something that became of a credential.
type TokenEvent struct {
	Ref   CredentialRef // which credential
	Event string        // what happened
	// Row is what is stored now; of EventRevoked what was given back. Its Credential
	// is secret.
	Row TokenRow
	// Err is the cause, nil if it went well. It holds no secret.
	Err error
}

// announce tells the observer, who gets a copy.
func (m *Manager) announce(ref CredentialRef, event string, row TokenRow, err error) {
	if m.cfg.Observe == nil {
		return
	}
	row.Credential = row.Credential.Clone()
	if row.Spare != nil {
		spare := row.Spare.Clone()
		row.Spare = &spare
	}
	_ = contained("Observe", func() error {
		m.cfg.Observe(TokenEvent{Ref: ref, Event: event, Row: row, Err: err})
		return nil
	})
}

// note is what a manager remembers of a credential beside what is stored. Losing it
// costs a request to the store or to the provider, no more.
type note struct {
	forced time.Time // when it was last renewed after a 401
	grant  string    // what was granted then
	pause  time.Time // until when those whose token is good needn't try
	failed *TokenError
	// harmless is the version of a row whose intent, of this manager, is known to have
	// cost nothing.
	harmless int64
	suspect  suspect
	broke    time.Time // when the store last failed
}

// suspect is an intent that may be a dead holder's: the version of its row, when it was
// first seen, and when last.
type suspect struct {
	version     int64
	seen, again time.Time
}

// withNote changes the note of ref.
func (m *Manager) withNote(ref CredentialRef, change func(*note)) {
	n := m.notes.GetOrCreate(ref, func() *note { return &note{} })
	m.mu.Lock()
	defer m.mu.Unlock()
	change(n)
}

// noteOf gives a copy of the note of ref.
func (m *Manager) noteOf(ref CredentialRef) note {
	n, ok := m.notes.Get(ref)
	if !ok {
		return note{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return *n
}

// watched says since when the intent of a row has been watched. It begins anew when the
// store failed meanwhile: whoever holds an answer couldn't save it then either.
func (m *Manager) watched(ref CredentialRef, version int64) (seen time.Time) {
	now := time.Now()
	m.withNote(ref, func(n *note) {
		s := &n.suspect
		if s.version != version || now.Sub(s.again) > m.cfg.Lease || !n.broke.Before(s.seen) {
			s.version, s.seen = version, now
		}
		s.again = now
		seen = s.seen
	})
	return seen
}

func (m *Manager) paused(ref CredentialRef) bool { return time.Now().Before(m.noteOf(ref).pause) }

func (m *Manager) lastFailure(ref CredentialRef) *TokenError { return m.noteOf(ref).failed }
