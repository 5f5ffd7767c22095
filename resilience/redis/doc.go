// Package redis keeps rate limits and forced circuits of many processes in one Redis.
//
// A provider that grants a hundred requests a second grants them to all processes of a service together. A [Shared] is
// the [resilience.Quota] that counts them in one place, and the [resilience.SharedCircuits] through which a circuit that
// an operator forces in one process is forced in all. A gateway takes it for both:
//
//	client := goredis.NewClient(&goredis.Options{Addr: "redis:6379"})
//	shared, err := redis.New(client, redis.Options{Logger: logger})
//	if err != nil {
//		return err
//	}
//	gw, err := waygate.New(waygate.Config{Store: store, Quota: shared, Circuits: shared})
//
// Each limit is a token bucket on Redis's clock, taken from by one script for all limits of a key. A small part of each
// rate is held back ([Options.Margin]), because what leaves processes evenly doesn't arrive so.
//
// When Redis is away, each process goes on with its share: the limit divided by the number of processes that were there
// lately ([Shared.Processes]). That is logged and told ([Change]), and so is the end of it; Redis is asked again each
// second. Circuits stay as they were, and what Redis has forgotten when it comes back it is told again.
//
// Nothing is started: what has to be done beside a request (saying that this process is there, reading what is forced)
// is done by goroutines that last no longer than one question. Every script uses one key, so that a cluster works too.
package redis
