package validation

import "github.com/waygate-go/waygate/validation/internal/canon"

// Compile compiles a schema with an engine; nil means [Kaptinlin]. The error is what the engine returned, for Kaptinlin
// a [*SchemaError]; an engine that panics, or returns nothing, counts as refusing.
func Compile(engine Engine, schema []byte) (compiled Schema, err error) {
	defer func() {
		if recover() != nil {
			compiled, err = nil, &SchemaError{Reason: "the engine panicked while compiling"}
		}
	}()
	if engine == nil {
		engine = Kaptinlin{}
	}
	compiled, err = engine.Compile(schema)
	if err == nil && compiled == nil {
		err = &SchemaError{Reason: "the engine gave no schema: its Compile has to return one, or an error"}
	}
	if err != nil {
		return nil, err
	}
	return compiled, nil
}

// Vet gives a function that says of one schema after another what Compile would say: nil, or the error with which it is
// refused, for Kaptinlin a [*SchemaError]. It is the engine's own where that is a [Vetter], else each schema is compiled
// and forgotten; nil means [Kaptinlin]. An engine that panics counts as refusing. Use the function in one goroutine.
func Vet(engine Engine) func(schema []byte) error {
	if engine == nil {
		engine = Kaptinlin{}
	}
	v, ok := engine.(Vetter)
	if !ok {
		return func(schema []byte) error {
			_, err := Compile(engine, schema)
			return err
		}
	}
	return contained(v)
}

// VetRules gives a function that says what [NewChecker] would say of a schema and rules: nil, or a [*SchemaError], or the
// errors of [Rules.Validate]. It is for registries with many schemas, each of which [Vet] has let pass before: none is
// kept compiled. To find out whether schemas come from an engine of this module, the engine may be asked to compile
// a small one, once. Use the function in one goroutine.
func VetRules(engine Engine) func(schema []byte, rules Rules) error {
	var text func([]byte) error // nil: not asked for yet
	return func(schema []byte, rules Rules) error {
		if err := rules.Validate(); err != nil || !rules.adjusts() {
			return err
		}
		if text == nil {
			text = Kaptinlin{}.Vet()
			if compiled, err := Compile(engine, []byte("true")); err == nil {
				if _, own := compiled.(interface{ Doc() *canon.Doc }); own {
					text = func([]byte) error { return nil } // it was read when it was vetted
				}
			}
		}
		return text(schema)
	}
}

func contained(v Vetter) func([]byte) error {
	var vet func([]byte) error
	return func(schema []byte) (err error) {
		defer func() {
			if recover() != nil {
				err = &SchemaError{Reason: "the engine panicked while compiling"}
			}
		}()
		if vet == nil {
			vet = v.Vet()
		}
		return vet(schema)
	}
}
