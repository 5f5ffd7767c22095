package validationtest

// violationCase is a schema, a tree as JSON text, and what must be found. A
// finding is written "#pointer keyword received".
type violationCase struct {
	name   string
	schema string
	tree   string
	want   []string
	open   bool // more findings at or beneath the same values are fine
}

const legacy = `"$schema":"http://json-schema.org/draft-07/schema#",`

func violationCases() []violationCase {
	return []violationCase{
		{name: "valid", schema: `{"type":"object"}`, tree: `{}`},
		{name: "true accepts", schema: `true`, tree: `1`},
		{name: "false rejects", schema: `false`, tree: `1`, want: []string{"# false integer"}},
		{name: "type", schema: `{"type":["string","null"]}`, tree: `1`, want: []string{"# type integer"}},
		{name: "every keyword of one value", schema: `{"type":"string","maxLength":1,"enum":["a"],"pattern":"^a"}`, tree: `"xyz"`,
			want: []string{"# enum string", "# maxLength string", "# pattern string"}},
		{name: "bounds", schema: `{"minimum":1,"exclusiveMaximum":0,"multipleOf":2}`, tree: `0.5`,
			want: []string{"# exclusiveMaximum number", "# minimum number", "# multipleOf number"}},
		{name: "const", schema: `{"const":{"a":[1]}}`, tree: `{"a":[2]}`, want: []string{"# const object"}},
		{name: "const null", schema: `{"const":null}`, tree: `0`, want: []string{"# const integer"}},
		{name: "counts", schema: `{"properties":{"l":{"minItems":2,"uniqueItems":true},"o":{"maxProperties":0}}}`, tree: `{"l":[1],"o":{"a":1}}`,
			want: []string{"#/l minItems array", "#/o maxProperties object"}},
		{name: "unique", schema: `{"uniqueItems":true}`, tree: `[{"a":1},{"a":1.0}]`, want: []string{"# uniqueItems array"}},
		{name: "required", schema: `{"required":["owner","repo","id"],"properties":{"owner":{"type":"string"}}}`, tree: `{"id":1}`,
			want: []string{"#/owner required absent", "#/repo required absent"}},
		{name: "escaped pointer", schema: `{"required":["a/b","c~d",""],"properties":{"x/y":{"type":"null"}}}`, tree: `{"x/y":1}`,
			want: []string{"#/ required absent", "#/a~1b required absent", "#/c~0d required absent", "#/x~1y type integer"}},
		{name: "dependentRequired", schema: `{"dependentRequired":{"a":["b","c"],"z":["y"]}}`, tree: `{"a":1,"c":1}`,
			want: []string{"#/b dependentRequired absent"}},
		{name: "additionalProperties false", schema: `{"properties":{"a":true},"patternProperties":{"^x-":true},"additionalProperties":false}`, tree: `{"a":1,"x-b":2,"c":"s","d":[]}`,
			want: []string{"#/c additionalProperties string", "#/d additionalProperties array"}},
		{name: "additionalProperties schema", schema: `{"additionalProperties":{"type":"string"}}`, tree: `{"c":1}`, want: []string{"#/c type integer"}},
		{name: "property false", schema: `{"properties":{"a":false}}`, tree: `{"a":null}`, want: []string{"#/a properties null"}},
		{name: "patternProperties", schema: `{"patternProperties":{"^a":{"type":"string"},"b$":{"minimum":9}}}`, tree: `{"ab":1,"aa":true,"bb":10}`,
			want: []string{"#/aa type boolean", "#/ab minimum integer", "#/ab type integer"}},
		{name: "propertyNames", schema: `{"propertyNames":{"maxLength":1}}`, tree: `{"a":1,"bb":"x"}`, want: []string{"#/bb propertyNames string"}},
		{name: "items", schema: `{"items":{"properties":{"n":{"type":"integer"}}}}`, tree: `[{"n":1},{"n":"x"},{"n":null}]`,
			want: []string{"#/1/n type string", "#/2/n type null"}},
		{name: "prefixItems", schema: `{"prefixItems":[{"type":"string"}],"items":false}`, tree: `[1,2]`,
			want: []string{"#/0 type integer", "#/1 items integer"}},
		{name: "contains", schema: `{"contains":{"type":"string"}}`, tree: `[1]`, want: []string{"# contains array"}},
		{name: "minContains", schema: `{"contains":{"type":"string"},"minContains":2,"maxContains":1}`, tree: `["a"]`, want: []string{"# minContains array"}},
		{name: "unevaluatedProperties", schema: `{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}`, tree: `{"a":1,"b":2}`,
			want: []string{"#/b unevaluatedProperties integer"}},
		{name: "unevaluatedItems", schema: `{"prefixItems":[true],"unevaluatedItems":false}`, tree: `[1,"a",{}]`,
			want: []string{"#/1 unevaluatedItems string", "#/2 unevaluatedItems object"}},
		{name: "allOf and $ref report what is beneath", schema: `{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"properties":{"x":{"type":"string"}}}}}`, tree: `{"x":1}`,
			want: []string{"#/x type integer"}},
		{name: "then", schema: `{"if":{"type":"string"},"then":{"maxLength":1},"else":{"minimum":5}}`, tree: `"ab"`, want: []string{"# maxLength string"}},
		{name: "else", schema: `{"if":{"type":"string"},"then":{"maxLength":1},"else":{"minimum":5}}`, tree: `3`, want: []string{"# minimum integer"}},
		{name: "dependentSchemas", schema: `{"dependentSchemas":{"a":{"required":["b"]}}}`, tree: `{"a":1}`, want: []string{"#/b required absent"}},
		{name: "not", schema: `{"not":{"type":"string"}}`, tree: `"x"`, want: []string{"# not string"}},
		{name: "anyOf", schema: `{"properties":{"v":{"anyOf":[{"type":"string"},{"type":"object","required":["k"]}]}}}`, tree: `{"v":{}}`,
			want: []string{"#/v anyOf object"}, open: true},
		{name: "oneOf, none", schema: `{"oneOf":[{"type":"string"},{"type":"null"}]}`, tree: `1`, want: []string{"# oneOf integer"}, open: true},
		{name: "oneOf, two", schema: `{"oneOf":[{"type":"integer"},{"minimum":1}]}`, tree: `1`, want: []string{"# oneOf integer"}},
		{name: "recursion", schema: `{"properties":{"v":{"type":"string"},"kids":{"items":{"$ref":"#"}}}}`, tree: `{"kids":[{"v":1},{"kids":[{"v":null}]}]}`,
			want: []string{"#/kids/0/v type integer", "#/kids/1/kids/0/v type null"}},
		{name: "order and doubles", schema: `{"allOf":[{"required":["b","a"]},{"required":["a"]}],"properties":{"0":{"type":"null"},"c":{"type":"null","enum":[null]}}}`, tree: `{"c":1,"0":1}`,
			want: []string{"#/0 type integer", "#/a required absent", "#/b required absent", "#/c enum integer", "#/c type integer"}},
		{name: "format and content are annotations", schema: `{"format":"email","contentEncoding":"base64","contentMediaType":"application/json","contentSchema":false}`, tree: `"%%%"`},
		{name: "draft-07 tuple", schema: `{` + legacy + `"items":[{"type":"string"}],"additionalItems":false}`, tree: `[1,2]`,
			want: []string{"#/0 type integer", "#/1 additionalItems integer"}},
		{name: "draft-07 dependencies", schema: `{` + legacy + `"dependencies":{"a":["b"],"c":{"maxProperties":1}}}`, tree: `{"a":1,"c":2}`,
			want: []string{"# maxProperties object", "#/b dependencies absent"}},
		{name: "draft-07 ignores what stands beside $ref", schema: `{` + legacy + `"properties":{"a":{"$ref":"#/definitions/s","maxLength":1}},"definitions":{"s":{"type":"string"}}}`, tree: `{"a":"long"}`},
	}
}

