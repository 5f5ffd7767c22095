// Package archtest keeps the rules of the house: who may import whom, and what no package may hold.
//
// [Check] reads the core's module and every module nested in it and gives one [Finding] for each place that breaks a
// [Rule]. It reads source, so code that doesn't compile yet is judged as far as it parses, and files of other
// platforms are judged too.
//
// The rooms are the directories below the core's root. Leaves (auth, pagination, mapping, validation, resilience,
// egress, secret) import neither the root nor one another; secret, egress and internal/* may be imported by all of
// them. Packages below internal import no other room. The root imports leaves and internal packages; every other room
// is an adapter, which imports the root and not the other way round.
//
// Modules that are never tagged (examples, tools and those below internal) stand outside: only their package comments
// are looked at.
//
// What a rule must let pass is named, with its reason, in [Allowed]. An entry that nothing needs any more is a finding
// of its own, so the list can only be as long as it has to be.
//
//	findings, err := archtest.Check(ctx, "../..", archtest.Allowed())
package archtest
