package waygate

import (
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/template"
)

type headerTemplate struct {
	name  string // canonical
	value *template.Template
	told  string // what of the platform's it tells; empty for what everybody may see
}

// compileHeaders checks names and compiles values.
func compileHeaders(headers map[string]string, places []auth.Place) ([]headerTemplate, error) {
	var out []headerTemplate
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if err := checkHeaderName(name, places); err != nil {
			return nil, at(fmt.Sprintf("headers[%q]", name), err)
		}
		t, err := template.Compile(headers[name], template.Header)
		if err != nil {
			return nil, at(fmt.Sprintf("headers[%q]", name), err)
		}
		h := headerTemplate{name: textproto.CanonicalMIMEHeaderKey(name), value: t}
		h.told = h.secret()
		out = append(out, h)
	}
	return out, nil
}

// checkHeaderName refuses what only the gateway, the transport or the scheme
// may set.
func checkHeaderName(name string, places []auth.Place) error {
	if !header.IsToken(name) {
		return fmt.Errorf("%q is not a header name: write it like X-Api-Version, of letters, digits and -", clip(name))
	}
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	switch canonical {
	case "Idempotency-Key", "X-Idempotency-Key":
		return fmt.Errorf("%s: declare it as the action's idempotency, so that repeats are safe", canonical)
	}
	if header.Reserved(name) {
		return fmt.Errorf("%s is set by the transport: leave it out", canonical)
	}
	for _, p := range places {
		if (p.In == auth.InHeader || p.In == "") && strings.EqualFold(p.Name, name) {
			return fmt.Errorf("%s is set by the auth scheme: leave it out", canonical)
		}
	}
	return nil
}

// checkCookieName refuses what is no name (RFC 6265, section 4.1.1), and what
// only the scheme may set.
func checkCookieName(name string, places []auth.Place) error {
	if !header.IsToken(name) {
		return fmt.Errorf("%q is not the name of a cookie: write it like session_id, of letters, digits, - and _", clip(name))
	}
	for _, p := range places {
		if p.In == auth.InCookie && p.Name == name {
			return fmt.Errorf("cookie %s is set by the auth scheme: leave it out", name)
		}
	}
	return nil
}
