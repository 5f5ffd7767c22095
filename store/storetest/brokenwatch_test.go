package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

func brokenWatches() map[string]breakage {
	watch := func(fails string, change func(*brokenWatch)) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			w := &brokenWatch{broken: broken{Store: s}}
			change(w)
			return w
		}}
	}
	edits := func(fails string, edit func(*waygate.ChangePage)) breakage {
		return watch(fails, func(w *brokenWatch) { w.edit = edit })
	}
	without := func(fails string, kind waygate.ChangeKind) breakage {
		return edits(fails, func(p *waygate.ChangePage) { p.Changes = changesBut(p.Changes, kind) })
	}
	return map[string]breakage{
		"tells nothing of connections": without("WatchStore/1_connections", waygate.ChangeConnection),
		"tells nothing of credentials": without("WatchStore/1_credentials", waygate.ChangeCredential),
		"tells nothing of definitions": without("WatchStore/1_definitions", waygate.ChangeDefinition),
		"tells nothing of variables":   without("WatchStore/1_variables", waygate.ChangeVariable),
		"tells nothing of a purge":     without("WatchStore/1_purge", waygate.ChangeTenant),
		"forgets whose it was": edits("WatchStore/1_connections", func(p *waygate.ChangePage) {
			for i := range p.Changes {
				p.Changes[i].Tenant = ""
			}
		}),
		"never resets":             edits("WatchStore/4_too_old", func(p *waygate.ChangePage) { p.Reset = false }),
		"always resets":            edits("WatchStore/1_definitions", func(p *waygate.ChangePage) { p.Reset = true }),
		"tells the first who asks": watch("WatchStore/1_everyone", func(w *brokenWatch) { w.once = map[waygate.Change]bool{} }),
		"tells from the beginning": watch("WatchStore/1_empty_cursor", func(w *brokenWatch) { w.beginning = true }),
		"tells all again":          watch("WatchStore/3_no_more", func(w *brokenWatch) { w.again = true }),
		"looks twice":              watch("WatchStore/1_race", func(w *brokenWatch) { w.twice = true }),
		"takes any cursor":         watch("WatchStore/4_no_cursor", func(w *brokenWatch) { w.gullible = true }),
		"ignores ctx when watched": watch("Store/3_ended_ctx", func(w *brokenWatch) { w.deaf = true }),
		"shares changes":           watch("WatchStore/5_copies", func(w *brokenWatch) { w.shared = map[string]waygate.ChangePage{} }),
		"tells what it is asked for": {fails: "WatchStore/2_not_committed", store: func(s *memory.Store) waygate.Store {
			w := &brokenWatch{broken: broken{Store: s}}
			w.credentials = hasty{s.Credentials(), w}
			return w
		}},
		"tells of leases": {fails: "WatchStore/2_not_changed", store: func(s *memory.Store) waygate.Store {
			w := &brokenWatch{broken: broken{Store: s}}
			w.credentials = talkative{s.Credentials(), w}
			return w
		}},
		"waits for ever": {fails: "WakingStore/1_ctx_ends", store: func(s *memory.Store) waygate.Store { return sleepy{broken{Store: s}} }},
		"wakes the dead": {fails: "WakingStore/1_ended_ctx", store: func(s *memory.Store) waygate.Store { return awake{broken{Store: s}} }},
	}
}

func changesBut(list []waygate.Change, kind waygate.ChangeKind) (kept []waygate.Change) {
	for _, c := range list {
		if c.Kind != kind {
			kept = append(kept, c)
		}
	}
	return kept
}

// brokenWatch is wrong in one of these ways.
type brokenWatch struct {
	broken
	edit                              func(*waygate.ChangePage)
	beginning, again, twice, gullible bool
	deaf                              bool

	mu     sync.Mutex // guards what follows
	first  string     // the first cursor that was given
	made   []waygate.Change
	once   map[waygate.Change]bool
	shared map[string]waygate.ChangePage
}

func (w *brokenWatch) Changes(ctx context.Context, cursor string) (waygate.ChangePage, error) {
	if w.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	from := cursor
	if w.again && cursor != "" || w.beginning && cursor == "" {
		from = w.first
	}
	page, err := w.Store.Changes(ctx, from)
	if err != nil && w.gullible {
		return w.Store.Changes(ctx, "")
	}
	if w.twice && cursor != "" {
		w.mu.Unlock()
		time.Sleep(time.Millisecond)
		w.mu.Lock()
		later, err := w.Store.Changes(ctx, "")
		if err != nil {
			return later, err
		}
		page.Cursor = later.Cursor
	}
	if w.first == "" {
		w.first = page.Cursor
	}
	if w.gullible {
		page.Reset = false
	}
	if w.edit != nil {
		w.edit(&page)
	}
	return w.remember(cursor, page), err
}

func (w *brokenWatch) remember(cursor string, page waygate.ChangePage) waygate.ChangePage {
	if cursor != "" {
		page.Changes = append(page.Changes, w.made...)
		w.made = nil
	}
	if w.once != nil {
		var left []waygate.Change
		for _, c := range page.Changes {
			if !w.once[c] {
				left = append(left, c)
			}
			w.once[c] = true
		}
		page.Changes = left
	}
	if w.shared != nil {
		if old, there := w.shared[cursor]; there && cursor != "" {
			return old
		}
		w.shared[cursor] = page
	}
	return page
}

func (w *brokenWatch) tell(c waygate.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made = append(w.made, c)
}

// hasty tells before it knows.
type hasty struct {
	credentials
	w *brokenWatch
}

func (h hasty) Save(ctx context.Context, c waygate.StoredCredential, a *waygate.AuditEntry) (waygate.StoredCredential, error) {
	h.w.tell(waygate.Change{Kind: waygate.ChangeCredential, Tenant: c.Tenant, Integration: c.Integration, ID: c.ID})
	return h.credentials.Save(ctx, c, a)
}

type talkative struct {
	credentials
	w *brokenWatch
}

func (l talkative) Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (waygate.Lease, error) {
	l.w.tell(waygate.Change{Kind: waygate.ChangeCredential, Tenant: tenant, ID: id})
	return l.credentials.Acquire(ctx, tenant, id, holder, ttl)
}

type sleepy struct{ broken }

func (s sleepy) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.Wait(context.WithoutCancel(ctx))
}

type awake struct{ broken }

func (s awake) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return s.Store.Wait(ctx)
}
