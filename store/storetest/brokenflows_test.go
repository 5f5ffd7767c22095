package storetest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

func brokenFlows() map[string]breakage {
	flows := func(fails string, wrap func(s *brokenFlowStore)) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			b := &brokenFlowStore{broken: broken{Store: s}}
			wrap(b)
			return b
		}}
	}
	return map[string]breakage{
		"gives flows twice":       flows("FlowStore/1_taken_once", func(s *brokenFlowStore) { s.stays = true }),
		"gives one flow to many":  flows("FlowStore/1_take_race", func(s *brokenFlowStore) { s.stays = true }),
		"gives flows to anyone":   flows("Store/1_tenant", func(s *brokenFlowStore) { s.leaks = true }),
		"keeps flows for ever":    flows("FlowStore/2_time_over", func(s *brokenFlowStore) { s.ttl = 1000 * time.Hour }),
		"keeps the IDs of flows":  flows("FlowStore/2_over_is_free", func(s *brokenFlowStore) { s.ttl = 1000 * time.Hour }),
		"overwrites flows":        flows("FlowStore/3_conflict", func(s *brokenFlowStore) { s.overwrites = true }),
		"lets all put one flow":   flows("FlowStore/3_put_race", func(s *brokenFlowStore) { s.overwrites = true }),
		"keeps few flows":         flows("FlowStore/4_latest", func(s *brokenFlowStore) { s.few = true }),
		"keeps flows by purges":   flows("FlowStore/5_purge", func(s *brokenFlowStore) { s.purgeless = true }),
		"purges all flows":        flows("ConnectionStore/8_purge_leaves_others", func(s *brokenFlowStore) { s.wipes = true }),
		"puts flows for no time":  flows("Store/10_odd_arguments", func(s *brokenFlowStore) { s.timeless = true }),
		"loses a flow's sealed":   flows("Store/7_any_bytes", func(s *brokenFlowStore) { s.cuts = true }),
		"shares flows with hosts": flows("Store/5_arguments", func(s *brokenFlowStore) { s.shares = true }),
	}
}

// brokenFlowStore keeps flows in one of several wrong ways.
type brokenFlowStore struct {
	broken
	stays, leaks, overwrites, purgeless, timeless, cuts, shares, few, wipes bool
	ttl                                                                     time.Duration

	mu  sync.Mutex // guards put
	put []waygate.StoredFlow
}

func (s *brokenFlowStore) PutFlow(ctx context.Context, f waygate.StoredFlow, ttl time.Duration) error {
	if s.ttl > 0 && ttl > 0 {
		ttl = s.ttl
	}
	if s.timeless && ttl <= 0 {
		ttl = time.Hour
	}
	if s.cuts {
		f.Sealed = f.Sealed[:min(len(f.Sealed), 100)]
	}
	err := s.Store.PutFlow(ctx, f, ttl)
	if s.overwrites && errors.Is(err, waygate.ErrConflict) {
		_, _ = s.Store.TakeFlow(ctx, f.Tenant, f.ID)
		_ = s.Store.PutFlow(ctx, f, ttl)
		return nil
	}
	s.drop(ctx, f)
	return err
}

// drop keeps few of all tenants, and remembers what it was given.
func (s *brokenFlowStore) drop(ctx context.Context, f waygate.StoredFlow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.put = append(s.put, f); s.few && len(s.put) > 1040 {
		_, _ = s.Store.TakeFlow(ctx, s.put[0].Tenant, s.put[0].ID)
		s.put = s.put[1:]
	}
}

func (s *brokenFlowStore) Connections() waygate.ConnectionStore {
	return purging{s.Store.Connections(), s.Store, func(ctx context.Context, _ *memory.Store, _ string, _ *waygate.Purged) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, f := range s.put {
			if s.wipes {
				_, _ = s.Store.TakeFlow(ctx, f.Tenant, f.ID)
			}
		}
	}}
}

func (s *brokenFlowStore) TakeFlow(ctx context.Context, tenant, id string) (waygate.StoredFlow, error) {
	f, err := s.Store.TakeFlow(ctx, tenant, id)
	if s.leaks && err != nil {
		return s.Store.TakeFlow(ctx, "acme", id)
	}
	if s.stays && err == nil {
		_ = s.Store.PutFlow(ctx, f, time.Hour)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, put := range s.put {
		if s.shares && put.Tenant == tenant && put.ID == id {
			f.Sealed = put.Sealed
		}
		if s.purgeless && put.Tenant == tenant && put.ID == id && errors.Is(err, waygate.ErrUnresolved) {
			return put, nil
		}
	}
	return f, err
}
