// Package written reads and writes definitions as JSON: objects with a member "kind" that says how the others are read.
//
// It is strict. Names are compared exactly; a member that isn't known or stands twice is refused. A room keeps its map of
// decoders by kind, and its own type of error:
//
//	func Decode(raw []byte, kinds KindMap) (Scheme, error) {
//		s, err := written.Decode(raw, kinds, "scheme", "bearer")
//		if e, ok := err.(*written.Error); ok { // what a decoder says stays as it is
//			return nil, ourError(e)
//		}
//		return s, err
//	}
//
// A decoder reads the other members with [Members], and [Marshal] writes all of them. What these two, [Kind] and
// [Strict] stumble over comes back as the JSON reader's error; [Explain] says it in our words, for a room that has none
// of its own.
//
// Nothing here bounds the length or the depth of a text: that is for whoever takes it from outside.
package written
