package auth

import (
	"maps"
	"slices"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// compileFor reads one template of a definition; url says that it is one of a whole URL.
func compileFor(url bool, place template.Place, src string) (*template.Template, error) {
	if url {
		return template.CompileURL(src)
	}
	return template.Compile(src, place)
}

// templateFault says what is wrong with a template, "" if nothing is.
func templateFault(t *template.Template, err error) string {
	if err != nil {
		return err.Error()
	}
	for _, r := range t.Refs() {
		if r.Scope != "" {
			return "may hold the connection's {parameters} alone, not " + r.String()
		}
	}
	return ""
}

// expandURL gives the URL of a field.
func expandURL(field, src string, parameters map[string]string) (string, error) {
	t, err := compileFor(true, template.Text, src)
	return expandField(field, t, err, parameters)
}

// expandText gives the text of a field.
func expandText(field string, place template.Place, src string, parameters map[string]string) (string, error) {
	t, err := compileFor(false, place, src)
	return expandField(field, t, err, parameters)
}

func expandField(field string, t *template.Template, err error, parameters map[string]string) (string, error) {
	if why := templateFault(t, err); why != "" {
		return "", &Error{Op: opRequest, Scheme: kindOAuth2, Field: field, Reason: why}
	}
	text, err := t.Expand(func(r template.Ref) (string, bool) {
		v, ok := parameters[r.Name]
		return v, ok
	})
	if err != nil { // which names the parameter, and no value
		return "", &Error{Op: opRequest, Scheme: kindOAuth2, Field: field, Err: err}
	}
	return text, nil
}

// expandMap gives the texts of a map's values.
func expandMap(field string, place template.Place, m, parameters map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		text, err := expandText(field+"."+written.Quote(name), place, m[name], parameters)
		if err != nil {
			return nil, err
		}
		out[name] = text
	}
	return out, nil
}
