package auth

import (
	"slices"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/header"
)

// fault checks what is said of an answer.
func (a LoginAnswer) fault() (field, why string) {
	switch a.Format {
	case "", FormatJSON, FormatXML, FormatText:
	default:
		return "answer.format", "there is no such format; use json, xml or text"
	}
	for _, p := range []struct{ field, path string }{{"success", a.Success}, {"error", a.Error}, {"description", a.Description}} {
		if why := a.pathFault(p.path); why != "" {
			return "answer." + p.field, why
		}
	}
	switch {
	case len(a.SuccessValues) > 0 && a.Success == "":
		return "answer.success_values", "has values, but answer.success doesn't say where"
	case len(a.SuccessValues) > maxCodes:
		return "answer.success_values", "has more than 16 values"
	case len(a.RefusedCodes) > 0 && a.Error == "":
		return "answer.refused_codes", "has codes, but answer.error doesn't say where"
	case len(a.RefusedCodes) > maxCodes || slices.Contains(a.RefusedCodes, ""):
		return "answer.refused_codes", "has more than 16 codes, or an empty one"
	}
	for _, check := range []func() (string, string){a.statusFault, a.valuesFault, a.expiryFault} {
		if field, why := check(); why != "" {
			return field, why
		}
	}
	return "", ""
}

func (a LoginAnswer) valuesFault() (field, why string) {
	if len(a.Values) > maxLoginValues {
		return "answer.values", "are more than 16"
	}
	seen := map[string]bool{}
	for i, v := range a.Values {
		at := "answer.values[" + strconv.Itoa(i) + "]"
		switch {
		case !isName(v.Name):
			return at + ".name", "must be 1 to 64 of a-z, 0-9 and _"
		case seen[v.Name]:
			return at + ".name", "is there twice"
		case len(v.Prefix) > maxPlaceName || strings.ContainsFunc(v.Prefix, isControl):
			return at + ".prefix", "is longer than 256 bytes, or has a control character"
		}
		seen[v.Name] = true
		if field, why := a.placeFault(v.From, v.Path); why != "" {
			return at + "." + field, why
		}
	}
	return "", ""
}

func (a LoginAnswer) statusFault() (field, why string) {
	for _, s := range []struct {
		field string
		list  []int
	}{{"statuses", a.Statuses}, {"refused_statuses", a.RefusedStatuses}} {
		if len(s.list) > maxCodes || slices.ContainsFunc(s.list, func(n int) bool { return n < 200 || n > 599 }) {
			return "answer." + s.field, "has more than 16, or one that isn't between 200 and 599"
		}
	}
	for _, n := range a.Statuses {
		if slices.Contains(a.RefusedStatuses, n) {
			return "answer.refused_statuses", "has one that is among statuses, too"
		}
	}
	return "", ""
}

func (a LoginAnswer) expiryFault() (field, why string) {
	if a.Expires == nil {
		return "", ""
	}
	switch a.Expires.Form {
	case "", ExpirySeconds, ExpiryEpoch, ExpiryEpochMillis, ExpiryISO, ExpiryDuration:
	case ExpiryJWT:
		return "", ""
	default:
		return "answer.expires.form", "there is no such form; use seconds, epoch, epoch_ms, iso, duration or jwt"
	}
	if field, why := a.placeFault(a.Expires.From, a.Expires.Path); why != "" {
		return "answer.expires." + field, why
	}
	return "", ""
}

// placeFault checks where a value is.
func (a LoginAnswer) placeFault(from LoginSource, path string) (field, why string) {
	switch from {
	case "", FromBody:
		return "path", a.pathFault(path)
	case FromHeader, FromCookie, FromRedirect:
		if !header.IsToken(path) || len(path) > maxPlaceName {
			return "path", "must be the name of the " + string(from)
		}
		return "", ""
	}
	return "from", "there is no such source; use body, header, cookie or redirect"
}

func (a LoginAnswer) pathFault(path string) string {
	if a.Format == FormatText && path != "" {
		return "must be empty: text is one value as a whole"
	}
	return answerPathFault(path)
}
