package main

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/waygate-go/waygate"
)

// refused calls: the catalogue says where Stripe tells why.
func (s *story) refused(ctx context.Context) {
	s.title("Answers that say no")
	stale := s.account("stale", "sk_revoked_"+rand.Text())
	stale.Unverified = true // as if it had been revoked since
	_, err := s.acme.Connect(ctx, "stripe", stale)
	s.fail(err)
	for _, no := range []struct {
		action  string
		in      map[string]any
		on      string
		want    error
		message string // how it ends: what comes before isn't always the same
		seen    string
	}{
		{"stripe.create_payment_intent", map[string]any{"amount": "much", "currency": "chf"}, "main", waygate.ErrRejected,
			"object property 'amount' validation failed: value is not numeric",
			"POST /v1/payment_intents map[amount:much currency:chf] 400"},
		{"stripe.list_pineapples", nil, "main", waygate.ErrMissing,
			"Unrecognized request URL (GET: /v1/pineapples).", "GET /v1/pineapples - 404"},
		{"stripe.get_customer", map[string]any{"customer": "cus_1"}, "stale", waygate.ErrAuth,
			"Authorization was 'Bearer [redacted]'.", "GET /v1/customers/cus_1 - 401"},
	} {
		_, err := s.acme.Invoke(ctx, no.action, no.in, waygate.On(no.on))
		e := s.failure(err, no.want)
		s.seen(ctx, no.seen)
		s.check("the end of "+e.Message, strings.HasSuffix(e.Message, no.message), true)
		s.check("code", e.Code, "invalid_request_error")
		s.check("attempts", e.Attempts, 1)
		s.say("%d %s (%s): %s: %s", e.Status, e.Kind, e.Category(), e.Code, no.message)
	}
}

// idempotent: a key of the caller's becomes one that no other tenant can have.
func (s *story) idempotent(ctx context.Context) {
	s.title("An idempotency key")
	globex := s.gw.Tenant("globex")
	_, err := globex.Connect(ctx, "stripe", s.account("main", s.key))
	s.fail(err)
	s.seen(ctx, "GET /v1/balance map[] 200")
	var sent []string
	for _, tenant := range []*waygate.Tenant{s.acme, s.acme, globex} {
		res, err := tenant.Invoke(ctx, "stripe.create_customer", map[string]any{"name": "Ada"}, waygate.IdempotencyKey("order-6735"))
		if err != nil {
			s.fail(err)
			return
		}
		s.seen(ctx, "POST /v1/customers map[name:Ada] 200")
		sent = append(sent, res.Header.Get("Idempotency-Key")) // Stripe gives it back
	}
	s.check("a key was sent, and not the caller's", sent[0] != "" && sent[0] != "order-6735", true)
	s.check("the same key gives the same", sent[1] == sent[0], true)
	s.check("another tenant has another", sent[2] != sent[0], true)
	s.say("acme sends %.8s… twice, globex %.8s…", sent[0], sent[2])
}