// refusedCase is a schema that Compile refuses, and the place of the mistake.
type refusedCase struct{ name, schema, pointer string }

func refusedCases() []refusedCase {
	return []refusedCase{
		{"not JSON", `{`, ""},
		{"empty", ``, ""},
		{"two values", `{} {}`, ""},
		{"not a schema", `[]`, ""},
		{"duplicate key", `{"properties":{"a":{},"a":false}}`, "/properties/a"},
		{"unknown dialect", `{"$schema":"https://json-schema.org/draft/2019-09/schema"}`, "/$schema"},
		{"embedded dialect", `{"$defs":{"a":{"$id":"x","$schema":"http://json-schema.org/draft-07/schema#"}}}`, "/$defs/a/$schema"},
		{"unknown type", `{"type":"strnig"}`, "/type"},
		{"unknown type in list", `{"type":["string","int"]}`, "/type/1"},
		{"type not a name", `{"type":5}`, "/type"},
		{"required not an array", `{"required":"a"}`, "/required"},
		{"required not strings", `{"properties":{"x":{"required":[1]}}}`, "/properties/x/required/0"},
		{"required true", `{"properties":{"x":{"required":true}}}`, "/properties/x/required"},
		{"properties not an object", `{"properties":[]}`, "/properties"},
		{"property not a schema", `{"properties":{"a/b":null}}`, "/properties/a~1b"},
		{"items as list", `{"items":[{}]}`, "/items"},
		{"empty allOf", `{"allOf":[]}`, "/allOf"},
		{"empty enum", `{"enum":[]}`, "/enum"},
		{"enum not an array", `{"enum":{"a":1}}`, "/enum"},
		{"minimum not a number", `{"minimum":"1"}`, "/minimum"},
		{"exclusiveMinimum of draft-04", `{"minimum":1,"exclusiveMinimum":true}`, "/exclusiveMinimum"},
		{"maxLength negative", `{"maxLength":-1}`, "/maxLength"},
		{"maxLength with fraction", `{"maxLength":1.5}`, "/maxLength"},
		{"multipleOf zero", `{"multipleOf":0}`, "/multipleOf"},
		{"uniqueItems not a bool", `{"uniqueItems":"yes"}`, "/uniqueItems"},
		{"number without end", `{"minimum":1e999999999}`, "/minimum"},
		{"pattern not a string", `{"pattern":1}`, "/pattern"},
		{"pattern does not compile", `{"items":{"pattern":"("}}`, "/items/pattern"},
		{"pattern looks ahead", `{"pattern":"^(?=a)"}`, "/pattern"},
		{"pattern name does not compile", `{"patternProperties":{"[":{}}}`, "/patternProperties/["},
		{"mistake in an unused definition", `{"$defs":{"a":{"type":"x"}}}`, "/$defs/a/type"},
		{"mistake where only a reference leads", `{"$ref":"#/x/y","x":{"y":{"type":"z"}}}`, "/x/y/type"},
		{"reference without target", `{"$ref":"#/$defs/nope"}`, "/$ref"},
		{"reference to no schema", `{"$ref":"#/enum","enum":[1]}`, "/enum"},
		{"reference to no anchor", `{"items":{"$ref":"#nope"}}`, "/items/$ref"},
		{"reference not a string", `{"$ref":1}`, "/$ref"},
		{"reference to another document", `{"$ref":"other.json"}`, "/$ref"},
		{"reference to the metaschema of another dialect", `{"$ref":"https://json-schema.org/draft/2019-09/schema"}`, "/$ref"},
		{"double $id", `{"$defs":{"a":{"$id":"https://example.com/x"},"b":{"$id":"https://example.com/x"}}}`, "/$defs/b/$id"},
		{"double anchor", `{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}`, "/$defs/b/$anchor"},
		{"cycle of one", `{"$ref":"#"}`, ""},
		{"cycle of two", `{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`, "/$defs/a"},
		{"cycle through allOf", `{"allOf":[{"anyOf":[{"$ref":"#"}]}]}`, ""},
		{"cycle through not", `{"properties":{"a":{"not":{"$ref":"#/properties/a"}}}}`, "/properties/a"},
		{"draft-07 dependencies", `{` + legacy + `"dependencies":{"a":1}}`, "/dependencies/a"},
	}
}
