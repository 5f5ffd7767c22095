package readers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate"
)

// maker makes values by kin-openapi's reading of their schemas: each another one, so that none can be taken for its
// neighbour.
type maker struct{ made int }

// setting says what may stand in a text.
type setting int

const (
	anywhere  setting = iota // what has to be escaped too
	delimited                // nothing that could part items: OpenAPI has no way to escape these
)

// deepest is how deep optional members are made.
const deepest = 3

// value is nil where no value is known that would do.
func (m *maker) value(ref *openapi3.SchemaRef, in setting, depth int) any {
	m.made++
	if depth > 5*deepest {
		return nil
	}
	if ref == nil || ref.Value == nil {
		return m.text(&openapi3.Schema{}, in)
	}
	s := whole(ref.Value, 0)
	if list := slices.DeleteFunc(slices.Clone(s.Enum), func(v any) bool { return v == nil || v == "" }); len(list) > 0 {
		return list[m.made%len(list)]
	}
	if s.Type == nil && len(s.OneOf)+len(s.AnyOf) > 0 {
		for _, part := range slices.Concat(s.OneOf, s.AnyOf) {
			if v := m.value(part, in, depth+1); v != nil {
				return v
			}
		}
		return nil
	}
	switch kindOf(s) {
	case "array":
		return m.list(s, in, depth)
	case "object":
		return m.object(s, in, depth)
	case "boolean":
		return m.made%2 == 0
	case "integer", "number":
		return m.number(s)
	}
	return m.text(s, in)
}

// kindOf is the first type that isn't null.
func kindOf(s *openapi3.Schema) string {
	for _, t := range s.Type.Slice() {
		if t != "null" {
			return t
		}
	}
	switch {
	case len(s.Properties) > 0:
		return "object"
	case s.Items != nil:
		return "array"
	}
	return "string"
}

// whole is a schema with the parts of its allOf put together, as far as values are made of them.
func whole(s *openapi3.Schema, depth int) *openapi3.Schema {
	if len(s.AllOf) == 0 || depth > 8 {
		return s
	}
	out := *s
	out.AllOf, out.Properties = nil, maps.Clone(s.Properties)
	if out.Properties == nil {
		out.Properties = openapi3.Schemas{}
	}
	for _, ref := range s.AllOf {
		p := whole(ref.Value, depth+1)
		for name, property := range p.Properties {
			if out.Properties[name] == nil { // the first to speak of it counts
				out.Properties[name] = property
			}
		}
		out.Required = slices.Concat(out.Required, p.Required)
		if out.Type == nil {
			out.Type, out.Format, out.Items, out.Nullable = p.Type, p.Format, p.Items, out.Nullable || p.Nullable
		}
		if len(out.Enum) == 0 {
			out.Enum = p.Enum
		}
		out.OneOf, out.AnyOf = append(out.OneOf, p.OneOf...), append(out.AnyOf, p.AnyOf...)
		if out.Pattern == "" {
			out.Pattern, out.MinLength, out.MaxLength = p.Pattern, p.MinLength, p.MaxLength
		}
	}
	return &out
}

func (m *maker) list(s *openapi3.Schema, in setting, depth int) any {
	n := 2
	if s.MaxItems != nil {
		n = min(n, int(*s.MaxItems))
	}
	n = max(n, int(s.MinItems), 1)
	list := []any{}
	if depth > deepest && s.MinItems == 0 {
		return nil
	}
	for range n {
		v := m.value(s.Items, in, depth+1)
		if v == nil {
			return nil
		}
		if !slices.ContainsFunc(list, func(o any) bool { return same(o, v) }) {
			list = append(list, v)
		}
	}
	return list
}

func (m *maker) object(s *openapi3.Schema, in setting, depth int) any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := whole(s.Properties[name].Value, 0)
		required := slices.Contains(s.Required, name)
		if p.ReadOnly || depth >= deepest && !required {
			continue
		}
		v := m.value(s.Properties[name], in, depth+1)
		if v == nil && required {
			v = empty(p)
		}
		if v != nil {
			out[name] = v
		}
	}
	for _, name := range s.Required {
		if _, described := s.Properties[name]; !described {
			m.made++
			out[name] = m.text(&openapi3.Schema{}, in)
		}
	}
	if more := s.AdditionalProperties; len(s.Properties) == 0 && depth < deepest {
		m.made++
		if more.Schema != nil {
			out[fmt.Sprintf("key%d", m.made)] = m.value(more.Schema, in, depth+1)
		} else if more.Has == nil || *more.Has {
			out[fmt.Sprintf("key%d", m.made)] = m.text(&openapi3.Schema{}, in)
		}
	}
	if len(out) == 0 && depth > 0 {
		return nil
	}
	return out
}

// empty is what a member is that has to be there.
func empty(s *openapi3.Schema) any {
	switch kindOf(s) {
	case "array":
		return []any{}
	case "object":
		return map[string]any{}
	}
	return nil
}

