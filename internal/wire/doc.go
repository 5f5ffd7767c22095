// Package wire writes the values of an input as a provider wants to read them: a parameter in a path, a query, a
// header or a cookie, and the members of a form.
//
// A [Param] says where a value goes and in which [Style]; the method named after the place writes it:
//
//	no := false
//	p := wire.Param{In: wire.InQuery, Name: "color", Style: wire.Form, Explode: &no}
//	if err := p.Validate(); err != nil { // once, when a definition is read
//		return err
//	}
//	pairs, err := p.Query([]any{"blue", "black, brown"}) // color=blue,black%2C%20brown
//	if err != nil {
//		return err // *wire.Error, with the place in the value
//	}
//
// [AppendForm] writes an application/x-www-form-urlencoded body, [FormOptions] says how what is nested is named in
// it. Values are trees as package jsontree makes them; they are read, never changed. What was written goes out as
// it is: it is percent-escaped for its place already.
//
// # Styles
//
// The styles are those of OpenAPI 3.0 to 3.2 (section "Style Examples"; where the versions differ, the later),
// which takes the first four from RFC 6570; Brackets and Indices are what many providers do without a standard.
// With the name n, the array [a, b] and the object {"k": a, "l": b}:
//
//	style           explode  array             object           places
//	Simple          false    a,b               k,a,l,b          path, header
//	                true     a,b               k=a,l=b
//	Label           false    .a,b              .k,a,l,b         path
//	                true     .a.b              .k=a.l=b
//	Matrix          false    ;n=a,b            ;n=k,a,l,b       path
//	                true     ;n=a;n=b          ;k=a;l=b
//	Form            false    n=a,b             n=k,a,l,b        query, cookie
//	                true     n=a&n=b           k=a&l=b
//	SpaceDelimited  false    n=a%20b           n=k%20a%20l%20b  query; Swagger 2 has it in path and header too,
//	                true     n=a&n=b           k=a&l=b          without the name (ssv)
//	PipeDelimited            as SpaceDelimited with %7C, a raw | in a header (pipes)
//	TabDelimited             as SpaceDelimited with %09, not in a header (tsv)
//	DeepObject               refused           n[k]=a&n[l]=b    query
//	Brackets                 n[]=a&n[]=b       n[k]=a&n[l]=b    query
//	Indices                  n[0]=a&n[1]=b     n[k]=a&n[l]=b    query
//	JSON                     ["a","b"]         {"k":"a","l":"b"}  everywhere
//
// Swagger 2's csv is Simple, or Form without explode in a query; its multi is Form. Members are in the order of the
// bytes of their keys. The brackets and pipes above are escaped in the query, as OpenAPI 3.1.1 and 3.2 show them
// and RFC 3986 demands: n%5Bk%5D=a. OpenAPI leaves an exploded SpaceDelimited or PipeDelimited and a scalar in them
// undefined; they are written as Form would.
//
// DeepObject, Brackets and Indices nest: n[k][l]=a. An array inside a DeepObject repeats its name (n[k]=a&n[k]=b). One
// of objects or arrays is counted from 0, with DeepObject and Brackets as with Indices: n[k][0][l]=a, as Rack, PHP and
// qs read it. OpenAPI says nothing of either. In the other styles an object or array inside another is an [Error] with
// its place: it has no form. Nor has a scalar in a DeepObject.
//
// # What is empty
//
// 0, false and "" are values and are sent. A null inside an array or object is left out, and so is, where they
// nest, an empty array or object. [Param.Undefined] tells what follows as "nothing":
//
//	value                  path                          query, cookie  header
//	null                   refused                       no pair        "" (nothing)
//	[], {}, [null]         refused                       no pair        "" (nothing)
//	""                     ;n in Matrix, else refused    n=             ""
//	[""]                   ;n in Matrix, else refused    n=, n[]=       ""
//	JSON: null             refused                       no pair        "" (nothing)
//	JSON: [], {}, ""       [], {}, ""                    n=%5B%5D ...   [], {}, ""
//
// # What is escaped
//
// In path and query all bytes but RFC 3986's unreserved ones are percent-escaped, one by one, UTF-8 or not; in
// cookies all but RFC 6265's cookie-octets; in forms as the URL standard says. Nothing is escaped in a header,
// where control characters are refused. AllowReserved and AllowSlash widen what stays.
//
// Delimiters are part of a value only where the reader can tell: a comma in an item is %2C beside the raw comma
// between items. Where it can't (a space in SpaceDelimited, a comma in an array of a header or a cookie, a bracket in
// a nested key), the value is refused instead of sent as another one. Two exceptions are RFC 6570's: a dot in a Label,
// and a comma with AllowReserved, which also leaves the semicolon that some servers take for the end of a pair.
//
// An exploded Form object, and a form, take names of pairs from the value's keys: declare the keys that may come,
// if the value is not to name other parameters.
package wire
