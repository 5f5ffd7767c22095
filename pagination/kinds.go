package pagination

import "github.com/waygate-go/waygate/internal/written"

// maxStrategyBytes bounds a written strategy.
const maxStrategyBytes = 64 << 10

// Decoder reads the written form of one kind of strategy: raw is the whole JSON
// object, its "kind" member included. A decoder is strict: a member it doesn't
// know is an error that names it. kinds is for a strategy that holds another. A
// decoder keeps neither raw nor kinds.
type Decoder func(raw []byte, kinds KindMap) (Strategy, error)

// KindMap holds the decoders by kind.
type KindMap map[string]Decoder

// Kinds gives a new map of the built-in kinds: auto, cursor, graphql, link, none,
// offset and page_number. Add to it what a host brings.
func Kinds() KindMap {
	return KindMap{
		"auto":        decodeAs[Auto],
		"cursor":      decodeAs[Cursor],
		"graphql":     decodeAs[GraphQL],
		"link":        decodeAs[Link],
		"none":        decodeAs[None],
		"offset":      decodeAs[Offset],
		"page_number": decodeAs[PageNumber],
	}
}

// Decode reads a written strategy with the decoder that kinds has for its
// "kind"; nil kinds means [Kinds]. At most 64 KiB of text. It checks the form
// alone: ask Validate or [Prepare] whether the definition makes sense. An
// unknown kind is an *Error that names it and those that are known.
func Decode(raw []byte, kinds KindMap) (Strategy, error) {
	if kinds == nil {
		kinds = Kinds()
	}
	if len(raw) > maxStrategyBytes {
		return nil, &Error{Op: opDecode, Reason: "the strategy is longer than 64 KiB"}
	}
	s, err := written.Decode(raw, kinds, "strategy", "link")
	if e, ok := err.(*written.Error); ok {
		return nil, decodeError("", e)
	}
	return s, err
}

// decodeAs reads the kinds whose struct is their written form.
func decodeAs[S Strategy](raw []byte, _ KindMap) (Strategy, error) {
	var s S
	if err := written.Members(raw, &s); err != nil {
		return nil, decodeError(s.Kind(), written.Explain(err))
	}
	return s, nil
}

// decodeError puts the kind before what is wrong. The cause stays out: it quotes
// what the reader stumbled over, which may be a cursor.
func decodeError(kind string, e *written.Error) *Error {
	return &Error{Op: opDecode, Strategy: kind, Field: e.Field, Reason: e.Reason}
}
