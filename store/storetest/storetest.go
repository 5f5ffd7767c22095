package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
)

// Capabilities says what a store can do beyond the four parts that all have. It
// is what the caller knows of the store; the suite compares it with the store
// and fails on a difference. The zero value is an unbounded store in memory
// without optional parts and with a clock of its own.
type Capabilities struct {
	// Durable is what Store.Durable answers. A durable store also gives Reopen.
	Durable bool
	// Audit, Variables, Flows, Apps, Statistics, Watch and Wakes say that the store has
	// these parts: [waygate.AuditStore], [waygate.VariableStore], [waygate.FlowStore],
	// [waygate.AppStore], on its records [waygate.StatisticsStore],
	// [waygate.WatchStore], and [waygate.WakingStore].
	Audit, Variables, Flows, Apps, Statistics, Watch, Wakes bool
	// BoundedRecords is how many records the store keeps before it drops the
	// oldest; 0 for a store that keeps all. At least 500, because other tests
	// count on theirs.
	BoundedRecords int
	// BoundedChanges is of how many of the latest changes the store can tell before
	// it says Reset; 0 for one that keeps them by time, or keeps too many to try.
	BoundedChanges int
	// Closes says that the store has a method Close() error, and that its
	// other methods return errors after it.
	Closes bool
	// Advance moves the clock of all stores that newStore made, for those with
	// a clock that can be set; it is called from several tests at once. If nil
	// the suite waits in real time.
	Advance func(d time.Duration)
	// Reopen returns another store over the same rows, as another process
	// would have it; required if Durable, else nil.
	Reopen func(t *testing.T, s waygate.Store) waygate.Store
	// Seed repeats the random tests of an earlier run; 0 takes a new one.
	Seed uint64
}

// Run tests a store against every clause of its contract. newStore makes a new
// store without any rows each time it is called, and removes it with t.Cleanup
// if need be; it is called from several tests at once.
func Run(t *testing.T, newStore func(t *testing.T) waygate.Store, caps Capabilities) {
	t.Helper()
	if !t.Run("Capabilities", func(t *testing.T) { checkCapabilities(t, newStore(t), caps) }) {
		return
	}
	for caps.Seed == 0 {
		caps.Seed = rand.Uint64()
	}
	for _, p := range parts(caps) {
		t.Run(p.name, func(t *testing.T) {
			for _, c := range p.clauses {
				t.Run(c.name, func(t *testing.T) {
					if !c.clock || caps.Advance == nil {
						t.Parallel() // else no other test may run while the clock leaps
					}
					c.run(newEnv(t, newStore, caps))
				})
			}
		})
	}
}

// part is a part of a store and the tests of its clauses.
type part struct {
	name    string
	clauses []clause
}

// clause is one test, named for the number of the clause that it holds.
type clause struct {
	name string
	run  func(e *env)
	// clock says that the test moves the store's clock by much.
	clock bool
}

func parts(caps Capabilities) []part {
	list := []part{
		{"Store", storeClauses(caps)},
		{"ConnectionStore", connectionClauses(caps)},
		{"CredentialStore", slices.Concat(credentialClauses(), leaseClauses(), fieldClauses())},
		{"DefinitionStore", definitionClauses()},
		{"RecordStore", recordClauses()},
	}
	if caps.Audit {
		list = append(list, part{"AuditStore", auditClauses()})
	}
	if caps.Variables {
		list = append(list, part{"VariableStore", variableClauses()})
	}
	if caps.Flows {
		list = append(list, part{"FlowStore", flowClauses()})
	}
	if caps.Apps {
		list = append(list, part{"AppStore", appClauses()})
	}
	if caps.Statistics {
		list = append(list, part{"StatisticsStore", statisticsClauses()})
	}
	if caps.Watch {
		list = append(list, part{"WatchStore", watchClauses(caps)})
	}
	if caps.Wakes {
		list = append(list, part{"WakingStore", wakingClauses()})
	}
	return list
}

// checkCapabilities compares what is declared with what is there.
func checkCapabilities(t *testing.T, s waygate.Store, caps Capabilities) {
	_, audit := optional[waygate.AuditStore](s)
	_, variables := optional[waygate.VariableStore](s)
	_, flows := optional[waygate.FlowStore](s)
	_, apps := optional[waygate.AppStore](s)
	_, statistics := optional[waygate.StatisticsStore](s.Records())
	_, watch := optional[waygate.WatchStore](s)
	_, wakes := optional[waygate.WakingStore](s)
	_, closes := s.(closer)
	for _, c := range []struct {
		name            string
		declared, there bool
	}{
		{"Durable", caps.Durable, s.Durable()},
		{"Audit", caps.Audit, audit},
		{"Variables", caps.Variables, variables},
		{"Flows", caps.Flows, flows},
		{"Apps", caps.Apps, apps},
		{"Statistics", caps.Statistics, statistics},
		{"Watch", caps.Watch, watch},
		{"Wakes", caps.Wakes, wakes},
		{"Closes", caps.Closes, closes},
		{"Reopen (wanted for a durable store only)", caps.Reopen != nil, caps.Durable},
	} {
		if c.declared != c.there {
			t.Errorf("%s: declared %t, the store says %t", c.name, c.declared, c.there)
		}
	}
	if n := caps.BoundedRecords; n != 0 && n < 500 {
		t.Errorf("BoundedRecords: %d, want at least 500 (the other tests count on theirs), or 0", n)
	}
}

// closer is a store that can be closed.
type closer interface{ Close() error }

// optional finds a part on a store (S is Store or RecordStore) or on what it
// wraps, as waygate.New does.
func optional[T any, S comparable](s S) (T, bool) {
	var nothing S
	for s != nothing {
		if part, ok := any(s).(T); ok {
			return part, true
		}
		w, ok := any(s).(interface{ Unwrap() S })
		if !ok {
			break
		}
		s = w.Unwrap()
	}
	var none T
	return none, false
}
