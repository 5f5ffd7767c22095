package redis

import (
	"context"
	"maps"

	"github.com/go-json-experiment/json"

	"github.com/waygate-go/waygate/resilience"
)

// Force keeps that a circuit is forced, "" that it isn't, for all processes. See [resilience.SharedCircuits].
func (s *Shared) Force(ctx context.Context, k resilience.BreakerKey, state resilience.State) error {
	field, err := circuitField(k)
	if err != nil {
		return err
	}
	_, err = within(ctx, s.options.Timeout, func(ctx context.Context) (any, error) {
		return s.scripts.force.Run(ctx, s.client, []string{s.circuits()}, field, string(state)).Result()
	})
	s.answered(ctx, err)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	forced := maps.Clone(s.forced)
	if forced == nil {
		forced = map[resilience.BreakerKey]resilience.State{}
	}
	if forced[k] = state; state == "" {
		delete(forced, k)
	}
	s.forced = forced
	return nil
}

// Forced gives the circuits that are forced. What Redis has lost, since it was started anew without its data, it is told
// again by the first process that asks.
func (s *Shared) Forced(ctx context.Context) (map[resilience.BreakerKey]resilience.State, error) {
	if !s.mayAsk() {
		return nil, errAway
	}
	rows, err := within(ctx, s.options.Timeout, func(ctx context.Context) (map[string]string, error) {
		rows, err := s.client.HGetAll(ctx, s.circuits()).Result()
		if _, there := rows[""]; err != nil || there {
			return rows, err
		}
		return s.restore(ctx)
	})
	s.answered(ctx, err)
	if err != nil {
		return nil, err
	}
	forced := readForced(rows)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forced = forced
	return maps.Clone(forced), nil
}

// restore tells Redis what this process knows, unless another was faster.
func (s *Shared) restore(ctx context.Context) (map[string]string, error) {
	s.mu.Lock()
	known := s.forced
	s.mu.Unlock()
	if len(known) == 0 {
		return nil, nil
	}
	var args []any
	for k, state := range known {
		if field, err := circuitField(k); err == nil {
			args = append(args, field, string(state))
		}
	}
	list, err := s.scripts.restore.Run(ctx, s.client, []string{s.circuits()}, args...).StringSlice()
	if err != nil {
		return nil, err
	}
	rows := make(map[string]string, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		rows[list[i]] = list[i+1]
	}
	return rows, nil
}

func (s *Shared) circuits() string { return s.options.Prefix + "circuits" }

// circuitField is a circuit as a field of the hash: its parts as JSON.
func circuitField(k resilience.BreakerKey) (string, error) {
	text, err := json.Marshal([]string{k.Tenant, k.Connection, k.Host, k.Use})
	return string(text), err
}

// readForced reads the hash. What it doesn't know, a later version may: that is left out.
func readForced(rows map[string]string) map[resilience.BreakerKey]resilience.State {
	forced := make(map[resilience.BreakerKey]resilience.State, len(rows))
	for field, value := range rows {
		state := resilience.State(value)
		if k, ok := readField(field); ok && (state == resilience.StateOpen || state == resilience.StateClosed) {
			forced[k] = state
		}
	}
	return forced
}

// readField reads what circuitField writes.
func readField(field string) (resilience.BreakerKey, bool) {
	var parts []string
	if err := json.Unmarshal([]byte(field), &parts); err != nil || len(parts) != 4 || parts[2] == "" {
		return resilience.BreakerKey{}, false
	}
	return resilience.BreakerKey{Tenant: parts[0], Connection: parts[1], Host: parts[2], Use: parts[3]}, true
}
