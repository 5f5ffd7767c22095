package canon_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// vetted are schemas of all kinds: such as are plain, such as aren't, and such as are refused.
func vetted() []string {
	list := []string{
		`true`, `false`, `{}`, `5`, `[`, ``, `{"type":"string"}`, `{"type":["string","null"]}`, `{"type":["string","string"]}`, `{"type":"text"}`, `{"type":[]}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}`, `{"$ref":"#/$defs/b","$defs":{"a":{}}}`, `{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"b":{"$ref":"#/$defs/a"}}}}}`, `{"$ref":"#/$defs/a","$defs":5}`, `{"$defs":{"a":5}}`,
		`{"$defs":{"a":{"$ref":"#/$defs/nobody"}}}`, `{"$ref":5}`, `{"$ref":"#"}`, `{"items":{"$ref":"#"}}`, `{"$ref":"#/$defs/"}`, `{"$ref":"#/$defs/a%20b","$defs":{"a b":{}}}`,
		`{"$defs":{"a":{"$id":"https://example.com/a"}},"$ref":"https://example.com/a"}`, `{"$defs":{"a":{"$anchor":"x"}},"$ref":"#x"}`, `{"$anchor":"1"}`,
		`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"null"}`, `{"$schema":"http://json-schema.org/draft-07/schema#","items":[true]}`, `{"$schema":"x"}`,
		`{"properties":{"$schema":{"$schema":"x"}}}`, `{"properties":{"a":5}}`, `{"properties":[]}`, `{"properties":{"a":{"type":"x"}}}`, `{"properties":{"\u0061":{}}}`,
		`{"allOf":[]}`, `{"allOf":{}}`, `{"allOf":[5]}`, `{"anyOf":[true,{"minimum":"1"}]}`, `{"items":[]}`, `{"items":false}`, `{"prefixItems":[]}`, `{"prefixItems":[true]}`,
		`{"enum":[]}`, `{"enum":5}`, `{"enum":[1e9999]}`, `{"enum":[{"a":[1e9999]}]}`, `{"const":1e9999}`, `{"default":[1,"1e9999"]}`, `{"const":{"type":5}}`,
		`{"minimum":"1"}`, `{"minimum":1e9999}`, `{"minimum":1e5}`, `{"multipleOf":0}`, `{"multipleOf":0.0}`, `{"multipleOf":-1}`, `{"multipleOf":0.10}`, `{"minLength":-1}`,
		`{"minLength":1.5}`, `{"minLength":1.0}`, `{"minLength":-0}`, `{"uniqueItems":1}`, `{"uniqueItems":true}`, `{"required":["a","a"]}`, `{"required":["a","\u0061"]}`, `{"required":[5]}`,
		`{"required":[]}`, `{"required":"a"}`, `{"required":[` + strings.Repeat(`"x",`, 20) + `"y"]}`, `{"dependentRequired":{"a":["b","b"]}}`, `{"dependentRequired":{"a":5}}`,
		`{"dependentSchemas":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"dependentSchemas":{"b":{"$ref":"#/$defs/a"}}}}}`, `{"dependencies":5}`, `{"additionalItems":5}`,
		`{"pattern":"("}`, `{"pattern":"a(?=b)"}`, `{"pattern":"^a+$"}`, `{"pattern":5}`, `{"pattern":"(a{1000}){10}"}`, `{"pattern":"\\d"}`, `{"patternProperties":{"(":true}}`, `{"patternProperties":{"a":5}}`,
		`{"pattern":"` + strings.Repeat("a", 1025) + `"}`, `{"unknown":{"type":5}}`, `{"definitions":{"a":{"type":5}}}`, `{"definitions":{"a":{}},"$ref":"#/definitions/a"}`,
		`{"a":1,"a":2}`, `{"properties":{"a":{},"a":{}}}`, strings.Repeat(`{"not":`, 127) + `{}` + strings.Repeat(`}`, 127), strings.Repeat(`{"not":`, 128) + `{}` + strings.Repeat(`}`, 128),
		`{"contentSchema":{"type":5}}`, `{"unevaluatedItems":5}`, `{"not":5}`, `{"if":{},"then":{"type":"x"}}`, `{"$dynamicRef":"#a"}`, `{"$defs":{"a":{"$dynamicAnchor":"a"}},"$dynamicRef":"#a"}`,
		`{"$defs":{"a":{"$defs":{"b":{"type":5}}}}}`, `{"items":{"$defs":{"b":{}},"$ref":"#/items/$defs/b"}}`,
	}
	return append(list, vettedBounds()...)
}

// vettedBounds stand on both sides of the bounds.
func vettedBounds() []string {
	var list []string
	for _, n := range []int{199, 200, 201} { // schemas in a row for one value
		chain := `{"$ref":"#/$defs/d0","$defs":{`
		for i := range n {
			chain += `"d` + strings.Repeat("x", i) + `0":{"$ref":"#/$defs/d` + strings.Repeat("x", i+1) + `0"},`
		}
		list = append(list, chain+`"d`+strings.Repeat("x", n)+`0":{}}}`)
		list = append(list, chain+`"d`+strings.Repeat("x", n)+`0":{"properties":{"a":{"$ref":"#/$defs/dx0"}}}}}`)
	}
	for _, n := range []int{8, 9, 10, 11} { // schemas for one value, doubled n times and more
		double := `{"items":{"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]},"$defs":{`
		for i := range n {
			next := `{"$ref":"#/$defs/` + strings.Repeat("a", i+2) + `"}`
			double += `"` + strings.Repeat("a", i+1) + `":{"anyOf":[` + next + `,` + next + `]},`
		}
		list = append(list, double+`"`+strings.Repeat("a", n+1)+`":{}}}`)
	}
	for _, n := range []int{255, 256, 257} { // patterns
		var b strings.Builder
		for i := range n {
			b.WriteString(`{"pattern":"` + strings.Repeat("a", i+1) + `"},`)
		}
		list = append(list, `{"prefixItems":[`+b.String()+`true]}`)
	}
	return list
}

