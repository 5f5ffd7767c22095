package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/validation"
)

// prove shows of a gateway that is made as the measured ones that nothing of a call's way is off: what fails once is
// asked for again, a circuit opens, a limit holds a call back, and a wrong order and a wrong answer are refused.
func prove(ctx context.Context, c *child) error {
	g, err := newGateway(ctx, c.url, validation.Kaptinlin{}, ratePerConn)
	if err != nil {
		return err
	}
	key := fmt.Sprint("proof-", time.Now().UnixNano())
	err = errors.Join(proveRetry(ctx, c, g.peer(nameWaygate), key), proveBreaker(ctx, c, g.peer(nameWaygate), key), proveValidation(ctx, g))
	return errors.Join(err, g.stop(), proveLimit(ctx, c))
}

// proveRetry holds of any peer with retries.
func proveRetry(ctx context.Context, c *child, p *peer, key string) error {
	list, err := p.flaky(ctx, key)
	if err := wanted(len(list), len(contacts(1<<10)), err); err != nil {
		return fmt.Errorf("%s: what fails once: %w", p.name, err)
	}
	return asked(ctx, c, p, "GET /flaky/"+key, 2)
}

// proveBreaker holds of any peer with a breaker: after some failures nothing is sent any more.
func proveBreaker(ctx context.Context, c *child, p *peer, key string) error {
	before := -1
	for range openAfter + 1 {
		if err := p.down(ctx, key); err == nil {
			return fmt.Errorf("%s: a provider that is down gave no error", p.name)
		}
		counts, err := c.counts(ctx)
		if err != nil {
			return err
		}
		if counts["POST /down/"+key] == before {
			return nil
		}
		before = counts["POST /down/"+key]
	}
	return fmt.Errorf("%s: the circuit is still closed after %d requests that failed", p.name, before)
}

// asked fails unless the provider was asked so often.
func asked(ctx context.Context, c *child, p *peer, what string, times int) error {
	counts, err := c.counts(ctx)
	if err == nil && counts[what] != times {
		err = fmt.Errorf("%s: %s was asked %d times, want %d", p.name, what, counts[what], times)
	}
	return err
}

// proveLimit has a gateway whose connections may make one call a second: the second one would have to wait past its
// deadline.
func proveLimit(ctx context.Context, c *child) error {
	g, err := newGateway(ctx, c.url, validation.Kaptinlin{}, 1)
	if err != nil {
		return err
	}
	p := g.peer(nameWaygate)
	_, first := p.get(ctx, 0)
	soon, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, second := p.get(soon, 0)
	if first != nil || !errors.Is(second, waygate.ErrRateLimited) {
		err = fmt.Errorf("a limit of one call a second: the first gave %v, the second %v", first, second)
	}
	return errors.Join(err, g.stop())
}

// proveValidation sends an order that isn't one, and one that is answered with contacts.
func proveValidation(ctx context.Context, g *gateway) error {
	if _, err := invoke[summary](ctx, g, 1, "crm.orders1k", map[string]any{"number": "none"}); !errors.Is(err, waygate.ErrInvalidInput) {
		return fmt.Errorf("an order that doesn't match its schema gave %v", err)
	}
	if _, err := invoke[any](ctx, g, 1, "crm.misfit", orderTree("order1k.json")); !errors.Is(err, waygate.ErrInvalidResponse) {
		return fmt.Errorf("an answer that doesn't match its schema gave %v", err)
	}
	return nil
}
