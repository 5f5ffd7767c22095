// Command bench makes the same HTTP exchange by several Go clients, side by side, and says what each one costs.
//
//	GOWORK=off go run . [-rounds 40] [-only get1k] [-seed 1] [-docs ../../docs]
//
// The clients are net/http with encoding/json, go-retryablehttp within gobreaker, failsafe-go's http package, resty v3 and
// Waygate; the provider is this program once more, in a process of its own, over loopback. All clients have the same
// settings of the transport, the same timeout and attempts, and retries, breaker and rate limiter as far as they have
// them. Waygate goes its whole way: [prove] shows that nothing of it is off, and each call has to leave a record.
//
// A round is one batch of calls by each client, in an order drawn anew; -seed draws the same ones again. A figure is the
// median of the rounds' ratios, with an interval: see package ratio. It is printed as
//
//	ratio get1k.waygate/nethttp VALUE LOW HIGH
//
// Allocations are counted in this process, where the provider isn't. The figures are compared with the targets of
// targets.go; the program fails if one isn't met and its gap isn't known there, with its cause. -docs writes tables and
// drawings into benchmarks.md of that directory.
package main
