package auth

import (
	"context"
	"slices"
	"strconv"
)

const opLookup = "lookup"

// lookupFault checks the requests that are made with a new token.
func (s OAuth2) lookupFault() (field, why string) {
	if len(s.Lookup) == 0 {
		return "", ""
	}
	switch {
	case len(s.Lookup) > maxLoginSteps:
		return "lookup", "are more than 4"
	case s.grant() != GrantAuthorizationCode && s.grant() != GrantDeviceCode:
		return "lookup", "happens where a person has consented: with the grants authorization_code and device_code"
	}
	given := func(name string) bool { return slices.Contains([]string{valueAccessToken, "id_token"}, name) }
	if _, at, why := stepFaults("lookup", s.Lookup, given); why != "" {
		return at, why
	}
	for i, p := range s.Lookup {
		at := "lookup[" + strconv.Itoa(i) + "]"
		if field, why := s.earlyFault(p); why != "" {
			return at + "." + field, why
		}
		at += ".answer"
		if p.Answer.Expires != nil {
			return at + ".expires", "is for a login; the token's own answer tells when it expires"
		}
		for j, v := range p.Answer.Values {
			at := at + ".values[" + strconv.Itoa(j) + "]"
			switch {
			case v.keeps():
				return at, "can't be kept in the credential: it becomes a parameter of the connection"
			case slices.ContainsFunc(s.Capture, func(c Capture) bool { return c.Parameter == v.Name }):
				return at + ".name", "is a parameter that capture brings already"
			}
		}
	}
	return "", ""
}

// earlyFault looks for parameters whose values come with the token or after it: there are none yet, or those of the token of
// before, and by then the code is spent.
func (s OAuth2) earlyFault(p LoginStep) (field, why string) {
	brings := func(p LoginStep, name string) bool {
		return slices.ContainsFunc(p.Answer.Values, func(v LoginValue) bool { return v.Name == name })
	}
	for _, t := range p.texts() {
		compiled, err := t.compile()
		if err != nil {
			continue
		}
		for _, ref := range compiled.Refs() {
			switch {
			case slices.ContainsFunc(s.Lookup, func(p LoginStep) bool { return brings(p, ref.Name) }):
				return t.field, "has " + ref.String() + ", which is looked up; what an earlier request brought is {" + ofCaptured + ref.Name + "}, and stands in no host"
			case slices.ContainsFunc(s.Capture, func(c Capture) bool { return c.source() == CaptureAnswer && c.Parameter == ref.Name }):
				return t.field, "has " + ref.String() + ", which comes with the token and is known only when the connection is made"
			}
		}
	}
	return "", ""
}

// lookUp asks what a new token is for, and adds that to the connection's parameters. Every error is a *TokenError, or an
// *Error if a request couldn't be made: the token is lost with it.
func (a asker) lookUp(ctx context.Context, c Credential, parameters map[string]string) error {
	if len(a.scheme.Lookup) == 0 {
		return nil
	}
	call := a.call
	call.Parameters = a.parameters
	client := map[string]string{"id": a.client.ID, "secret": a.client.Secret.Reveal()}
	r := newLoginRun(kindOAuth2, opLookup, call, c, client, a.scheme.Lookup, 0)
	for i, p := range r.steps {
		if err := r.step(ctx, "lookup["+strconv.Itoa(i)+"]", p); err != nil {
			return err
		}
	}
	for name, v := range r.captured {
		if len(v) > maxCaptured {
			return &Error{Op: opRequest, Scheme: kindOAuth2, Field: "lookup", Reason: "brings a value " + name + " of more than 1 KiB; look up something shorter"}
		}
		parameters[name] = v
	}
	return nil
}