// number is a whole one, within bounds.
func (m *maker) number(s *openapi3.Schema) any {
	low, high := 1.0, 100000.0
	if s.Min != nil {
		low = *s.Min + 1
	}
	if s.Max != nil {
		high = *s.Max - 1
	} else {
		high = max(high, low+1)
	}
	if s.Min == nil && high < low {
		low = high - 100
	}
	if s.Min != nil && s.Max != nil && high < low {
		return *s.Max
	}
	step := 1.0
	if s.MultipleOf != nil && *s.MultipleOf > 1 {
		step = *s.MultipleOf
	}
	span := max(1, int((high-low)/step))
	v := low + float64(m.made%span)*step
	if step > 1 {
		v = float64(int(v/step)) * step
	}
	if half := v + 0.5; kindOf(s) == "number" && step == 1 && s.MultipleOf == nil && (s.Max == nil || half <= *s.Max) {
		return half
	}
	return int64(v)
}

// content is what a file holds.
type content string

// given is a value as an input has it: with files as such, or as text where the body isn't made of parts.
func given(v any, files bool) any {
	switch v := v.(type) {
	case content:
		if files {
			return waygate.FileBytes("v.bin", "", []byte(v))
		}
		return string(v)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = given(x, files)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = given(x, files)
		}
		return out
	}
	return v
}

func (m *maker) text(s *openapi3.Schema, in setting) any {
	n := m.made
	switch s.Format {
	case "date-time":
		return fmt.Sprintf("2026-%02d-%02dT03:04:%02dZ", n%12+1, n%28+1, n%60)
	case "date":
		return fmt.Sprintf("2026-%02d-%02d", n%12+1, n%28+1)
	case "time":
		return fmt.Sprintf("03:04:%02dZ", n%60)
	case "uuid":
		return fmt.Sprintf("0b3c2f4e-1111-4222-8333-%012d", n)
	case "email":
		return fmt.Sprintf("v%d@example.com", n)
	case "uri", "url", "iri", "uri-reference":
		return fmt.Sprintf("https://example.com/v%d?a=b", n)
	case "hostname":
		return fmt.Sprintf("v%d.example.com", n)
	case "ipv4", "ip":
		return fmt.Sprintf("192.0.2.%d", n%250+1)
	case "ipv6":
		return fmt.Sprintf("2001:db8::%x", n%65000+1)
	case "binary":
		return content(fmt.Sprintf("v%d\x00\xff", n))
	case "byte":
		return strings.Repeat("QUJD", n%7+1)
	case "duration":
		return fmt.Sprintf("PT%dS", n)
	}
	if s.Pattern != "" {
		return m.matching(s)
	}
	return fitted(fmt.Sprintf("v%d", n), rest(in), s)
}

// rest is what follows the number in a text.
func rest(in setting) string {
	if in == delimited {
		return "-b"
	}
	return " a/b&c=d+é%;?#:"
}

// fitted keeps to the bounds of a text's length, which count characters.
func fitted(text, more string, s *openapi3.Schema) any {
	if s.MaxLength == nil || len([]rune(text+more)) <= int(*s.MaxLength) {
		text += more
	}
	if s.MaxLength != nil && len(text) > int(*s.MaxLength) {
		text = text[len(text)-int(*s.MaxLength):]
	}
	if short := int(s.MinLength) - len([]rune(text)); short > 0 {
		text += strings.Repeat("x", short)
	}
	if text == "" {
		return nil
	}
	return text
}

// matching makes a text of a pattern; nil where it isn't to be had.
func (m *maker) matching(s *openapi3.Schema) any {
	re, err := regexp.Compile(s.Pattern)
	if err != nil {
		return nil
	}
	parsed, err := syntax.Parse(s.Pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	for _, text := range []string{fmt.Sprintf("v%d", m.made), fmt.Sprint(m.made), m.of(parsed, int(s.MinLength))} {
		v, ok := fitted(text, "", s).(string)
		if ok && re.MatchString(v) {
			return v
		}
	}
	return nil
}

// of makes a text that a pattern matches, with as many repeats as are asked for.
func (m *maker) of(re *syntax.Regexp, least int) string {
	var out strings.Builder
	times := func(n int) {
		for range n {
			out.WriteString(m.of(re.Sub[0], 0))
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		m.made++
		low, high := re.Rune[0], re.Rune[1]
		if low < '!' && high > 'z' {
			low, high = 'a', 'z'
		}
		return string(low + rune(m.made)%(min(high, low+25)-low+1))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpCapture:
		return m.of(re.Sub[0], least)
	case syntax.OpStar, syntax.OpPlus:
		times(max(1, least))
	case syntax.OpQuest:
		times(1)
	case syntax.OpRepeat:
		times(max(1, re.Min))
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			out.WriteString(m.of(sub, least))
		}
	case syntax.OpAlternate:
		return m.of(re.Sub[0], least)
	}
	return out.String()
}

// same compares values as JSON has them: 1 is 1.0, and a member that is null isn't there.
func same(a, b any) bool {
	x, isNumber := number(a)
	y, too := number(b)
	if isNumber || too {
		return isNumber && too && x == y
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	}
	return a == b
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}
