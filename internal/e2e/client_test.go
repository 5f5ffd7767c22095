package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/waygatetest"
)

// client changes connections of a tenant of its own, calls over them, and remembers what it was told.
type client struct {
	tally

	t      *testing.T
	tenant *waygate.Tenant
	links  []*link
	calls  map[string]int // the ids of calls that ended, and how often
	n      int
}

// tally counts what happened.
type tally struct {
	Acknowledged int // changes that returned no error
	Failed       int // changes that failed, and may have been made or not
	Calls        int // calls that ended, well or not
	FailedCalls  int
}

func (a *tally) add(b tally) {
	a.Acknowledged += b.Acknowledged
	a.Failed += b.Failed
	a.Calls += b.Calls
	a.FailedCalls += b.FailedCalls
}

// link is a connection as the client knows it. Its values are those that may stand in the store: the last one that was
// acknowledged, and all that were tried since, whose fate is unknown.
type link struct {
	slug   string
	unsure bool // whether it is there at all
	tokens []string
	notes  []string
}

func newClient(t *testing.T, gw *waygatetest.Gateway, tenant string) *client {
	return &client{t: t, tenant: gw.Tenant(tenant), calls: map[string]int{}}
}

// work goes on until ctx ends; what is under way then is finished.
func (c *client) work(ctx context.Context) {
	for ; ctx.Err() == nil; c.n++ {
		step, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		c.step(step)
		cancel()
	}
}

func (c *client) step(ctx context.Context) {
	if len(c.links) == 0 || c.n%20 == 0 {
		c.connect(ctx)
		return
	}
	l := c.links[c.n%len(c.links)]
	if l.unsure {
		return
	}
	switch c.n % 5 {
	case 0, 1:
		token := c.token(l.slug)
		_, err := c.tenant.SetCredential(ctx, "api", l.slug, auth.Token(token))
		l.tokens = c.outcome("SetCredential", err, l.tokens, token)
	case 2:
		note := fmt.Sprint("note ", c.n)
		_, err := c.tenant.Update(ctx, "api", l.slug, waygate.ConnectionUpdate{Metadata: map[string]string{"note": note}})
		l.notes = c.outcome("Update", err, l.notes, note)
	default:
		c.call(ctx, l)
	}
}

func (c *client) token(slug string) string {
	return fmt.Sprintf("token-%s-%s-%06d", c.tenant.ID(), slug, c.n)
}

func (c *client) connect(ctx context.Context) {
	l := &link{slug: fmt.Sprintf("s%d", c.n), notes: []string{""}}
	token := c.token(l.slug)
	_, err := c.tenant.Connect(ctx, "api", waygate.ConnectionSpec{Slug: l.slug, Credential: auth.Token(token)})
	l.tokens, l.unsure = c.outcome("Connect", err, nil, token), err != nil
	c.links = append(c.links, l)
}

// outcome gives the values that may be stored after a change to value.
func (c *client) outcome(op string, err error, before []string, value string) []string {
	if err == nil {
		c.Acknowledged++
		return []string{value}
	}
	c.Failed++
	c.storeFailed(op, err)
	return append(before, value)
}

// storeFailed wants an error to be the store's, and waits a moment, as a caller would.
func (c *client) storeFailed(op string, err error) {
	if !errors.Is(err, waygate.ErrStore) {
		c.t.Errorf("%s of %s: %v, want ErrStore", op, c.tenant.ID(), err)
	}
	time.Sleep(20 * time.Millisecond)
}

// call calls over a connection and looks at what it was signed with.
func (c *client) call(ctx context.Context, l *link) {
	c.Calls++
	result, err := c.tenant.Invoke(ctx, "api.whoami", nil, waygate.On(l.slug))
	if failed, ok := errors.AsType[*waygate.Error](err); ok {
		c.FailedCalls++
		c.calls[failed.CallID]++
		c.storeFailed("Invoke", err)
		return
	}
	c.calls[result.Meta.CallID]++
	c.signedWith(result, l)
}

