package auth

import "github.com/waygate-go/waygate/internal/written"

// The limits of a written scheme. All, Any and those with a Use nest, two levels of
// JSON for one of their own at most; a Login has the body of a request in it.
const (
	maxSchemeBytes = 64 << 10
	maxNesting     = 4
	maxJSONDepth   = 2*maxNesting + 16
)

// Decoder reads the written form of one kind of scheme: raw is the whole JSON
// object, its "kind" member included. A decoder is strict: a member it doesn't
// know is an error that names it. kinds is what nested schemes are decoded with.
// A decoder keeps neither raw nor kinds.
type Decoder func(raw []byte, kinds KindMap) (Scheme, error)

// KindMap holds the decoders by kind.
type KindMap map[string]Decoder

// Kinds gives a new map of the built-in kinds: all, any, basic, bearer,
// client_certificate, github_app, headers, jwt, key, login, none, oauth1, oauth2 and
// signature. Add to it what a host brings.
func Kinds() KindMap {
	return KindMap{
		"all":           decodeAll,
		"any":           decodeAny,
		"basic":         decodeAs[Basic],
		"bearer":        decodeAs[Bearer],
		kindCertificate: decodeAs[ClientCertificate],
		kindGitHubApp:   decodeGitHubApp,
		"headers":       decodeAs[Headers],
		kindJWT:         decodeAs[JWT],
		"key":           decodeAs[Key],
		kindLogin:       decodeLogin,
		"none":          decodeAs[None],
		kindOAuth1:      decodeAs[OAuth1],
		kindOAuth2:      decodeOAuth2,
		kindSignature:   decodeAs[Signature],
	}
}

// Decode reads a written scheme with the decoder that kinds has for its "kind";
// nil kinds means [Kinds]. At most 64 KiB of text. It checks the form alone: ask
// the scheme's Validate whether the definition makes sense. An unknown kind is
// an *Error that names it and those that are known.
func Decode(raw []byte, kinds KindMap) (Scheme, error) {
	if kinds == nil {
		kinds = Kinds()
	}
	if len(raw) > maxSchemeBytes {
		return nil, malformed("", "the scheme is longer than 64 KiB")
	}
	if jsonDepth(raw) > maxJSONDepth {
		return nil, malformed("", "the scheme is nested too deep; put its members into one list")
	}
	s, err := written.Decode(raw, kinds, "scheme", "bearer")
	if e, ok := err.(*written.Error); ok {
		return nil, decodeError("", e)
	}
	return s, err
}

// decodeAs reads the kinds whose struct is their written form.
func decodeAs[S Scheme](raw []byte, _ KindMap) (Scheme, error) {
	var s S
	if err := written.Members(raw, &s); err != nil {
		return nil, decodeError(s.Kind(), written.Explain(err))
	}
	return s, nil
}

// decodeError puts the kind before what is wrong. A definition holds no secret,
// so the cause may be shown.
func decodeError(kind string, e *written.Error) *Error {
	return &Error{Op: opDecode, Scheme: kind, Field: e.Field, Reason: e.Reason, Err: e.Err}
}

// jsonDepth counts how deep arrays and objects nest, without parsing: it stops
// a text that would nest readers too deep before any of them starts.
func jsonDepth(raw []byte) int {
	deepest, depth, inString := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case inString && b == '\\':
			i++
		case b == '"':
			inString = !inString
		case inString:
		case b == '{' || b == '[':
			depth++
			deepest = max(deepest, depth)
		case b == '}' || b == ']':
			depth--
		}
	}
	return deepest
}
