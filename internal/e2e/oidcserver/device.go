package oidcserver

import (
	"context"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// device is one that waits for a person's decision.
type device struct {
	userCode string
	state    op.DeviceAuthorizationState
	interval time.Duration
	polled   time.Time
	used     bool
}

// slower is what each early poll adds to the interval (RFC 8628 §3.5).
const slower = 5 * time.Second

// StoreDeviceAuthorization begins to wait.
func (s *storage) StoreDeviceAuthorization(_ context.Context, clientID, deviceCode, userCode string, expires time.Time, scopes []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if d.userCode == userCode {
			return op.ErrDuplicateUserCode
		}
	}
	s.devices[deviceCode] = &device{
		userCode: userCode, interval: s.options.Interval,
		state: op.DeviceAuthorizationState{ClientID: clientID, Scopes: slices.Clone(scopes), Expires: expires},
	}
	return nil
}

// GetDeviceAuthorizatonState is a poll. The provider makes slow_down of an exceeded deadline. A device code is good for
// one grant.
func (s *storage) GetDeviceAuthorizatonState(_ context.Context, clientID, deviceCode string) (*op.DeviceAuthorizationState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Polls++
	d := s.devices[deviceCode]
	if d == nil || d.state.ClientID != clientID || d.used {
		return nil, errNoCode
	}
	early := !d.polled.IsZero() && time.Since(d.polled) < d.interval
	d.polled = time.Now()
	if early {
		s.stats.Early++
		d.interval += slower
		return nil, context.DeadlineExceeded
	}
	d.used = d.state.Done
	state := d.state
	return &state, nil
}

// decide is the person's answer; it is false if nobody waits for it.
func (s *storage) decide(userCode, user string, allow bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if userCode != "" && d.userCode == userCode && !d.state.Done && !d.state.Denied && time.Now().Before(d.state.Expires) {
			d.state.Done, d.state.Denied = allow, !allow
			d.state.Subject, d.state.AuthTime = user, time.Now()
			return true
		}
	}
	return false
}
