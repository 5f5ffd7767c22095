package resilience

import (
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// DefaultRetryBudgets is how many keys [NewRetryBudgets] keeps where nothing else is set.
const DefaultRetryBudgets = 10_000

const (
	defaultRatio = 0.1
	defaultFloor = 10
	largestFloor = 10_000
	hostFloors   = 10 // floors of tenants that a host has
	budgetSlot   = 10 * time.Second
	slotsAMinute = int64(time.Minute / budgetSlot)
	oneRetry     = 1_000_000 // balances are in millionths: a tenth isn't exact in floating point
)

// BudgetSettings says how many retries there may be. The zero value is the default.
type BudgetSettings struct {
	// Ratio of retries to requests, above 0 and up to 1; 0 = 0.1.
	Ratio float64 `json:"ratio,omitzero"`
	// Floor is how many retries there may be in a minute in which there are too few requests for Ratio to mean anything,
	// and how many a host's first failures find: 1 to 10,000; 0 = 10.
	Floor int `json:"floor,omitzero"`
	// Disabled allows every retry.
	Disabled bool `json:"disabled,omitzero"`
}

// Validate returns an [*Error] for the first field that is out of its limits.
func (s BudgetSettings) Validate() error {
	switch {
	case !(s.Ratio >= 0 && s.Ratio <= 1): // the negation catches NaN
		return wrong("ratio", "must be above 0 and at most 1, or 0 for %v", defaultRatio)
	case s.Floor < 0 || s.Floor > largestFloor:
		return wrong("floor", "must be 1 to %d, or 0 for %d", largestFloor, defaultFloor)
	}
	return nil
}

// BudgetKey names whose retries of what are counted: those of a Tenant at a Host, or without Tenant of all at the Host.
type BudgetKey struct{ Tenant, Host string }

// RetryBudgets keep retries in proportion to requests, so that an outage isn't multiplied by them: each tenant has a
// budget for each host, and all tenants together have one for the host.
//
// A budget is a bucket of tokens. A request puts Ratio of a token in, a retry takes one out, and finds none when too many
// have. It begins with Floor tokens, and holds Floor or what the requests of ten seconds put in, whichever is more. Every
// ten seconds time adds what the requests fell short of a sixth of Floor by. So over any time in which there are at least
// Floor/Ratio requests a minute, retries are at most Ratio of the requests, and Floor. The Floor of a host is ten times
// that of a tenant.
//
// A bounded number of budgets is kept; when they are too many, the one used least recently of the tenant who has the most
// is forgotten, and begins afresh if it comes back. It is safe for concurrent use.
type RetryBudgets struct {
	settings BudgetSettings
	tenants  *bounded.Shared[BudgetKey, *retryBudget]
	hosts    *bounded.Shared[string, *retryBudget]
}

// NewRetryBudgets makes a set of budgets for at most max keys, and as many hosts; less than 1 means [DefaultRetryBudgets].
// What Validate would refuse counts as 0.
func NewRetryBudgets(max int, s BudgetSettings) *RetryBudgets {
	if max < 1 {
		max = DefaultRetryBudgets
	}
	if !(s.Ratio > 0 && s.Ratio <= 1) {
		s.Ratio = defaultRatio
	}
	if s.Floor <= 0 || s.Floor > largestFloor {
		s.Floor = defaultFloor
	}
	return &RetryBudgets{
		settings: s,
		tenants:  bounded.NewShared[BudgetKey, *retryBudget](max, nil),
		hosts:    bounded.NewShared[string, *retryBudget](max, nil),
	}
}

// Request counts a request, which may need retries; not the retries themselves.
func (b *RetryBudgets) Request(key BudgetKey) {
	if b.settings.Disabled {
		return
	}
	now := time.Now()
	b.tenant(key).deposit(now)
	b.host(key).deposit(now)
}

// Retry takes a retry from the budgets of a tenant and of a host. False means that there is none left in one of them:
// then nothing was taken.
func (b *RetryBudgets) Retry(key BudgetKey) bool {
	if b.settings.Disabled {
		return true
	}
	now := time.Now()
	tenant := b.tenant(key)
	if !tenant.withdraw(now) {
		return false
	}
	if !b.host(key).withdraw(now) {
		tenant.giveBack()
		return false
	}
	return true
}

func (b *RetryBudgets) tenant(key BudgetKey) *retryBudget {
	t, _ := b.tenants.GetOrCreate(key.Tenant, key, func() *retryBudget { return newRetryBudget(b.settings, 1) })
	return t
}

func (b *RetryBudgets) host(key BudgetKey) *retryBudget {
	h, _ := b.hosts.GetOrCreate(key.Tenant, key.Host, func() *retryBudget { return newRetryBudget(b.settings, hostFloors) })
	return h
}

// retryBudget is one bucket. Amounts are in millionths of a retry.
type retryBudget struct {
	perRequest, floor int64

	mu      sync.Mutex // guards what follows
	balance int64
	slot    time.Time // when the present ten seconds began
	earned  int64     // by the requests in it
	before  int64     // by those in the one before
}

func newRetryBudget(s BudgetSettings, floors int64) *retryBudget {
	floor := int64(s.Floor) * floors * oneRetry
	return &retryBudget{perRequest: max(int64(s.Ratio*oneRetry), 1), floor: floor, balance: floor, slot: time.Now()}
}

func (b *retryBudget) deposit(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(now)
	b.earned += b.perRequest
	b.add(b.perRequest)
}

func (b *retryBudget) withdraw(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(now)
	if b.balance < oneRetry {
		return false
	}
	b.balance -= oneRetry
	return true
}

func (b *retryBudget) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.balance += oneRetry
}

// add puts tokens in, as far as they find room. Needs b.mu.
func (b *retryBudget) add(n int64) {
	b.balance = min(b.balance+n, max(b.floor, b.earned, b.before))
}

// roll begins new slots as time passes, and adds what the ended ones fell short by. Needs b.mu.
func (b *retryBudget) roll(now time.Time) {
	ended := int64(now.Sub(b.slot) / budgetSlot)
	if ended < 1 {
		return
	}
	perSlot := (b.floor + slotsAMinute - 1) / slotsAMinute
	grant := max(perSlot-b.earned, 0) + min(ended-1, slotsAMinute)*perSlot
	b.slot = b.slot.Add(time.Duration(ended) * budgetSlot)
	b.before, b.earned = b.earned, 0
	if ended > 1 {
		b.before = 0
	}
	b.add(grant)
}
