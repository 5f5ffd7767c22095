// Package template puts named values into texts and URLs, so that a value can never become structure.
//
// A template holds references: {name} is a parameter, ${scope.name} a variable, its scope one of connection, call, tenant
// and env. {name|other} takes the first of its names that has a value and isn't empty. Each may have a default behind :-,
// as in {name|other:-text} and ${scope.name:-text}; a parameter's also stands in for an empty value, a variable's only for
// one that is absent. Literal braces are written {{ and }}, a literal ${ is $${.
//
// [Compile] reads a template for one [Place], the kind of text it makes part of, and refuses what could never be right
// there; [CompileURL] reads one of an absolute URL, whose authority and path have their own rules. [Template.Refs] says
// what is needed, [Template.Expand] asks for it and escapes each value for its place:
//
//	t, err := template.CompileURL("https://{shop}.example.com/repos/{owner}")
//	if err != nil {
//		return err
//	}
//	u, err := t.Expand(func(r template.Ref) (string, bool) {
//		v, ok := params[r.Name]
//		return v, ok
//	})
//
// A value in a path stays one segment, a value in an authority stays labels of a host name, and what a value says is never
// expanded again: a tenant who controls a value controls nothing else. Faults are an [*Error], which never holds a value.
// [Template.ExpandValues] also takes a value that is escaped already, and checks it. [Escape] gives the same escaping
// without a template. A [Template] is immutable and safe for concurrent use.
package template
