package waygate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/bounded"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/validation"
)

// Gateway calls the APIs of its integrations on behalf of tenants. Make one with
// [New] and keep it for the life of the process; all methods may be called from
// many goroutines at once.
type Gateway struct {
	cfg       Config
	parts     storeParts
	transport *egress.Transport
	budget    *egress.Budget
	way       http.RoundTripper
	breakers  *resilience.Breakers
	limiters  *resilience.Limiters
	throttles *resilience.Throttles
	retries   *resilience.RetryBudgets
	slots     *resilience.Slots
	schemas   *schemaRoom
	drift     *validation.Drift
	env       map[string]secret.String
	redactor  *secret.Redactor // the platform's secrets
	observers observers
	leaves    []jsontree.Leaf // of inputs
	recorder  *recorder
	cache     *connectionCache
	programs  *bounded.Map[programKey, keptPrograms] // of connections with mappings of their own
	saved     *savedDefinitions
	variables *variableCache
	watch     *watch
	// identities are client certificates made ready, by what they were read from.
	identities *bounded.Map[[sha256.Size]byte, *egress.Identity]
	appLimits  appLimits
	clocks     providerClocks
	tokens     *auth.Manager
	life       lifecycle

	defsMu sync.Mutex // serialises changes of defs
	defs   atomic.Pointer[map[string]*compiledIntegration]
}

// Bounds of what a gateway keeps in memory.
const (
	maxBreakers = 10_000
	maxLimiters = 10_000

	maxIdentities = 1_000
)

// New makes a gateway. It does no I/O and starts nothing. An error names the
// field of cfg that is wrong and is [ErrConfig].
func New(cfg Config) (*Gateway, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	transport, err := egress.New(cfg.Egress)
	if err != nil {
		return nil, newError(KindConfig, "new", fmt.Errorf("Config.Egress: %w", err))
	}
	policy := transport.Policy()
	g := &Gateway{
		cfg:       cfg,
		parts:     partsOf(cfg.Store, cfg.Records),
		transport: transport,
		budget:    egress.NewBudget(policy.MaxInFlightBytes, policy.MaxTenantBytes),
		throttles: resilience.NewThrottles(maxLimiters),
		retries:   resilience.NewRetryBudgets(maxLimiters, cfg.RetryBudget),
		limiters:  resilience.NewSharedLimiters(maxLimiters, cfg.Quota),
		slots:     resilience.NewSlots(maxLimiters),
		schemas:   &schemaRoom{engine: cfg.Engine},
		drift:     validation.NewDrift(cfg.Now),
		env:       map[string]secret.String{},
		redactor:  newPlatformRedactor(cfg),
		leaves:    newLeaves(),

		identities: bounded.New[[sha256.Size]byte, *egress.Identity](maxIdentities, nil),
	}
	for name, value := range cfg.Env {
		g.env[name] = secret.New(value)
	}
	g.cfg.Env = nil // so that a printed gateway doesn't show them
	g.observers = newObservers(cfg)
	g.breakers = resilience.NewBreakersOf(resilience.BreakersConfig{
		Hosts: cfg.HostBreaker, Max: maxBreakers, Now: cfg.Now, Changed: g.breakerChanged, Shared: cfg.Circuits})
	if g.way = wayOut(g); g.way == nil {
		return nil, errorf(KindConfig, "new", "Config.Transport: the function returned nil: return the transport that it was given, or one around it")
	}
	g.recorder = newRecorder(cfg)
	g.defs.Store(&map[string]*compiledIntegration{})
	g.cache, g.saved, g.variables = newConnectionCache(g), newSavedDefinitions(g), newVariableCache(g)
	g.programs = bounded.New[programKey, keptPrograms](maxPrograms, nil)
	g.appLimits, g.clocks = newAppLimits(), newProviderClocks()
	if err := g.newTokens(); err != nil {
		return nil, err
	}
	g.watch = &watch{store: g.parts.watch, wake: g.parts.wake, now: cfg.Now, changed: g.changed, reset: g.forgetAll, begun: g.saved.missed, follow: g.saved.follow}
	return g, nil
}

// newPlatformRedactor knows the values of Config.Env; nil where redaction is
// off.
func newPlatformRedactor(cfg Config) *secret.Redactor {
	if cfg.keepSecrets {
		return nil
	}
	var values []secret.String
	for _, v := range cfg.Env {
		values = append(values, secret.New(v))
	}
	return secret.NewRedactor(values...)
}

// Tenant returns the door to a tenant's data and calls. It is cheap, does no
// I/O, and is safe for concurrent use. An id that isn't 1 to 200 bytes of valid
// UTF-8 without control characters makes each method fail with
// [ErrInvalidInput].
func (g *Gateway) Tenant(id string) *Tenant { return &Tenant{gw: g, id: id} }

