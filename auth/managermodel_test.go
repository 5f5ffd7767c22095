package auth_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// model is a world in which everything goes wrong by chance.
type model struct {
	*world
	mu    sync.Mutex // guards what follows
	rand  *rand.Rand
	calm  bool
	alive [3]*proc
	cache [3]auth.TokenRow
}

func (m *model) chance(n int) bool { return m.pick(n) == 0 }

func (m *model) pick(n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rand.IntN(n)
}

func (m *model) quiet() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calm
}

// store is the step of a process's store: it fails, stops or dies.
func (m *model) store(p *proc) func(context.Context, string) error {
	return func(ctx context.Context, step string) error {
		m.mu.Lock()
		dead := p.dead
		m.mu.Unlock()
		switch {
		case dead:
			<-m.over
			return errAway
		case m.quiet():
		case m.chance(400):
			m.die(p)
			<-m.over
			return errAway
		case m.chance(150): // stops for a while, and doesn't see that its time is over
			time.Sleep(time.Duration(m.pick(150)) * time.Second)
			return nil
		case m.chance(60):
			return errAway
		}
		return ctx.Err()
	}
}

func (m *model) die(p *proc) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.dead = true
}

// serve is what becomes of a request.
func (m *model) serve(int) *trouble {
	if m.quiet() {
		return nil
	}
	slow := time.Duration(m.pick(1500)) * time.Millisecond
	switch m.pick(16) {
	case 0:
		return refuses(auth.TokenUnsent, 0)
	case 1:
		return refuses(auth.TokenUnavailable, time.Duration(m.pick(60))*time.Second)
	case 2:
		return refuses(auth.TokenInDoubt, 0)
	case 3:
		return lost(slow)
	case 4: // one side of the deadline, or the other
		return &trouble{takes: time.Duration(m.pick(25)) * time.Second, back: time.Duration(m.pick(10)) * time.Second}
	case 5:
		return &trouble{run: func(context.Context) { panic("no") }}
	}
	return &trouble{takes: slow}
}

// start begins the i-th process, anew if that died.
func (m *model) start(i, n int) {
	skew := time.Duration(m.pick(601)-300) * time.Second
	p := m.proc(fmt.Sprintf("p%d-%d", i, n), func(c *auth.ManagerConfig) {
		c.Now = func() time.Time { return time.Now().Add(skew) }
		c.Rand = func() float64 { return float64(m.pick(1000)) / 1000 }
	})
	p.v.on(m.store(p))
	m.mu.Lock()
	m.alive[i] = p
	m.mu.Unlock()
}

// call is one call of a host in the i-th process.
func (m *model) call(i int) {
	m.mu.Lock()
	p, have := m.alive[i], m.cache[i]
	m.mu.Unlock()
	if m.chance(4) { // its cache follows
		have = m.rows.get(m.ref)
	}
	row, err := p.get(time.Duration(1+m.pick(60))*time.Second, have, nil)
	if err == nil && !m.p.accepts(row.Credential) {
		row, err = p.get(time.Duration(1+m.pick(60))*time.Second, row, &row.Credential)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		m.cache[i] = row
	} else {
		m.cache[i] = auth.TokenRow{}
	}
}

// live runs the world for some hours, and then in peace.
func (m *model) live(hours time.Duration) {
	m.p.on(m.serve)
	m.connect()
	end := time.Now().Add(hours)
	var all sync.WaitGroup
	for i := range m.alive {
		m.start(i, 0)
		for range 2 {
			all.Go(func() {
				for time.Now().Before(end) {
					time.Sleep(time.Duration(m.pick(8000)) * time.Millisecond)
					m.call(i)
				}
			})
		}
	}
	for n := 1; time.Now().Before(end); n++ {
		time.Sleep(time.Duration(m.pick(20_000)) * time.Millisecond)
		m.tend(n)
	}
	m.mu.Lock()
	m.calm = true
	m.mu.Unlock()
	all.Wait()
	m.tend(1 << 20)
}

// tend is what a host does: it starts processes anew, grants anew what is gone, and
// seals rows anew.
func (m *model) tend(n int) {
	for i := range m.alive {
		m.mu.Lock()
		dead := m.alive[i].dead
		m.mu.Unlock()
		if dead {
			m.start(i, n)
		}
	}
	row := m.rows.get(m.ref)
	switch {
	case row.State == auth.TokenNeedsReauth, m.chance(200) && !m.quiet():
		m.connect()
	case m.chance(10) && row.Intent == nil:
		_, _ = (&view{s: m.rows}).Save(context.Background(), m.ref, row)
	}
}

// check tests what must hold whatever happened.
func (m *model) check(t *testing.T) {
	t.Helper()
	doubted := map[string]bool{}
	m.rows.mu.Lock()
	defer m.rows.mu.Unlock()
	for _, row := range m.rows.history {
		if row.State == auth.TokenDoubtful {
			doubted[row.Grant] = true
		}
	}
	gone := map[string]bool{}
	for _, p := range m.procs {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, e := range p.events {
			switch {
			case e.Event == auth.EventRefreshInDoubt, e.Row.Cause == "in_doubt":
				doubted[e.Row.Grant] = true
			case e.Event == auth.EventNeedsReauth:
				gone[e.Row.Grant] = true
			}
		}
	}
	m.p.mu.Lock()
	defer m.p.mu.Unlock()
	for grant := range m.p.losers {
		if !doubted[grant] {
			t.Errorf("the provider saw a spent token of %q, and nobody had announced a doubt", grant)
		}
	}
	for grant := range gone {
		if !doubted[grant] {
			t.Errorf("%q was lost, and nobody had announced a doubt", grant)
		}
	}
	if m.p.overlaps > 0 {
		t.Errorf("%d requests with a token that another request had", m.p.overlaps)
	}
}

// TestManagerModel lets three processes renew one credential for hours, in which store,
// provider, clocks and processes fail. -v tells how the seeds went.
func TestManagerModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				m := &model{world: w, rand: rand.New(rand.NewPCG(seed, 2))}
				w.p.life = 3 * time.Minute
				w.p.grace = []time.Duration{0, time.Minute, 10 * time.Minute}[m.pick(3)]
				m.live(2 * time.Hour)
				m.check(t)
				for j, p := range m.alive {
					if !p.works(15*time.Minute) && w.rows.get(w.ref).State != auth.TokenNeedsReauth {
						t.Errorf("process %d can't use it; %+v", j, w.rows.get(w.ref))
					}
				}
				t.Logf("grace %s: %d requests, version %d, %d processes; announced: %d refreshed, %d in doubt, %d lost; %d reused, of %d grants",
					w.p.grace, w.p.requests(), w.rows.get(w.ref).Version, len(w.procs), w.count(auth.EventRefreshed),
					w.count(auth.EventRefreshInDoubt), w.count(auth.EventNeedsReauth), w.p.reuses(), w.p.lost())
			})
		})
	}
}
