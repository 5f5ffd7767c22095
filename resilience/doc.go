// Package resilience sends a request again where that is safe, and holds it back where it is not worth sending.
//
// It has three parts, each of use alone with any [http.RoundTripper]. A [Transport] is the attempt loop: it repeats by
// a [Policy] ([Exponential], [Never]), heeds Retry-After, has a credential refreshed after a 401, and never repeats an
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
// What many processes have in common stands behind two small interfaces, [Quota] and [SharedCircuits]; package
// resilience/redis is both.
//
// Whoever wires them puts breaker and limit into Next, so that they are asked for each attempt, and answers with an
// [AttemptError] where it knows that nothing was sent. Policies and settings have a written form in JSON, see [Decode].
package resilience
