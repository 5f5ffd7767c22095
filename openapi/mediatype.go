package openapi

import (
	"mime"
	"slices"
	"strings"
)

// class sorts media types by what can be done with them.
type class int

const (
	jsonClass class = iota
	formClass
	multipartClass
	textClass
	bytesClass
	streamClass
	anyClass // */*
	xmlClass
	oddClass // what can't be written
)

// bareType is a media type without parameters, in small letters.
func bareType(s string) string {
	if t, _, err := mime.ParseMediaType(s); err == nil {
		return t
	}
	t, _, _ := strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

func isJSONType(s string) bool { return classOf(s) == jsonClass }

func classOf(s string) class {
	t := bareType(s)
	switch t {
	case "application/json", "text/json", "application/x-json", "application/*+json", "application/javascript", "json":
		return jsonClass
	case "application/x-www-form-urlencoded", "application/form-data", "application/www-form-urlencoded", "application/x-www-form":
		return formClass
	case "multipart/form-data", "multipart/*":
		return multipartClass
	case "text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq", "application/x-json-stream", "application/stream+json":
		return streamClass
	case "*/*", "application/*", "*", "":
		return anyClass
	case "application/x-yaml", "application/yaml", "application/graphql", "application/jwt", "application/sql", "plain/text", "application/csv", "application/toml":
		return textClass
	}
	switch {
	case strings.HasSuffix(t, "+json"), strings.HasPrefix(t, "application/vnd.") && strings.HasSuffix(t, ".json"):
		return jsonClass
	case t == "application/xml", t == "text/xml", strings.HasSuffix(t, "+xml") && t != "image/svg+xml":
		return xmlClass
	case strings.HasPrefix(t, "text/"):
		return textClass
	case strings.HasPrefix(t, "multipart/"):
		return oddClass
	}
	return bytesClass
}

// isMediaType says whether a text can stand as a Content-Type.
func isMediaType(s string) bool {
	_, _, err := mime.ParseMediaType(s)
	return err == nil && strings.Contains(s, "/") && !strings.ContainsAny(s, "*{}$") &&
		!strings.ContainsFunc(s, func(c rune) bool { return c < 0x20 || c > 0x7e })
}

// choose picks a media type: by the host's order, else by class in the given order, else by the document's. The index is
// -1 if there is none.
func (im *importer) choose(types []string, order []class) int {
	for _, want := range im.o.MediaTypes {
		if i := slices.IndexFunc(types, func(t string) bool { return bareType(t) == bareType(want) }); i >= 0 {
			return i
		}
	}
	for _, c := range order {
		exact := slices.IndexFunc(types, func(t string) bool { return c == jsonClass && bareType(t) == "application/json" })
		if exact >= 0 {
			return exact
		}
		if i := slices.IndexFunc(types, func(t string) bool { return classOf(t) == c }); i >= 0 {
			return i
		}
	}
	return -1
}
