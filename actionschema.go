package waygate

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"sync/atomic"

	"github.com/waygate-go/waygate/internal/packed"
	"github.com/waygate-go/waygate/validation"
)

// actionSchema is a JSON Schema that actions of one integration have. It was vetted when they were registered; it is
// compiled when the first of them needs it, and dropped again by the schemaRoom when others need the room.
type actionSchema struct {
	text   packed.Text
	digest [sha256.Size]byte // of the text as the written form has it

	ready  atomic.Pointer[readySchema] // nil: not compiled now
	mu     sync.Mutex                  // guards making
	making chan struct{}               // closed when somebody who compiles it is done; nil if nobody does
}

// bytes gives a copy of the text; nil of no schema.
func (s *actionSchema) bytes() json.RawMessage {
	if s == nil {
		return nil
	}
	return s.text.Bytes()
}

// size is the length of the text.
func (s *actionSchema) size() int {
	if s == nil {
		return 0
	}
	return s.text.Len()
}

// sum stands for the text where definitions are compared.
func (s *actionSchema) sum() []byte {
	if s == nil {
		return nil
	}
	return s.digest[:]
}

// schemaShelf collects the schemas of an integration while that is compiled: each once.
type schemaShelf struct {
	vet   func([]byte) error
	rules func([]byte, validation.Rules) error
	pool  packed.Pool
	known map[[sha256.Size]byte]*actionSchema
}

func newSchemaShelf(engine validation.Engine) *schemaShelf {
	return &schemaShelf{vet: validation.Vet(engine), rules: validation.VetRules(engine), known: map[[sha256.Size]byte]*actionSchema{}}
}

// put checks a schema and keeps it; nil for none.
func (s *schemaShelf) put(text json.RawMessage) (*actionSchema, error) {
	if len(text) == 0 {
		return nil, nil
	}
	key := sha256.Sum256(text)
	if known := s.known[key]; known != nil {
		return known, nil
	}
	if err := s.vet(text); err != nil {
		return nil, err
	}
	made := &actionSchema{text: s.pool.Add(text), digest: key}
	if form, err := json.Marshal(text); err == nil && !bytes.Equal(form, text) {
		made.digest = sha256.Sum256(form)
	}
	s.known[key] = made
	return made, nil
}
