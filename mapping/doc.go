// Package mapping gives the members of a JSON object other names, places and values: compile once, apply many times.
//
// A [Mapping] is data, with a strict written form; [Compile] checks it and [Program.Apply] maps parsed trees, from any
// goroutine, without changing what it is given:
//
//	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
//		{From: "user.login", To: "author"},
//		{From: "state", To: "status", Default: json.RawMessage(`"open"`)},
//		{To: "source", Const: json.RawMessage(`"github"`)},
//	}})
//	if err != nil {
//		return err // *mapping.Error: fields[1].from: …
//	}
//	out, notes, err := p.Apply(tree)
//
// # All at once
//
// The fields don't see each other's work. First every value is read from the document as given; then the sources of the
// renamed fields are removed; then the targets are written. So two fields can swap their members, a member can move into
// itself (a to a.b), and a member of one that moves (a to x, a.b to y) is found, and stays in the moved value too. A
// source read by several fields goes if one of them renames it. An object that a rename leaves empty stays, as {}.
//
// # Absent, null and zero
//
// 0, false and "" are values like others, and so is null unless the field has a Default. A source is absent where its
// path leads through anything but objects. The parents of a target are made where they are absent or null, and so is
// the document: a null document becomes an object if something is to be written, and stays null otherwise.
//
// # Failures
//
// A field fails if a required source is absent, if its target would lie in a string, number, boolean or array that
// stays there, or if it would overwrite or change the source of a field that failed. A document that is none of object
// and null fails every field: fields name the members of one object, and don't reach into the items of arrays. What
// becomes of a failure is the [Mode]: a [Note] for each, or an [*Error] for the whole.
package mapping
