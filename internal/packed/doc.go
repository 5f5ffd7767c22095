// Package packed keeps JSON Schemas as texts in little memory: what they have in common is kept once.
//
// The schemas of one API are largely the same. Each holds what it refers to under $defs, so that each error answer stands
// in all of them, and most records in several. A [Pool] takes texts apart at the members of $defs, keeps each part once,
// and gives back the very bytes:
//
//	var pool packed.Pool
//	list := pool.Add([]byte(`{"items":{"$ref":"#/$defs/pet"},"$defs":{"pet":{"type":"object"}}}`))
//	one := pool.Add([]byte(`{"$ref":"#/$defs/pet","$defs":{"pet":{"type":"object"}}}`))
//	pool.Close()
//	fmt.Printf("%s\n%s\n", list.Bytes(), one.Bytes())
//
// Any bytes can be kept; those that aren't an object with $defs are one part.
package packed
