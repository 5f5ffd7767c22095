// Package waygatetest helps a host to test code that calls APIs through a
// gateway, and to test the actions and connections that it brings itself.
//
// [New] makes a gateway for one test: in memory, allowed to call loopback
// addresses, without jitter, shut down at the test's end. Its Calls are the
// records of what was called. [Stub] puts an answer in an action's place:
//
//	gw := waygatetest.New(t)
//	err := gw.Register(t.Context(), crm)
//	waygatetest.Stub(t, gw, "crm.get_person", map[string]any{"name": "Ann"})
//	waygatetest.Stub(t, gw, "crm.delete_person", waygate.ErrForbidden)
//
// A [Provider] stands for the API itself, and is scripted: answers in turn,
// delays, lost answers, broken connections; and tells what it was asked:
//
//	p := waygatetest.NewProvider(t)
//	p.On("GET /people/{id}", waygatetest.Status(503), waygatetest.JSON(200, ann))
//	gw := waygatetest.New(t, waygatetest.WithProvider(p))
//	…
//	if n := len(p.Requests("GET /people/{id}")); n != 2 { … }
//
// With [OverPipe] it needs no socket. Made within synctest.Test of
// testing/synctest, together with its gateway, a call that backs off for 30 s
// then takes no time at all.
//
// [TestAction] and [TestConnection] run the clauses of [waygate.Action] and
// [waygate.Connection] against an implementation, whether it is the library's or
// the host's.
package waygatetest
