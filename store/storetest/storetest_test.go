package storetest_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/storetest"
)

// clocked is what a store of the package memory can do, with a clock that is set
// by hand.
func clocked() (storetest.Capabilities, memory.Option) {
	var mu sync.Mutex
	now := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	caps := storetest.Capabilities{Audit: true, Variables: true, Flows: true, Apps: true, Statistics: true, Watch: true, Wakes: true,
		Closes: true, BoundedRecords: 500, BoundedChanges: 10_000}
	caps.Advance = func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	return caps, memory.Clock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	})
}

// wrapped hides nothing, because it says what it wraps.
type wrapped struct {
	waygate.Store
	inner *memory.Store
}

func (w wrapped) Unwrap() waygate.Store { return w.inner }
func (w wrapped) Close() error          { return w.inner.Close() }
func (w wrapped) Records() waygate.RecordStore {
	return wrappedRecords{bareRecords{w.inner.Records()}, w.inner.Records()}
}

// wrappedRecords does the same for statistics.
type wrappedRecords struct {
	waygate.RecordStore
	inner waygate.RecordStore
}

func (w wrappedRecords) Unwrap() waygate.RecordStore { return w.inner }

func TestRunAcceptsAWrapper(t *testing.T) {
	t.Parallel()
	caps, clock := clocked()
	storetest.Run(t, func(*testing.T) waygate.Store {
		s := memory.New(memory.RecordLimit(500), clock)
		return wrapped{bare{s}, s}
	}, caps)
}

// bare has the four parts and nothing else.
type bare struct{ waygate.Store }

type bareRecords struct{ waygate.RecordStore }

func (b bare) Records() waygate.RecordStore { return bareRecords{b.Store.Records()} }

func TestRunAcceptsTheFourParts(t *testing.T) {
	t.Parallel()
	caps, clock := clocked()
	storetest.Run(t, func(*testing.T) waygate.Store { return bare{memory.New(memory.RecordLimit(500), clock)} },
		storetest.Capabilities{BoundedRecords: 500, Advance: caps.Advance})
}

// durable claims that its rows outlive the process.
type durable struct{ waygate.Store }

func (durable) Durable() bool { return true }

// brokenEnv names the breakage that TestChild runs the suite with.
const brokenEnv = "WAYGATE_STORETEST_BREAKAGE"

// TestRunFails breaks a store in one way after the other; the suite has to fail
// in the test that holds the clause. A suite that fails ends its process with an
// error, so each runs in one of its own.
func TestRunFails(t *testing.T) {
	t.Parallel()
	for name, b := range breakages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts := strings.Split(b.fails, "/")
			pattern := "^TestChild$"
			for _, p := range parts {
				pattern += "/^" + p + "$"
			}
			if parts[0] != "Capabilities" {
				pattern = strings.Replace(pattern, "/^"+parts[0], "/^(Capabilities|"+parts[0]+")", 1)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+pattern, "-test.v")
			cmd.Env = append(os.Environ(), brokenEnv+"="+name)
			out, err := cmd.CombinedOutput()
			want := "--- FAIL: TestChild/" + b.fails + " "
			if err == nil || !strings.Contains(string(out), want) {
				t.Errorf("error %v, want %q in:\n%s", err, want, out)
			}
		})
	}
}

// TestChild is the process of a breakage, and does nothing of itself.
func TestChild(t *testing.T) {
	b, ok := breakages()[os.Getenv(brokenEnv)]
	if !ok {
		return
	}
	caps, clock := clocked()
	if b.caps != nil {
		b.caps(&caps)
	}
	storetest.Run(t, func(*testing.T) waygate.Store { return b.store(memory.New(memory.RecordLimit(500), clock)) }, caps)
}
