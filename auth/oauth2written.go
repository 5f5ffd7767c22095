package auth

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/written"
)

// oauth2Plain is an OAuth2 without methods.
type oauth2Plain OAuth2

// MarshalJSON writes {"kind":"oauth2"} and the fields that are set. It fails if Use has no written form.
func (s OAuth2) MarshalJSON() ([]byte, error) {
	if s.Use != nil {
		if err := s.useShape(opEncode); err != nil {
			return nil, err
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
		if e := written.Explain(err); errors.Is(err, errDuration) {
			return nil, &Error{Op: opDecode, Scheme: kindOAuth2, Field: e.Field, Reason: "is no duration; write it like 30s or 1m30s"}
		}
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
