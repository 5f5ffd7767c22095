// Package resilience sends a request again where that is safe, and holds it back where it is not worth sending.
//
// Its parts are of use alone with any [http.RoundTripper]. A [Transport] is the attempt loop: it repeats by
// a [Policy] ([Exponential], [Linear], [Schedule], [Until], [Never]), heeds Retry-After, has a credential refreshed after a 401, and never repeats an
// effect that the caller did not allow.
//
//	client := &http.Client{Transport: &resilience.Transport{
//		Next:   http.DefaultTransport,
//		Policy: resilience.Exponential{MaxAttempts: 5, Base: 200 * time.Millisecond},
//	}}
//
// [Breakers] are circuit breakers, one for each tenant, connection and host, and above them one for each whole host: they
// refuse at once what would fail anyway.
//
//	done, err := breakers.Allow(key, resilience.BreakerSettings{})
//	if err != nil {
//		return err // *resilience.OpenError
//	}
//	outcome := resilience.Failure // what a panic leaves
//	defer func() { done(outcome) }()
//
// [Limiters] keep the rates that a provider grants, several at once, and let tenants who share one take turns; [Slots]
// keep how many requests are under way to a host:
//
//	err := limiters.Wait(ctx, key, []resilience.Limit{{Rate: 10}, {Rate: 5000, Per: time.Hour}}, 0)
//
// What a provider says of itself is declared: a [Wait] is a place where it states how long to wait, a [Remaining] one where
// it says what is left of a quota, an [Answer] tells what an answer means that its status doesn't. A [Reader] is made of
// them, for [Transport.Read]:
//
//	reader, err := resilience.NewReader(
//		[]resilience.Wait{{Header: "X-RateLimit-Reset", Form: resilience.FormEpoch}}, nil,
//		[]resilience.Answer{{Status: []int{403}, Header: "X-RateLimit-Reset", Means: resilience.RateLimited}})
//
// [Throttles] remember which quotas are used up, so that nothing is sent which would be refused; [RetryBudgets] keep retries
// in proportion to requests, so that an outage isn't multiplied.
//
// What many processes have in common stands behind two small interfaces, [Quota] and [SharedCircuits]; package
// resilience/redis is both.
//
// Whoever wires them puts breaker and limit into Next, so that they are asked for each attempt, and answers with an
// [AttemptError] where it knows that nothing was sent. Policies and settings have a written form in JSON, see [Decode].
package resilience
