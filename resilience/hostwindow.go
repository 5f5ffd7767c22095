package resilience

import (
	"container/list"
	"time"
)

// Bounds of what a host remembers of its window: beyond them, connections aren't looked at.
const (
	maxHostConnections   = 1024
	maxTenantConnections = 64
)

// hostWindow knows who has attempted what at a host, of late. Both lists are in order of time, so that what is too old
// is found at their ends, and the numbers of connections are their lengths.
type hostWindow struct {
	settings    HostSettings
	connections map[connectionKey]*hostConnection
	tenants     map[string]*hostTenant
	tried       *list.List // of *hostConnection, by their last attempt, the latest in front
	failed      *list.List // those that failed and haven't worked since, by their last failed attempt
	failing     int        // tenants that have one of these
	failures    []time.Time
	next        int // of failures, a ring
}

type connectionKey struct{ tenant, connection string }

type hostConnection struct {
	key           connectionKey
	tried, failed *list.Element // failed is nil if it isn't in that list
	at, failedAt  time.Time
}

// hostTenant counts a tenant's connections.
type hostTenant struct{ tried, failed int }

func newHostWindow(s HostSettings) *hostWindow {
	return &hostWindow{
		settings:    s,
		connections: make(map[connectionKey]*hostConnection), tenants: make(map[string]*hostTenant),
		tried: list.New(), failed: list.New(),
	}
}

// note counts an attempt, and says whether with it the host has failed.
func (w *hostWindow) note(k connectionKey, o Outcome, now time.Time) bool {
	w.expire(now)
	c := w.connection(k)
	if c == nil {
		return false
	}
	c.at = now
	w.tried.MoveToFront(c.tried)
	switch o {
	case Success: // what fails now and then isn't down
		w.works(c)
		return false
	case Failure:
	default:
		return false
	}
	c.failedAt = now
	if c.failed != nil {
		w.failed.MoveToFront(c.failed)
	} else {
		c.failed = w.failed.PushFront(c)
		t := w.tenants[k.tenant]
		if t.failed++; t.failed == 1 {
			w.failing++
		}
	}
	w.remember(now)
	return w.isDown(now)
}

// works takes a connection from those that failed.
func (w *hostWindow) works(c *hostConnection) {
	if c.failed == nil {
		return
	}
	w.failed.Remove(c.failed)
	c.failed = nil
	t := w.tenants[c.key.tenant]
	if t.failed--; t.failed == 0 {
		w.failing--
	}
}

// connection finds or makes the place of a connection; nil if there is no room.
func (w *hostWindow) connection(k connectionKey) *hostConnection {
	if c, ok := w.connections[k]; ok {
		return c
	}
	t := w.tenants[k.tenant]
	if len(w.connections) >= maxHostConnections || t != nil && t.tried >= maxTenantConnections {
		return nil
	}
	if t == nil {
		t = &hostTenant{}
		w.tenants[k.tenant] = t
	}
	t.tried++
	c := &hostConnection{key: k}
	c.tried = w.tried.PushFront(c)
	w.connections[k] = c
	return c
}

// remember keeps the times of the latest failed attempts, as many as have to be within the window.
func (w *hostWindow) remember(now time.Time) {
	if len(w.failures) < w.settings.Attempts {
		w.failures = append(w.failures, now)
		return
	}
	w.failures[w.next] = now
	w.next = (w.next + 1) % len(w.failures)
}

// isDown is the rule.
func (w *hostWindow) isDown(now time.Time) bool {
	s := w.settings
	if len(w.failures) < s.Attempts || w.old(w.failures[w.next], now) || w.failing < s.Tenants {
		return false
	}
	failed, tried := w.failed.Len(), w.tried.Len()
	loudest := 0
	for _, t := range w.tenants {
		loudest = max(loudest, t.failed)
	}
	if beyond := loudest - (failed - loudest); beyond > 0 { // one tenant has more than all others together
		failed, tried = failed-beyond, tried-beyond
	}
	return float64(failed) >= s.Connections*float64(tried)
}

func (w *hostWindow) old(t, now time.Time) bool { return now.Sub(t) > w.settings.Window }

// expire forgets what is too old.
func (w *hostWindow) expire(now time.Time) {
	for el := w.failed.Back(); el != nil; el = w.failed.Back() {
		c := el.Value.(*hostConnection)
		if !w.old(c.failedAt, now) {
			break
		}
		w.works(c)
	}
	for el := w.tried.Back(); el != nil; el = w.tried.Back() {
		c := el.Value.(*hostConnection)
		if !w.old(c.at, now) {
			break
		}
		w.tried.Remove(el)
		delete(w.connections, c.key)
		t := w.tenants[c.key.tenant]
		if t.tried--; t.tried == 0 {
			delete(w.tenants, c.key.tenant)
		}
	}
}
