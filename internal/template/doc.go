// Package template puts named values into texts and URLs, so that a value can never become structure.
//
// A template holds references: {name} is a parameter, ${scope.name} a variable, its scope one of connection, call,
// tenant, var and env. {name|other} takes the first of its names that has a value and isn't empty. Each may have a
// default behind :-, as in {name|other:-text} and ${scope.name:-text}; a parameter's also stands in for an empty value,
// a variable's only for one that is absent. Literal braces are written {{ and }}, a literal ${ is $${.
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
// A template compiled by [CompileCalls] may also call functions: {base64(user, ':', password)}. Arguments are names, texts
// in single or double quotes (with \n, \t, \\, \' and \"), numbers and calls; texts that follow one another are joined.
// A call takes no default, and no ${scope.name}. There are five functions:
//
//   - base64(text, …) is RFC 4648, section 4, padded.
//   - sha256(text, …) is FIPS 180-4, and hmac('sha256', key, text, …) RFC 2104, also of sha1, sha384 and sha512. Both
//     stand as lower-case hexadecimal digits; base64 of one alone, and an hmac that has one as its key, take its bytes.
//   - now('unix') is the time in UTC; unix_ms, iso, iso_ms, iso_basic, http (RFC 9110, section 5.6.7), or a layout of
//     package time, stand in the place of unix.
//   - random(16) is that many random bytes, 1 to 64, in hexadecimal.
//
// Calls nest four deep and have 16 arguments at most. They are checked when the template is compiled. What one gives is
// escaped like any value. Time and randomness come from the [Env] of [Template.ExpandCalls], so that a test can say what
// they are. Functions are for the templates of signing schemes, whose values include secrets: a URL, path or header of an
// integration is compiled by [Compile] and [CompileURL], which refuse them, because those values don't, and what they
// become is recorded and shown.
//
// A value in a path stays one segment, a value in an authority stays labels of a host name, and what a value says is never
// expanded again: a tenant who controls a value controls nothing else. Faults are an [*Error], which never holds a value.
// [Template.ExpandValues] also takes a value that is escaped already, and checks it. [Escape] gives the same escaping
// without a template. A [Template] is immutable and safe for concurrent use.
package template
