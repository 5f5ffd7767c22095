package pagination

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
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

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// isHeaderName reports whether s is a token (RFC 9110, section 5.6.2) and not the
// name of a header that frames, routes or signs a message.
func isHeaderName(s string) bool {
	for _, b := range []byte(s) {
		alnum := b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		if !alnum && strings.IndexByte("!#$%&'*+-.^_`|~", b) < 0 {
			return false
		}
	}
	lower := strings.ToLower(s)
	switch lower {
	case "host", "content-length", "content-type", "content-encoding", "transfer-encoding",
		"connection", "keep-alive", "upgrade", "te", "trailer", "expect", "accept-encoding",
		"forwarded", "x-http-method-override", "authorization", "cookie":
		return false
	}
	return !strings.HasPrefix(lower, "proxy-") && !strings.HasPrefix(lower, "x-forwarded-")
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
