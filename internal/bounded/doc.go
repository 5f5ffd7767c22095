// Package bounded holds a map that never grows past a fixed number of entries.
//
// Whatever a tenant can name ends up as a key somewhere: connections, hosts, limits. A plain map of them grows with
// whoever makes up the most names. A [Map] keeps the entries used most recently and drops the others, so that its
// memory is set by whoever made it:
//
//	type key struct{ Tenant, Host string } // a struct: joined strings can collide
//
//	m := bounded.New[key, *circuit](10_000, nil)
//	c := m.GetOrCreate(key{"acme", "api.example.com"}, newCircuit)
//
// Being looked up ([Map.Get], [Map.GetOrCreate]) counts as use, being listed ([Map.Range], [Map.Len]) does not. No
// function given to a Map runs while its lock is held, so each of them may use the same Map again. (Those given to a
// Shared do run under its lock.)
//
// A [Shared] also knows whose an entry is, and lets one owner who makes up many names push out its own first.
//
// Dropping from a Map is by age of use alone. What must survive (a choice that an operator made, say) has to be kept elsewhere
// too.
package bounded
