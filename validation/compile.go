package validation

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
		err = &SchemaError{Reason: "the engine gave no schema"}
	}
	if err != nil {
		return nil, err
	}
	return compiled, nil
}

// Vet gives an engine's [Vetter].Vet, or what compiles each schema where the engine has none; nil means [Kaptinlin]. One
// that panics counts as refusing.
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
	return contained(v.Vet())
}

func contained(vet func([]byte) error) func([]byte) error {
	return func(schema []byte) (err error) {
		defer func() {
			if recover() != nil {
				err = &SchemaError{Reason: "the engine panicked while compiling"}
			}
		}()
		return vet(schema)
	}
}
