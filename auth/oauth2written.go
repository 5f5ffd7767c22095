package auth

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/written"
)

// oauth2Plain is an OAuth2 without methods.
type oauth2Plain OAuth2

// MarshalJSON writes {"kind":"oauth2"} and the fields that are set. It fails if Use has no written form.
func (s OAuth2) MarshalJSON() ([]byte, error) {
	if s.Use != nil {
		if err := checkShape(opEncode, s.Kind(), s.members(), 1); err != nil {
			return nil, s.useError(opEncode, err)
		}
		if _, err := marshalMember(s.Kind(), "use", s.Use); err != nil {
			return nil, err
		}
	}
	return written.Marshal(s.Kind(), oauth2Plain(s))
}

func decodeOAuth2(raw []byte, kinds KindMap) (Scheme, error) {
	var w struct {
		oauth2Plain
		Use jsontext.Value `json:"use"` // in place of the one within
	}
	if err := written.Members(raw, &w); err != nil {
		return nil, decodeError(kindOAuth2, written.Explain(err))
	}
	s := OAuth2(w.oauth2Plain)
	if w.Use != nil {
		use, err := Decode(bytes.Clone(w.Use), kinds)
		if err != nil {
			return nil, fieldError(opDecode, kindOAuth2, "use", err)
		}
		s.Use = use
	}
	return s, nil
}
