// Package rawjson walks JSON text in place: it finds members and items without building anything from the rest.
//
// A document of many megabytes of which little is looked at is read that way in a fraction of the time and memory of a
// tree. The text has to be checked first, as a whole, by jsontree.Scan; what stands in it is then known to be
// well-formed, and every value that is given out is a piece of that text:
//
//	if _, err := jsontree.Scan(text, jsontree.Limits{}); err != nil {
//		return err
//	}
//	for _, m := range rawjson.Object(rawjson.Get(text, "paths")) {
//		fmt.Println(m.Name, rawjson.Offset(text, m.Value))
//	}
//
// Of text that wasn't checked the functions give something or nothing; they don't panic and they end.
package rawjson
