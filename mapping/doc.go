// Package mapping gives the parts of a JSON document other names, places, forms and values: compile once, apply many
// times.
//
// A [Mapping] is data, with a strict written form; [Compile] checks it and [Program.Apply] maps parsed trees, from any
// goroutine, without changing what it is given. [Program.Preview] tells of each field what it did:
//
//	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
//		{From: "items[*].login", To: "people[*].name", Trim: true},
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
// source read by several fields goes if one of them renames it. An object or list that a rename leaves empty stays.
//
// # Lists
//
// [*] stands for each item of a list; nothing else has items, so that where an object stands the source is absent. Each
// [*] of the target stands for one of the source, the outermost first: $.items[*].a to $.people[*].b takes the first
// item's a to the first person's b. The target list is as long as the source list: an item that nothing is written to is
// {}, or null where the items themselves are written (a[*].x to ids[*]). An item that was moved away whole is gone from
// its list. A [*] of the source that the target has none for gathers: a[*].id to ids is the list of all ids that are
// there. A constant whose target has [*] goes into each item that is there in the end. Of such values [Field] picks one,
// and makes other words, types and forms of them: [Pick], [Case], [Enum], [Type], [Date].
//
// # Absent, null and zero
//
// 0, false and "" are values like others, and so is null unless the field has a Default. A source is absent where its
// path leads through anything but objects, and at [*] lists. The parents of a target are made where they are absent or
// null, and so is the document: a null document becomes one if something is to be written, and stays null otherwise.
//
// # Failures
//
// A field fails if a required source is absent, if its value can't be given the form asked for, if its target would lie
// in a value that can't hold it and stays there, if it would overwrite or change the source of a field that failed, or if
// it goes through too many items ([MaxItems]). With [*] this is decided place by place: the items that can be mapped are.
// A document that is no list, for a path that begins with [*], or no object, for any other, fails the field. What becomes
// of a failure is the [Mode]: a [Note] for each field, its sources left as they were, or an [*Error] for the whole.
//
// # Inheritance
//
// An [Override] replaces, adds and suppresses fields of a mapping by their ID; [CompileOver] compiles the two.
package mapping
