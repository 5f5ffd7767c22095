package auth

import (
	"sync"
	"time"
)

// The bounds of [Manager.Schedule], and of the pauses after failures.
const (
	minMargin   = 30 * time.Second
	maxMargin   = 5 * time.Minute
	firstPause  = 5 * time.Second
	longPause   = 5 * time.Minute
	maxAskedFor = time.Hour // of what a provider asks us to wait
)

// storeClock knows how far the local clock is behind the store's.
type storeClock struct {
	mu     sync.Mutex // guards what follows
	offset time.Duration
	asked  bool
}

// ask takes in that the store's clock said at, between two moments of the local one. A
// known offset that agrees with that is kept: it may be the better one.
func (c *storeClock) ask(before, after, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	least, most := at.Sub(after.Round(0)), at.Sub(before.Round(0))
	if !at.IsZero() && (!c.asked || c.offset < least || c.offset > most) {
		c.offset = least + (most-least)/2
	}
	c.asked = true
}

func (c *storeClock) get() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

func (c *storeClock) known() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// now is the time by the store's clock, as far as it is known.
func (m *Manager) now() time.Time { return m.cfg.Now().Round(0).Add(m.clock.get()).UTC() }

// Due reports whether row should be renewed now: it has expired, or its RefreshAt has come, by the store's clock; and
// neither is its grant gone nor has it to wait after failures.
func (m *Manager) Due(row TokenRow) bool {
	return stateError(CredentialRef{}, row) == nil && dueAt(row, m.now())
}

func dueAt(row TokenRow, now time.Time) bool {
	if backingOff(row, now) {
		return false
	}
	return expired(row, now) || (!row.RefreshAt.IsZero() && !now.Before(row.RefreshAt))
}

func expired(row TokenRow, now time.Time) bool {
	at := row.Credential.Expires
	return !at.IsZero() && !now.Before(at)
}

// backingOff reports whether renewals failed, and the next may not be tried yet.
func backingOff(row TokenRow, now time.Time) bool {
	return row.Failures > 0 && now.Before(row.RefreshAt)
}

// Schedule says when a credential that was just given or renewed is due: what its
// RefreshAt is to be. That is before it expires, by a tenth of its lifetime (at least
// 30 s, at most 5 min, never more than a third of it) and up to a tenth of that more,
// by chance, all of it within Before where the grant has one; and for a grant that dies
// when it isn't used, at half of its Idle, whatever Before says. Zero if it can't be
// renewed, or nothing says when it must. now, by the store's clock, is from when the
// lifetime counts if row.Issued isn't known; zero means now.
func (m *Manager) Schedule(row TokenRow, r Renewal, now time.Time) time.Time {
	if !r.Possible {
		return time.Time{}
	}
	if now.IsZero() {
		now = m.now()
	}
	from := row.Issued
	if from.IsZero() {
		from = now
	}
	var at time.Time
	if expires := row.Credential.Expires; !expires.IsZero() {
		life := max(0, expires.Sub(from))
		margin := min(max(minMargin, min(life/10, maxMargin)), life/3)
		if r.Before > 0 {
			margin = min(margin, r.Before/11*10)
		}
		at = expires.Add(-margin - time.Duration(m.random()*float64(margin)/10))
	}
	if idle := from.Add(r.Idle / 2); r.Idle > 0 && (at.IsZero() || idle.Before(at)) {
		at = idle
	}
	return at
}

// backoff is how long to wait after so many failures, at least what the provider asked
// for: 5 s, doubling to 5 min, a fifth more or less by chance.
func (m *Manager) backoff(failures int, asked time.Duration) time.Duration {
	d := longPause
	if n := max(0, failures-1); n < 10 {
		d = min(firstPause<<n, longPause)
	}
	d = time.Duration(float64(d) * (0.8 + 0.4*m.random()))
	return max(d, min(asked, maxAskedFor))
}

// random is a number in [0, 1), whatever Rand gives.
func (m *Manager) random() float64 {
	if r := m.cfg.Rand(); r >= 0 && r < 1 {
		return r
	}
	return 0
}
