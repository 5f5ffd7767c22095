package fositeserver

import (
	"maps"
	"time"

	"github.com/ory/fosite"
)

// session is what fosite keeps beside a token. It counts lifetimes by itself: fosite rounds them to whole seconds of the
// clock, by which a token of two seconds may live for one and a half.
type session struct {
	subject   string
	lifetimes map[fosite.TokenType]time.Duration
	expires   map[fosite.TokenType]time.Time
}

var _ fosite.Session = (*session)(nil)

func newSession(o Options, subject string) *session {
	lifetimes := map[fosite.TokenType]time.Duration{fosite.AccessToken: o.Lifetime}
	if o.RefreshLifetime > 0 {
		lifetimes[fosite.RefreshToken] = o.RefreshLifetime
	}
	return &session{subject: subject, lifetimes: lifetimes, expires: map[fosite.TokenType]time.Time{}}
}

// SetExpiresAt is called when a token is about to be made.
func (s *session) SetExpiresAt(key fosite.TokenType, at time.Time) {
	if lifetime, ok := s.lifetimes[key]; ok {
		at = time.Now().Add(lifetime)
	}
	s.expires[key] = at
}

func (s *session) GetExpiresAt(key fosite.TokenType) time.Time { return s.expires[key] }

func (s *session) GetUsername() string { return s.subject }

func (s *session) GetSubject() string { return s.subject }

func (s *session) Clone() fosite.Session {
	return &session{subject: s.subject, lifetimes: s.lifetimes, expires: maps.Clone(s.expires)}
}