// signedWith wants the token of a call to be one that may be stored. From then on it is the only one: what failed before
// a later answer was read can't come to be any more.
func (c *client) signedWith(result *waygate.Result, l *link) {
	answer, err := waygate.Decode[map[string]string](result)
	if err != nil {
		c.t.Error(err)
		return
	}
	for _, token := range l.tokens {
		if answer["authorization"] == "Bearer "+token {
			l.tokens = []string{token}
			return
		}
	}
	c.t.Errorf("%s/%s: signed with %q, want one of %q", c.tenant.ID(), l.slug, answer["authorization"], l.tokens)
}

// verify reads all that the client did through another gateway.
func (c *client) verify(gw *waygatetest.Gateway) {
	c.t.Helper()
	ctx := c.t.Context()
	c.tenant = gw.Tenant(c.tenant.ID())
	c.verifyRecords(ctx)
	c.verifyAudit(ctx)
	c.verifyPrimary(ctx)
	for _, l := range c.links {
		info, err := c.tenant.Connection(ctx, "api", l.slug)
		if l.unsure && errors.Is(err, waygate.ErrUnresolved) {
			continue
		}
		if err != nil {
			c.t.Errorf("%s/%s: %v", c.tenant.ID(), l.slug, err)
			continue
		}
		if note := info.Metadata["note"]; !slices.Contains(l.notes, note) {
			c.t.Errorf("%s/%s: note %q, want one of %q", c.tenant.ID(), l.slug, note, l.notes)
		}
		result, err := c.tenant.Invoke(ctx, "api.whoami", nil, waygate.On(l.slug))
		must(c.t, err)
		c.signedWith(result, l)
	}
}

// verifyRecords wants one record for each call, and statistics that count each once.
func (c *client) verifyRecords(ctx context.Context) {
	records := map[string]int{}
	for q := (waygate.RecordQuery{Limit: 100}); ; {
		page, err := c.tenant.Records(ctx, q)
		must(c.t, err)
		for _, r := range page.Records {
			records[r.ID]++
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			break
		}
	}
	missing, unknown, repeated := 0, 0, 0
	for id := range c.calls {
		if records[id] == 0 {
			missing++
		}
	}
	for id, n := range records {
		if c.calls[id] == 0 {
			unknown++
		}
		if n > 1 {
			repeated++
		}
	}
	if len(c.calls) != c.Calls || missing+unknown+repeated > 0 {
		c.t.Errorf("%s: %d calls with %d ids, %d records: %d missing, %d of no call, %d more than once",
			c.tenant.ID(), c.Calls, len(c.calls), len(records), missing, unknown, repeated)
	}
	sum, err := c.tenant.Statistics(ctx, waygate.StatisticsQuery{})
	must(c.t, err)
	if sum.Calls != c.Calls || sum.Succeeded != c.Calls-c.FailedCalls {
		c.t.Errorf("%s: statistics of %d calls, %d succeeded, want %d and %d",
			c.tenant.ID(), sum.Calls, sum.Succeeded, c.Calls, c.Calls-c.FailedCalls)
	}
}

// verifyAudit wants an entry for each change that was acknowledged, and none for a change that can't have been made.
func (c *client) verifyAudit(ctx context.Context) {
	entries := 0
	for q := (waygate.AuditQuery{Limit: 100}); ; {
		page, err := c.tenant.Audit(ctx, q)
		must(c.t, err)
		entries += len(page.Entries)
		if q.Cursor = page.Cursor; q.Cursor == "" {
			break
		}
	}
	if entries < c.Acknowledged || entries > c.Acknowledged+c.Failed {
		c.t.Errorf("%s: %d audit entries, want %d to %d", c.tenant.ID(), entries, c.Acknowledged, c.Acknowledged+c.Failed)
	}
}

// verifyPrimary wants one primary connection.
func (c *client) verifyPrimary(ctx context.Context) {
	primary := 0
	for q := (waygate.ConnectionQuery{Limit: 100}); ; {
		page, err := c.tenant.Connections(ctx, q)
		must(c.t, err)
		for _, info := range page.Connections {
			if info.Primary {
				primary++
			}
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			break
		}
	}
	if primary != 1 {
		c.t.Errorf("%s: %d primary connections", c.tenant.ID(), primary)
	}
}
