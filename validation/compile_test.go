package validation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/waygate-go/waygate/validation"
)

// oddEngine refuses, panics or gives nothing.
type oddEngine struct {
	err    error
	panics bool
}

func (e oddEngine) Compile([]byte) (validation.Schema, error) {
	if e.panics {
		panic("boom")
	}
	return nil, e.err
}

type acceptAll struct{}

func (acceptAll) Validate(context.Context, any) []validation.Violation { return nil }

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	sentinel := errors.New("no")
	for name, engine := range map[string]oddEngine{"error": {err: sentinel}, "panic": {panics: true}, "nothing": {}} {
		s, err := validation.Compile(engine, []byte(`{}`))
		if s != nil || err == nil {
			t.Errorf("%s: Compile = %v, %v", name, s, err)
		}
		var refused *validation.SchemaError
		if !errors.Is(err, sentinel) && !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
		if err := validation.Vet(engine)([]byte(`{}`)); err == nil {
			t.Errorf("%s: Vet lets it pass", name)
		}
	}
	s, err := validation.Compile(nil, []byte(`{"type":"string"}`))
	if err != nil || s.Validate(t.Context(), int64(1)) == nil {
		t.Errorf("no engine: %v, %v", s, err)
	}
}
