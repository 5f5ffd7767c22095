package waygate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/validation"
)

// Config is what [New] makes a [Gateway] of. It is copied, defaulted and
// checked; only Store is required.
type Config struct {
	// Store keeps connections, credentials, definitions and records.
	Store Store
	// Keyring seals credentials. A durable store needs one; with a store that
	// lives in memory a key of this process is made.
	Keyring *secret.Keyring
	// Logger gets one line for each call (debug, or warn if it failed), for each
	// change of a circuit breaker or of a token, and for a [Gateway.Callback] that
	// failed. nil logs nothing.
	Logger *zap.Logger
	// Egress says where requests may go. The zero value allows public https
	// only.
	Egress egress.Policy
	// Transport wraps the guarded transport: for tracing, or a recorder. It sees
	// signed requests, so it sees secrets.
	Transport func(http.RoundTripper) http.RoundTripper
	// Observers are told of each call, in order.
	Observers []Observer
	// Kinds are written forms in addition to the built-in ones.
	Kinds Kinds
	// Resolve brings the host's own connections. It is asked for calls with
	// neither On nor Through; (nil, nil) means the stored ones.
	Resolve func(ctx context.Context, tenant, integration string) (Connection, error)
	// Engine validates against JSON Schemas; nil is validation.Kaptinlin{}.
	Engine validation.Engine
	// Records keeps call records apart from Store; nil is Store's own.
	Records RecordStore
	// RecordBodies keeps redacted requests and responses in the records.
	RecordBodies bool
	// MaxStale is how long calls go on with connections and saved definitions that
	// they know when the store is away: 60 s by default. After it they fail with
	// [ErrStore].
	MaxStale time.Duration
	// TokenLease is how long one process may be busy with the renewal of a token
	// before another takes over: 60 s by default, at least 1 s. A third of it is what
	// one request to a token endpoint may take.
	TokenLease time.Duration
	// Retention is how long Run keeps records; 0 keeps them for ever.
	Retention time.Duration
	// Env are the values of ${env.name} in definitions. They are treated as
	// secrets. The process's environment is never read.
	Env map[string]string
	// Retry is the policy where nothing else says one; nil is
	// resilience.Exponential{}.
	Retry resilience.Policy
	// RetryBudget bounds how many retries there may be in all, for each tenant and
	// host, and for each host: a tenth of the requests by default.
	RetryBudget resilience.BudgetSettings
	// Breaker are the settings where an integration has none. Breakers count
	// attempts, not calls.
	Breaker resilience.BreakerSettings
	// HostBreaker says when the circuit of a whole host opens, for all tenants.
	HostBreaker resilience.HostSettings
	// Limits bound each connection where an integration has none.
	Limits []resilience.Limit
	// Quota keeps rate limits for many processes together, and Circuits the forced
	// circuits, so that what an operator decides in one holds in all: a Shared of
	// resilience/redis is both. nil keeps them in each process.
	Quota    resilience.Quota
	Circuits resilience.SharedCircuits
	// Timeout bounds a whole call: 1 s to 300 s; 0 means the caller's ctx alone.
	Timeout time.Duration
	// AttemptTimeout bounds one HTTP exchange: 30 s by default, at most 300 s.
	AttemptTimeout time.Duration
	// Now and Rand are the clock and the source of jitter, in [0,1): for tests.
	Now  func() time.Time
	Rand func() float64

	// keepSecrets turns redaction off, so that a test can show that it is
	// redaction which removes what it looks for.
	keepSecrets bool
}

// Format prints which fields are set, not what they hold: Env is secret.
func (c Config) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "waygate.Config{Store: %T, Observers: %d, Env: %d values}", c.Store, len(c.Observers), len(c.Env))
}

// Kinds are decoders of written forms, by kind. They are added to the built-in
// ones; a kind that is built in can't be replaced.
type Kinds struct {
	Auth       auth.KindMap       // schemes
	Pagination pagination.KindMap // strategies
	Retry      resilience.KindMap // retry policies
	Actions    ActionKindMap      // actions
	// Encoders and Decoders write and read bodies that aren't built in: an
	// [HTTPAction] names them as its Body.Encoding and its Response, "xml".
	Encoders map[string]Encoder
	Decoders map[string]Decoder
	// AfterConnect are the functions that an [Integration] names as its AfterConnect.
	AfterConnect map[string]AfterConnect
	// BeforeSign and ParseToken are the functions that one names as those.
	BeforeSign map[string]BeforeSign
	ParseToken map[string]ParseToken
}

// ActionDecoder reads the written form of an action.
type ActionDecoder func(raw []byte, kinds Kinds) (Action, error)

// ActionKindMap holds decoders by kind.
type ActionKindMap map[string]ActionDecoder

