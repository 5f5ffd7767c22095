package validationtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/waygate-go/waygate/validation"
)

// sameVerdicts holds that an engine that is a Vetter says of a schema, and of what becomes of it with one mistake, what
// Compile says: a schema that is vetted and refused later would fail calls.
func sameVerdicts(t *testing.T, e validation.Engine, text []byte) {
	t.Helper()
	v, ok := e.(validation.Vetter)
	if !ok {
		return
	}
	vet := v.Vet()
	for _, one := range append(mistaken(t, text), text) {
		_, want := e.Compile(one)
		if got := vet(one); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Vet(%.300s): %v; Compile gives %v", one, got, want)
		}
	}
}

// mistaken gives schemas in each of which one value of a schema is another, of another kind from place to place.
func mistaken(t *testing.T, text []byte) (list [][]byte) {
	t.Helper()
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatalf("the suite's own schema: %v", err)
	}
	write := func() {
		one, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	others := []any{nil, false, "x", -1.5, []any{}, []any{true}, map[string]any{}, map[string]any{"$ref": "#"}, map[string]any{"type": 5}}
	var within func(v any)
	within = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				was := v[name]
				v[name] = others[len(list)%len(others)]
				write()
				v[name] = was
				within(was)
			}
		case []any:
			for _, item := range v {
				within(item)
			}
		}
	}
	within(tree)
	return list
}
