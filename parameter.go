package waygate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

type compiledParameter struct {
	ConnectionParameter
	pattern *regexp.Regexp
}

func (c *compiledIntegration) compileParameters() error {
	known := map[string]bool{}
	for i, p := range c.def.Parameters {
		at := fmt.Sprintf("parameters[%d]", i)
		if err := checkVariableName(p.Name); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if known[p.Name] {
			return fmt.Errorf("%s: %q is declared twice", at, p.Name)
		}
		known[p.Name] = true
		cp := compiledParameter{ConnectionParameter: p}
		if p.Pattern != "" {
			if len(p.Pattern) > maxPattern {
				return fmt.Errorf("%s: pattern of %d bytes, want at most %d", at, len(p.Pattern), maxPattern)
			}
			re, err := regexp.Compile(`\A(?:` + p.Pattern + `)\z`)
			if err != nil {
				return fmt.Errorf("%s: pattern: %w", at, err)
			}
			cp.pattern = re
		}
		if p.Default != nil {
			if err := cp.check(*p.Default); err != nil {
				return fmt.Errorf("%s: default: %w", at, err)
			}
		}
		c.params = append(c.params, cp)
	}
	for _, r := range c.base.Refs() {
		if r.Scope == "" && !known[r.Name] {
			return fmt.Errorf("base_url: {%s} is not among the parameters: declare it", r.Name)
		}
		if r.Scope != "" {
			return fmt.Errorf("base_url: ${%s.%s}: only {parameter}s of the connection can stand in it", r.Scope, r.Name)
		}
	}
	return nil
}

// check tests a value against the parameter's rules; the value isn't shown.
func (p compiledParameter) check(value string) error {
	switch {
	case len(value) > maxParameter:
		return badParameter(p.Name, "maxLength", fmt.Sprintf("has more than %d bytes", maxParameter))
	case p.pattern != nil && !p.pattern.MatchString(value):
		return badParameter(p.Name, "pattern", "does not match the pattern "+p.Pattern)
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, value):
		return badParameter(p.Name, "enum", "is none of "+strings.Join(p.Enum, ", "))
	}
	return nil
}

const maxParameter = 1024 // bytes of a connection parameter's value

// badParameter is a connection parameter that breaks a rule, as a field.
func badParameter(name, keyword, what string) error {
	e := errorf(KindInvalidInput, "", "parameter %q of the connection %s", clip(name), what)
	e.Fields = []FieldError{{Pointer: "/parameters" + pointerTo(name), Keyword: keyword}}
	return e
}