// withDefaults is a checked copy of c.
func (c Config) withDefaults() (Config, error) {
	if c.Store == nil {
		return c, errorf(KindConfig, "new", "Config.Store is nil: use memory.New() of store/memory, or a Store of your own")
	}
	if c.Keyring == nil && c.Store.Durable() {
		return c, errorf(KindConfig, "new", "Config.Keyring is nil, but the store outlives this process: "+
			"give a keyring made by secret.NewKeyring, and keep its keys as safe as the store's backups")
	}
	if c.Keyring == nil {
		ring, err := processKeyring()
		if err != nil {
			return c, newError(KindConfig, "new", fmt.Errorf("Config.Keyring: %w", err))
		}
		c.Keyring = ring
	}
	c.Logger = cmp.Or(c.Logger, zap.NewNop())
	c.Observers = slices.Clone(c.Observers)
	c.Limits = slices.Clone(c.Limits)
	c.Env = maps.Clone(c.Env)
	if c.Engine == nil {
		c.Engine = validation.Kaptinlin{}
	}
	if c.Records == nil {
		c.Records = c.Store.Records()
	}
	if c.Retry == nil {
		c.Retry = resilience.Exponential{}
	}
	c.MaxStale = cmp.Or(c.MaxStale, time.Minute)
	c.TokenLease = cmp.Or(c.TokenLease, time.Minute)
	c.AttemptTimeout = cmp.Or(c.AttemptTimeout, 30*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	kinds, err := c.Kinds.withBuiltIn()
	if err != nil {
		return c, newError(KindConfig, "new", err)
	}
	c.Kinds = kinds
	return c, c.check()
}

func (c Config) check() error {
	type part struct {
		field string
		err   error
	}
	const longest = time.Duration(math.MaxInt64)
	parts := []part{
		{"Egress", c.Egress.Validate()},
		{"Retry", c.Retry.Validate()},
		{"RetryBudget", c.RetryBudget.Validate()},
		{"Breaker", c.Breaker.Validate()},
		{"HostBreaker", c.HostBreaker.Validate()},
		{"Timeout", checkTimeout(c.Timeout)},
		{"AttemptTimeout", between(c.AttemptTimeout, time.Nanosecond, maxTimeout, "30 s")},
		{"MaxStale", between(c.MaxStale, 0, longest, "60 s")},
		{"TokenLease", between(c.TokenLease, time.Second, longest, "60 s")},
		{"Retention", between(c.Retention, 0, longest, "records that are kept for ever")},
	}
	for i, l := range c.Limits {
		parts = append(parts, part{fmt.Sprintf("Limits[%d]", i), l.Validate()})
	}
	for i, o := range c.Observers {
		if o == nil {
			parts = append(parts, part{fmt.Sprintf("Observers[%d]", i), errors.New("is nil: leave it out")})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		parts = append(parts, part{"Env", checkVariableName(name)})
	}
	for _, p := range parts {
		if p.err != nil {
			return errorf(KindConfig, "new", "Config.%s: %w", p.field, p.err)
		}
	}
	return nil
}

// between checks a duration whose zero has been replaced by what zero says.
func between(d, least, most time.Duration, zero string) error {
	switch {
	case d < least:
		return fmt.Errorf("%s is less than %s: use 0 for %s", d, least, zero)
	case d > most:
		return fmt.Errorf("%s is more than %s", d, most)
	}
	return nil
}

func checkTimeout(d time.Duration) error {
	if d != 0 && (d < minTimeout || d > maxTimeout) {
		return fmt.Errorf("%s is not between %s and %s", d, minTimeout, maxTimeout)
	}
	return nil
}

// withBuiltIn adds the built-in kinds; one that is given and built in is an
// error.
func (k Kinds) withBuiltIn() (Kinds, error) {
	a, err := mergeKinds("Auth", auth.Kinds(), k.Auth)
	if err != nil {
		return k, err
	}
	p, err := mergeKinds("Pagination", pagination.Kinds(), k.Pagination)
	if err != nil {
		return k, err
	}
	r, err := mergeKinds("Retry", resilience.Kinds(), k.Retry)
	if err != nil {
		return k, err
	}
	acts, err := mergeKinds("Actions", ActionKindMap{HTTPAction{}.Kind(): decodeHTTPAction}, k.Actions)
	if err != nil {
		return k, err
	}
	enc, err := mergeKinds("Encoders", map[string]Encoder{}, k.Encoders)
	if err != nil {
		return k, err
	}
	dec, err := mergeKinds("Decoders", map[string]Decoder{}, k.Decoders)
	if err != nil {
		return k, err
	}
	out := Kinds{Auth: a, Pagination: p, Retry: r, Actions: acts, Encoders: enc, Decoders: dec}
	return out, out.addHooks(k)
}

func mergeKinds[M ~map[string]D, D any](field string, builtIn, given M) (M, error) {
	for kind, d := range given {
		if _, there := builtIn[kind]; there {
			return nil, fmt.Errorf("Config.Kinds.%s: %q is built in: use another kind", field, kind)
		}
		if reflect.ValueOf(d).IsNil() {
			return nil, fmt.Errorf("Config.Kinds.%s: the decoder of %q is nil: give one, or leave the kind out", field, kind)
		}
		builtIn[kind] = d
	}
	return builtIn, nil
}

// processKeyring has one key that dies with the process.
func processKeyring() (*secret.Keyring, error) {
	key, err := secret.GenerateKey("process")
	if err != nil {
		return nil, err
	}
	return secret.NewKeyring(context.Background(), secret.StaticKeys{key})
}
