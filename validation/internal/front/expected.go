package front

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxExpected bounds Violation.Expected, in bytes.
const maxExpected = 200

// Expected says what a keyword of the schema asks for.
func Expected(keyword string, schema map[string]any) string {
	operand := schema[keyword]
	switch keyword {
	case "type":
		return typeNames(operand)
	case "enum":
		return Shorten("one of "+literal(operand), maxExpected)
	case "const":
		return Shorten("exactly "+literal(operand), maxExpected)
	case "anyOf":
		list, _ := operand.([]any)
		return fmt.Sprintf("at least one of %d alternatives", len(list))
	case "oneOf":
		list, _ := operand.([]any)
		return fmt.Sprintf("exactly one of %d alternatives", len(list))
	case "not":
		return "anything that does not fit the schema under not"
	case "contains":
		return "an item that fits the schema under contains"
	case "uniqueItems":
		return "items that all differ"
	}
	if format, ok := phrase(keyword); ok {
		return Shorten(fmt.Sprintf(format, literal(operand)), maxExpected)
	}
	return "what " + keyword + " asks for"
}

// phrase gives the words around the operand of a bound.
func phrase(keyword string) (string, bool) {
	switch keyword {
	case "minLength":
		return "at least %s characters", true
	case "maxLength":
		return "at most %s characters", true
	case "minItems":
		return "at least %s items", true
	case "maxItems":
		return "at most %s items", true
	case "minProperties":
		return "at least %s members", true
	case "maxProperties":
		return "at most %s members", true
	case "minContains":
		return "at least %s items that fit the schema under contains", true
	case "maxContains":
		return "at most %s items that fit the schema under contains", true
	case "minimum":
		return "%s or more", true
	case "maximum":
		return "%s or less", true
	case "exclusiveMinimum":
		return "more than %s", true
	case "exclusiveMaximum":
		return "less than %s", true
	case "multipleOf":
		return "a multiple of %s", true
	}
	return "", false
}

func typeNames(operand any) string {
	if list, ok := operand.([]any); ok {
		words := make([]string, len(list))
		for i, raw := range list {
			words[i], _ = raw.(string)
		}
		return strings.Join(words, " or ")
	}
	name, _ := operand.(string)
	return name
}

// literal writes a value of the schema as JSON.
func literal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "a value"
	}
	return string(text)
}

// Shorten cuts a text of more than most bytes, at a rune boundary.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// SubjectLimit says how long a subject may be.
func SubjectLimit(bytes int) string {
	return "at most " + strconv.Itoa(bytes) + " bytes where a pattern applies"
}