// TestVet holds that a Vetter says what Compile says, in the same words, also after it has seen other schemas.
func TestVet(t *testing.T) {
	t.Parallel()
	v := canon.NewVetter(limits())
	for range 2 {
		for _, text := range vetted() {
			sameVerdict(t, v, text)
		}
	}
	bad := limits()
	bad.Documents = map[string][]byte{"relative": nil}
	if err := canon.NewVetter(bad).Vet([]byte(`{}`)); err == nil {
		t.Error("limits that Compile refuses are accepted")
	}
}

// FuzzVet is TestVet for any two schemas after one another.
func FuzzVet(f *testing.F) {
	before := `{"$defs":{"a":{"type":"string"},"b":{"$ref":"#/$defs/a"}}}`
	for _, text := range vetted() {
		if len(text) < 1000 {
			f.Add(before, text)
			before = text
		}
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		v := canon.NewVetter(limits())
		sameVerdict(t, v, first)
		sameVerdict(t, v, second)
		sameVerdict(t, v, first)
	})
}

func sameVerdict(t *testing.T, v *canon.Vetter, text string) {
	t.Helper()
	_, want := canon.Compile([]byte(text), limits())
	got := v.Vet([]byte(text))
	if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
		t.Errorf("%.200s: %v, Compile says %v", text, got, want)
	}
}

// TestVetKnowsPlainSchemas holds that usual schemas aren't left to the whole check, which takes many times as long.
func TestVetKnowsPlainSchemas(t *testing.T) {
	t.Parallel()
	v := canon.NewVetter(limits())
	for _, text := range []string{
		`{"type":"object","properties":{"id":{"type":"integer","minimum":1},"tags":{"type":["array","null"],"items":{"$ref":"#/$defs/tag"},"maxItems":5}},"required":["id"],"additionalProperties":false,"$defs":{"tag":{"type":"string","pattern":"^a","enum":["a","b"]}}}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},{"type":"null"}]},"b":{"properties":{"a":{"$ref":"#/$defs/a"}}}}}`,
	} {
		if !v.Plain([]byte(text)) {
			t.Errorf("%s is left to the whole check", text)
		}
	}
}

// TestVetAtRandom is TestVet for schemas that are put together at random, with a mistake now and then.
func TestVetAtRandom(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 7))
	v := canon.NewVetter(limits())
	plain := 0
	for range 20_000 {
		text := randomSchema(rnd, 3)
		if defs := rnd.IntN(4); defs > 0 && strings.HasPrefix(text, `{`) {
			var list []string
			for i := range defs {
				list = append(list, fmt.Sprintf(`"%c":%s`, 'a'+i, randomSchema(rnd, 2)))
			}
			text = strings.TrimSuffix(text, `}`) + `,"$defs":{` + strings.Join(list, ",") + `}}`
			text = strings.Replace(text, `{,`, `{`, 1)
		}
		sameVerdict(t, v, text)
		if v.Plain([]byte(text)) {
			plain++
		}
	}
	if plain < 4000 {
		t.Errorf("only %d of 20,000 are plain: the test shows little", plain)
	}
}

// randomSchema is right most of the time.
func randomSchema(rnd *rand.Rand, depth int) string {
	if depth == 0 || rnd.IntN(8) == 0 {
		return []string{`true`, `false`, `{}`, `{"type":"null"}`, `{"$ref":"#/$defs/a"}`, `{"$ref":"#/$defs/b"}`, `{"$ref":"#/$defs/c"}`, `{}`}[rnd.IntN(8)]
	}
	sub := func() string { return randomSchema(rnd, depth-1) }
	var keywords []string
	used := map[string]bool{}
	for range rnd.IntN(3) {
		name := []string{"allOf", "anyOf", "not", "if", "then", "items", "properties", "dependentSchemas", "prefixItems", "additionalProperties",
			"type", "enum", "const", "minimum", "maxLength", "multipleOf", "required", "pattern", "uniqueItems", "$ref", "x"}[rnd.IntN(21)]
		if used[name] {
			continue
		}
		used[name] = true
		value := sub()
		switch name {
		case "allOf", "anyOf", "prefixItems":
			value = `[` + sub() + `,` + sub() + `]`
		case "properties", "dependentSchemas":
			value = `{"p":` + sub() + `,"q":` + sub() + `}`
		case "$ref":
			value = fmt.Sprintf(`"#/$defs/%c"`, 'a'+rnd.IntN(4))
		case "type", "enum", "const", "minimum", "maxLength", "multipleOf", "required", "pattern", "uniqueItems":
			value = []string{`"string"`, `["a","b"]`, `5`, `true`, `1.5`, `-1`, `["string"]`, `"("`, `0`, `1e3`}[rnd.IntN(10)]
		}
		if rnd.IntN(60) == 0 {
			value = `7`
		}
		keywords = append(keywords, `"`+name+`":`+value)
	}
	return `{` + strings.Join(keywords, ",") + `}`
}
