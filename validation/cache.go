package validation

import (
	"container/list"
	"crypto/sha256"
	"sync"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// DefaultCacheSize is how many schemas a [Cache] keeps unless told otherwise.
const DefaultCacheSize = 1000

// Cache compiles schemas on first use and keeps the most recently used ones. It
// serves one engine, so the text of a schema says all; it is keyed by its
// SHA-256. A refusal is kept like a schema: the same text is refused again
// without work. The zero value is ready, with [Kaptinlin] and [DefaultCacheSize]; a
// nil *Cache refuses everything. Safe for concurrent use, must not be copied.
type Cache struct {
	engine Engine // nil: Kaptinlin
	max    int    // below 1: DefaultCacheSize

	mu      sync.Mutex // guards what follows; never held while compiling
	entries map[[sha256.Size]byte]*list.Element
	order   list.List // of *cacheEntry, most recently used first
}

// cacheEntry is one schema, compiled or being compiled.
type cacheEntry struct {
	key    [sha256.Size]byte
	done   chan struct{} // closed when schema and err are set
	schema Schema
	err    error
}

// NewCache makes a cache of at most max schemas; below 1 means
// [DefaultCacheSize]. A nil engine means [Kaptinlin].
func NewCache(engine Engine, max int) *Cache { return &Cache{engine: engine, max: max} }

// Get returns the compiled form of schema. Goroutines that ask for the same
// text at once share one compilation. The error is what the engine returned,
// for [Kaptinlin] a [*SchemaError]; an engine that panics, or returns nothing,
// counts as refusing.
func (c *Cache) Get(schema []byte) (Schema, error) {
	if c == nil {
		return nil, &SchemaError{Reason: "the cache is nil: make it with NewCache"}
	}
	e, mine := c.entry(sha256.Sum256(schema))
	if mine {
		e.compile(c.engine, schema)
	}
	<-e.done
	return e.schema, e.err
}

// Len says how many schemas the cache holds.
func (c *Cache) Len() int {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}

// entry finds the entry of a key, or makes it for the caller to compile, and
// drops the oldest beyond max. Who still waits for a dropped entry gets its
// result all the same.
func (c *Cache) entry(key [sha256.Size]byte) (e *cacheEntry, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[key]; ok {
		c.order.MoveToFront(element)
		return entryOf(element), false
	}
	e = &cacheEntry{key: key, done: make(chan struct{}), err: &SchemaError{Reason: "the engine did not finish compiling"}}
	if c.entries == nil {
		c.entries = make(map[[sha256.Size]byte]*list.Element)
	}
	c.entries[key] = c.order.PushFront(e)
	most := c.max
	if most < 1 {
		most = DefaultCacheSize
	}
	for c.order.Len() > most {
		oldest := c.order.Back()
		c.order.Remove(oldest)
		delete(c.entries, entryOf(oldest).key)
	}
	return e, true
}

func entryOf(element *list.Element) *cacheEntry {
	e, _ := element.Value.(*cacheEntry)
	return e
}

// compile fills the entry. Whatever the engine does, nobody waits for ever.
func (e *cacheEntry) compile(engine Engine, schema []byte) {
	defer close(e.done)
	e.schema, e.err = Compile(engine, schema)
}

// Compile compiles a schema with an engine; nil means [Kaptinlin]. The error is what the engine returned, for Kaptinlin
// a [*SchemaError]; an engine that panics, or returns nothing, counts as refusing.
func Compile(engine Engine, schema []byte) (compiled Schema, err error) {
	defer func() {
		if recover() != nil {
			compiled, err = nil, &SchemaError{Reason: "the engine panicked while compiling"}
		}
	}()
	if engine == nil {
		engine = Kaptinlin{}
	}
	compiled, err = engine.Compile(schema)
	if err == nil && compiled == nil {
		err = &SchemaError{Reason: "the engine gave no schema"}
	}
	if err != nil {
		return nil, err
	}
	return compiled, nil
}

// Vet gives an engine's [Vetter].Vet, or what compiles each schema where the engine has none; nil means [Kaptinlin]. One
// that panics counts as refusing.
func Vet(engine Engine) func(schema []byte) error {
	if engine == nil {
		engine = Kaptinlin{}
	}
	v, ok := engine.(Vetter)
	if !ok {
		return func(schema []byte) error {
			_, err := Compile(engine, schema)
			return err
		}
	}
	return contained(v)
}

// VetRules gives a function that says of one schema after another, all of them vetted, what [NewChecker] would say of it
// with some rules, without keeping it compiled. The engine compiles a schema of its own at most once, to see whose it is.
func VetRules(engine Engine) func(schema []byte, rules Rules) error {
	var text func([]byte) error // nil: not asked for yet
	return func(schema []byte, rules Rules) error {
		if err := rules.Validate(); err != nil || !rules.adjusts() {
			return err
		}
		if text == nil {
			text = Kaptinlin{}.Vet()
			if compiled, err := Compile(engine, []byte("true")); err == nil {
				if _, own := compiled.(interface{ Doc() *canon.Doc }); own {
					text = func([]byte) error { return nil } // it was read when it was vetted
				}
			}
		}
		return text(schema)
	}
}

func contained(v Vetter) func([]byte) error {
	var vet func([]byte) error
	return func(schema []byte) (err error) {
		defer func() {
			if recover() != nil {
				err = &SchemaError{Reason: "the engine panicked while compiling"}
			}
		}()
		if vet == nil {
			vet = v.Vet()
		}
		return vet(schema)
	}
}
