// Package storetest holds the suite that every [waygate.Store] passes before it is used.
//
// [Run] takes a function that makes a new, empty store, and what the store is said to be able to do. It runs one
// subtest for each clause of the contract, named for the part and the number of the clause:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) waygate.Store { return open(t) }, storetest.Capabilities{
//			Audit: true, Variables: true, Flows: true, Apps: true, Statistics: true, Watch: true, Wakes: true,
//		})
//	}
//
//	go test -race -run 'TestStore/ConnectionStore/2_'
//
// Nothing is skipped. A part that a store has but does not declare, or declares but does not have, fails the test
// "Capabilities"; the tests of a part that is not declared are not run.
//
// The suite uses only what the contract gives, with one exception: leases and intents end by the store's clock. A store
// with a clock that can be set gives [Capabilities].Advance, else those tests wait for some hundred milliseconds.
//
// To test a [waygate.RecordStore] that stands apart from the rest, put it into the store that newStore makes.
//
// Tests of concurrency draw from a seeded source; the seed is printed when one of them fails, and
// [Capabilities].Seed runs it again.
package storetest