// Register adds an integration to this process; nothing is written. The whole
// definition is checked, and compiled but for the schemas, which are
// compiled when a call first needs them: an error is [ErrConfig] and names the
// action and the field. So is a base URL that Config.Egress would refuse at each
// call, such as plain http without AllowHTTP. Registering the same definition again (by its written
// form) does nothing; another one under the same ID is [ErrConflict], and so is
// one that holds Go actions, which have no written form: use [Gateway.Replace].
func (g *Gateway) Register(ctx context.Context, in Integration) error {
	const op = "register"
	if err := g.begin(ctx, op); err != nil {
		return err
	}
	defer g.life.end()
	c, err := g.compile(in)
	if err != nil {
		return definitionError(op, in.ID, err)
	}
	g.defsMu.Lock()
	defer g.defsMu.Unlock()
	old, there := (*g.defs.Load())[c.def.ID]
	if !there {
		g.putDefinition(c)
		return nil
	}
	if c.digest != nil && bytes.Equal(old.digest, c.digest) {
		return nil
	}
	hint := "use Replace to change it"
	if c.digest == nil {
		hint = "it holds actions in Go, which can't be compared: use Replace"
	}
	e := errorf(KindConflict, op, "integration %q is registered already: %s", in.ID, hint)
	e.Integration = in.ID
	return e
}

// Check says whether a definition could be registered, without doing it: for the
// tests of a catalogue, or before a set of definitions of which all or none should
// be there. The error is Register's, but never [ErrConflict].
func (g *Gateway) Check(in Integration) error {
	if _, err := g.compile(in); err != nil {
		return definitionError("check", in.ID, err)
	}
	return nil
}

// Replace adds an integration, or puts it in the place of the one with the same
// ID. Calls in flight go on with the definition that they began with.
func (g *Gateway) Replace(ctx context.Context, in Integration) error {
	const op = "replace"
	if err := g.begin(ctx, op); err != nil {
		return err
	}
	defer g.life.end()
	c, err := g.compile(in)
	if err != nil {
		return definitionError(op, in.ID, err)
	}
	g.defsMu.Lock()
	defer g.defsMu.Unlock()
	g.putDefinition(c)
	return nil
}

// Unregister removes an integration from this process. Its connections stay in
// the store. One that isn't registered is [ErrUnresolved], also if it is saved:
// [Gateway.DeleteIntegration] removes that.
func (g *Gateway) Unregister(ctx context.Context, id string) error {
	const op = "unregister"
	if err := g.begin(ctx, op); err != nil {
		return err
	}
	defer g.life.end()
	if g.takeDefinition(id) {
		return nil
	}
	return g.notRegistered(ctx, op, id, "use DeleteIntegration to remove it for all processes")
}

// takeDefinition publishes a copy of the map without a definition; false if it isn't
// there.
func (g *Gateway) takeDefinition(id string) bool {
	g.defsMu.Lock()
	defer g.defsMu.Unlock()
	if _, there := (*g.defs.Load())[id]; !there {
		return false
	}
	next := maps.Clone(*g.defs.Load())
	delete(next, id)
	g.defs.Store(&next)
	return true
}

// notRegistered says of an id that no definition is registered under it, and what
// to do if one is saved.
func (g *Gateway) notRegistered(ctx context.Context, op, id, saved string) error {
	if c, err := g.integration(ctx, op, id); err != nil || c == nil {
		return g.unknownIntegration(op, id)
	}
	e := errorf(KindUnresolved, op, "integration %q isn't registered here, it is saved in the store: %s", id, saved)
	e.Integration = id
	return e
}

// putDefinition publishes a copy of the map with c in it; defsMu is held.
func (g *Gateway) putDefinition(c *compiledIntegration) {
	next := maps.Clone(*g.defs.Load())
	next[c.def.ID] = c
	g.defs.Store(&next)
}

// integration finds a compiled definition: a registered one, else the newest
// saved one.
func (g *Gateway) integration(ctx context.Context, op, id string) (*compiledIntegration, error) {
	if c, ok := (*g.defs.Load())[id]; ok {
		return c, nil
	}
	if checkSlug("id", id) != nil {
		return nil, g.unknownIntegration(op, id)
	}
	c, err := g.saved.get(ctx, id)
	if err == nil && c == nil {
		err = g.unknownIntegration(op, id)
	}
	return c, err
}

// known are all definitions that this process knows.
func (g *Gateway) known() map[string]*compiledIntegration {
	list := g.saved.all()
	maps.Copy(list, *g.defs.Load())
	return list
}

// Integration returns a registered definition, as it was given. One that is saved
// is read with [Gateway.SavedIntegration].
func (g *Gateway) Integration(id string) (Integration, error) {
	c, ok := (*g.defs.Load())[id]
	if !ok {
		return Integration{}, g.unknownIntegration("integration", id)
	}
	return c.definition(), nil
}

func definitionError(op, id string, err error) error {
	e := newError(KindConfig, op, err)
	e.Integration = id
	if pointer, ok := faultPointer(err); ok {
		e.Fields, e.placed = []FieldError{{Pointer: pointer, Keyword: "definition"}}, true
	}
	return e
}

// Breakers reads and steers the circuit breakers: one for each tenant,
// connection and host, and one for each whole host. See [resilience.Breakers] for
// State, History, List, Hosts, Force and Reset; a tenant reads its own with
// [Tenant.Circuits].
func (g *Gateway) Breakers() *resilience.Breakers { return g.breakers }
