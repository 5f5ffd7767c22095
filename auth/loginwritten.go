package auth

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/written"
)

// loginPlain is a Login without methods.
type loginPlain Login

// MarshalJSON writes {"kind":"login"} and the fields that are set. It fails if Use has no written form.
func (s Login) MarshalJSON() ([]byte, error) {
	if err := s.carrier().marshalable(); err != nil {
		return nil, err
	}
	return written.Marshal(s.Kind(), loginPlain(s))
}

func decodeLogin(raw []byte, kinds KindMap) (Scheme, error) {
	var w struct {
		loginPlain
		Use jsontext.Value `json:"use"` // in place of the one within
	}
	if err := written.Members(raw, &w); err != nil {
		return nil, decodeError(kindLogin, written.Explain(err))
	}
	s := Login(w.loginPlain)
	use, err := decodeUse(kindLogin, w.Use, kinds)
	if err != nil {
		return nil, err
	}
	s.Use = use
	return s, nil
}

// decodeUse reads the scheme that carries a token; nil if none is written.
func decodeUse(kind string, raw jsontext.Value, kinds KindMap) (Scheme, error) {
	if raw == nil {
		return nil, nil
	}
	use, err := Decode(bytes.Clone(raw), kinds)
	if err != nil {
		return nil, fieldError(opDecode, kind, "use", err)
	}
	return use, nil
}

func decodeGitHubApp(raw []byte, kinds KindMap) (Scheme, error) {
	var w struct {
		gitHubAppPlain
		Use jsontext.Value `json:"use"` // in place of the one within
	}
	if err := written.Members(raw, &w); err != nil {
		return nil, decodeError(kindGitHubApp, written.Explain(err))
	}
	s := GitHubApp(w.gitHubAppPlain)
	use, err := decodeUse(kindGitHubApp, w.Use, kinds)
	if err != nil {
		return nil, err
	}
	s.Use = use
	return s, nil
}
