// Package validationtest holds the suite that every validation engine passes:
// [Engine] runs the clauses of the contract at [validation.Engine] and
// [validation.Schema], one subtest each.
//
//	func TestEngine(t *testing.T) { validationtest.Engine(t, MyEngine{}) }
//
// Run it with -race. It knows nothing about any engine, so that one which
// passes can take the place of another.
package validationtest
