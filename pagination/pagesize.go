package pagination

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/header"
)

// The limits of a definition.
const (
	maxPageSize  = 1_000_000
	maxParamName = 256
	maxBodyDepth = 16
)

// pageSize gives the parameter for the page size, or none.
func pageSize(limit int, name string, in In) []Param {
	if limit <= 0 || name == "" {
		return nil
	}
	return []Param{{In: in.orQuery(), Name: name, Value: int64(limit)}}
}

// checkPageSize names the field at fault and what is wrong with it.
func checkPageSize(limit int, name string, in In) (field, why string) {
	switch {
	case limit < 0 || limit > maxPageSize:
		return "limit", "must be between 0, which leaves it to the provider, and 1,000,000"
	case limit == 0 && name != "":
		return "limit", "is missing; limit_param needs a page size to send"
	case limit == 0 && in != "":
		return "limit", "is missing; limit_in needs a page size to send"
	case limit > 0 && name == "":
		return "limit_param", "is missing; name the parameter that takes the page size"
	case limit == 0:
		return "", ""
	}
	return checkParam("limit_", in, name)
}

// checkParam checks where a parameter goes and its name. The fields are called
// prefix + "in" and prefix + "param".
func checkParam(prefix string, in In, name string) (field, why string) {
	field = prefix + "param"
	switch {
	case name == "":
		return field, "is missing"
	case len(name) > maxParamName:
		return field, "is longer than 256 bytes"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
		return field, "must be UTF-8 without control characters"
	}
	switch in.orQuery() {
	case InQuery, InPath:
	case InHeader:
		if !isHeaderName(name) {
			return field, "is not a header that a parameter can go to"
		}
	case InBody:
		parts := strings.Split(name, ".")
		if slices.Contains(parts, "") || len(parts) > maxBodyDepth {
			return field, `must be the dotted path of a member, at most 16 deep, as "variables.after"`
		}
	default:
		return prefix + "in", "there is no such part; use query, header, path or body"
	}
	return "", ""
}

// overlap reports whether two parameters are the same, or one member of a body
// holds the other.
func overlap(in In, name string, otherIn In, other string) bool {
	if in.orQuery() != otherIn.orQuery() {
		return false
	}
	switch in.orQuery() {
	case InHeader:
		return strings.EqualFold(name, other)
	case InBody:
		return strings.HasPrefix(name+".", other+".") || strings.HasPrefix(other+".", name+".")
	}
	return name == other
}

// samePlace reports whether two parameters are the same.
func samePlace(in In, name string, otherIn In, other string) bool {
	if in.orQuery() != otherIn.orQuery() {
		return false
	}
	return name == other || in.orQuery() == InHeader && strings.EqualFold(name, other)
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// isHeaderName reports whether s is the name of a header that neither frames,
// routes nor signs a message.
func isHeaderName(s string) bool {
	signs := strings.EqualFold(s, "Authorization") || strings.EqualFold(s, "Cookie")
	return header.IsToken(s) && !header.Fixed(s) && !signs
}

// typeName is the JSON name of the type of v.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case int64, float64, json.Number:
		return "a number"
	case []any:
		return "an array"
	}
	return "an object"
}
