package validation_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/waygate-go/waygate/validation"
)

// countingEngine counts compilations and may hold them up, refuse or panic.
type countingEngine struct {
	compiled atomic.Int32
	hold     chan struct{}
	err      error
	panics   bool
	nothing  bool
}

type acceptAll struct{ text string }

func (acceptAll) Validate(context.Context, any) []validation.Violation { return nil }

func (e *countingEngine) Compile(schema []byte) (validation.Schema, error) {
	e.compiled.Add(1)
	if e.hold != nil {
		<-e.hold
	}
	if e.panics {
		panic("boom")
	}
	if e.nothing || e.err != nil {
		return nil, e.err
	}
	return &acceptAll{string(schema)}, nil
}

func TestCacheSingleFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := &countingEngine{hold: make(chan struct{})}
		cache := validation.NewCache(engine, 10)
		var got [64]validation.Schema
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				s, err := cache.Get([]byte(`{}`))
				if err != nil {
					t.Error(err)
				}
				got[i] = s
			})
		}
		synctest.Wait()
		// Another text does not wait for the first.
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := cache.Get([]byte(`true`)); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		if n := engine.compiled.Load(); n != 2 {
			t.Errorf("%d compilations started, want 2", n)
		}
		close(engine.hold)
		wg.Wait()
		<-done
		for i, s := range got {
			if s == nil || s != got[0] {
				t.Fatalf("goroutine %d got another schema", i)
			}
		}
	})
}

// TestCacheGoexit holds that an engine that ends its goroutine does not leave
// others waiting.
func TestCacheGoexit(t *testing.T) {
	t.Parallel()
	cache := validation.NewCache(exitingEngine{}, 1)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = cache.Get([]byte(`{}`)) })
	wg.Wait()
	if s, err := cache.Get([]byte(`{}`)); s != nil || err == nil {
		t.Errorf("Get = %v, %v", s, err)
	}
}

type exitingEngine struct{}

func (exitingEngine) Compile([]byte) (validation.Schema, error) {
	runtime.Goexit()
	return nil, nil
}

func TestCacheLRU(t *testing.T) {
	t.Parallel()
	engine := &countingEngine{}
	cache := validation.NewCache(engine, 2)
	get := func(text string) {
		t.Helper()
		if _, err := cache.Get([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		text     string
		compiled int32
	}{{"a", 1}, {"b", 2}, {"a", 2}, {"c", 3}, {"a", 3}, {"b", 4}, {"c", 5}} {
		get(step.text)
		if n := engine.compiled.Load(); n != step.compiled {
			t.Errorf("step %d (%s): %d compilations, want %d", i, step.text, n, step.compiled)
		}
		if cache.Len() > 2 {
			t.Errorf("step %d: %d entries", i, cache.Len())
		}
	}
}

func TestCacheRefusals(t *testing.T) {
	t.Parallel()
	sentinel := errors.New("no")
	for name, engine := range map[string]*countingEngine{
		"error": {err: sentinel}, "panic": {panics: true}, "nothing": {nothing: true},
	} {
		cache := validation.NewCache(engine, 2)
		for range 2 {
			s, err := cache.Get([]byte(`{}`))
			if s != nil || err == nil {
				t.Errorf("%s: Get = %v, %v", name, s, err)
			}
			var refused *validation.SchemaError
			if !errors.Is(err, sentinel) && !errors.As(err, &refused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := engine.compiled.Load(); n != 1 {
			t.Errorf("%s: compiled %d times", name, n)
		}
	}
}

func TestCacheZero(t *testing.T) {
	t.Parallel()
	var zero validation.Cache
	s, err := zero.Get([]byte(`{"type":"string"}`))
	if err != nil || s.Validate(t.Context(), int64(1)) == nil {
		t.Errorf("the zero cache: %v, %v", s, err)
	}
	for i := range validation.DefaultCacheSize + 50 {
		if _, err := zero.Get(fmt.Appendf(nil, `{"maxLength":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := zero.Len(); n != validation.DefaultCacheSize {
		t.Errorf("%d entries", n)
	}
	var none *validation.Cache
	if s, err := none.Get([]byte(`{}`)); s != nil || err == nil {
		t.Errorf("a nil cache: %v, %v", s, err)
	}
}
