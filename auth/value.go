package auth

import (
	"context"
	"net/http"
	"strings"
)

// pick gives the first of the named values that is set and not empty. constructor
// is what the error advises.
func pick(op, scheme string, c Credential, constructor string, names ...string) (string, error) {
	for _, name := range names {
		if v := c.Values[name]; !v.IsZero() && v.Reveal() != "" {
			return v.Reveal(), nil
		}
	}
	reason := "is missing or empty; give the connection " + constructor
	if len(names) > 1 {
		reason = "is missing or empty, like " + strings.Join(names[1:], " and ") +
			"; give the connection " + constructor
	}
	return "", &Error{Op: op, Scheme: scheme, Field: "values." + names[0], Reason: reason}
}

// checkValue refuses a value that can't stand in its place.
func checkValue(op, scheme string, p Place, value string) error {
	if why := unsafe(p.In, value); why != "" {
		return &Error{Op: op, Scheme: scheme, Field: p.String(), Reason: "the value " + why}
	}
	return nil
}

// begin is what every Authorize starts with.
func begin(ctx context.Context, scheme string, r *http.Request) error {
	if err := ctx.Err(); err != nil {
		return &Error{Op: opAuthorize, Scheme: scheme, Reason: "the context has ended", Err: err}
	}
	if r == nil {
		return &Error{Op: opAuthorize, Scheme: scheme, Reason: "there is no request to sign; give one"}
	}
	return nil
}
