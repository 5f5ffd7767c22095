package validationtest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/waygate-go/waygate/validation"
)

// places are where a schema can stand inside another one. Those that are applied to
// the same value make a cycle of a reference back.
func places() map[string]bool {
	return map[string]bool{
		`%s`: true, `{"allOf":[%s]}`: true, `{"anyOf":[{"type":"null"},%s]}`: true, `{"oneOf":[%s]}`: true, `{"not":%s}`: true,
		`{"if":%s}`: true, `{"if":true,"then":%s}`: true, `{"if":true,"else":%s}`: true, `{"dependentSchemas":{"a":%s}}`: true,
		`{"properties":{"a":%s}}`: false, `{"patternProperties":{"a":%s}}`: false, `{"additionalProperties":%s}`: false,
		`{"propertyNames":%s}`: false, `{"items":%s}`: false, `{"prefixItems":[%s]}`: false, `{"contains":%s}`: false,
		`{"unevaluatedProperties":%s}`: false, `{"unevaluatedItems":%s}`: false, `{"$defs":{"x":%s}}`: false,
	}
}

// references holds that no reference without a target, and none that comes back to
// itself, is accepted, wherever it stands.
func references(t *testing.T, e validation.Engine) {
	accepted, tried := 0, 0
	try := func(schema string) {
		tried++
		s, err := e.Compile([]byte(schema))
		var refused *validation.SchemaError
		if s != nil || !errors.As(err, &refused) {
			accepted++
			t.Errorf("accepted %s", schema)
		}
	}
	for outer, sameOuter := range places() {
		for inner, sameInner := range places() {
			for _, keyword := range []string{"$ref", "$dynamicRef"} {
				for _, target := range []string{"#/nowhere", "#nowhere", "nowhere.json", "https://example.com/nowhere#/a", "urn:example:nowhere", "file:///etc/passwd"} {
					try(fmt.Sprintf(outer, fmt.Sprintf(inner, `{"`+keyword+`":"`+target+`"}`)))
				}
				if sameOuter && sameInner {
					try(fmt.Sprintf(outer, fmt.Sprintf(inner, `{"`+keyword+`":"#"}`)))
					try(`{"$defs":{"a":` + fmt.Sprintf(outer, `{"`+keyword+`":"#/$defs/b"}`) + `,"b":` + fmt.Sprintf(inner, `{"`+keyword+`":"#/$defs/a"}`) + `}}`)
				}
			}
		}
	}
	t.Logf("%d of %d unresolved and cyclic references accepted", accepted, tried)
	if tried < 4000 {
		t.Errorf("only %d were tried", tried)
	}
}
