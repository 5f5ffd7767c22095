package template

// Ref names a value that a template needs.
type Ref struct {
	// Scope is "" for {name}; else "connection", "call", "tenant", "env", or "var" for
	// the nearest of call, connection and tenant.
	Scope string
	// Name is one or more letters, digits, dots, hyphens or underscores.
	Name string
}

// String writes the Ref as it stands in a template, without a default.
func (r Ref) String() string {
	if r.Scope == "" {
		return "{" + r.Name + "}"
	}
	return "${" + r.Scope + "." + r.Name + "}"
}

// missing says what to do when there is no value.
func (r Ref) missing() string {
	switch r.Scope {
	case "":
		return "there is no value for " + r.String() + ": give the parameter " + r.Name
	case "env":
		return "there is no value for " + r.String() + ": the host has to put it in its environment map, or write a default ${env." + r.Name + ":-…}"
	}
	whose := r.Scope
	if whose == "var" {
		whose = "call's, connection's or tenant's"
	}
	return "there is no value for " + r.String() + ": set the " + whose + " variable " + r.Name +
		", or write a default ${" + r.Scope + "." + r.Name + ":-…}"
}

func isScope(s string) bool {
	switch s {
	case "connection", "call", "tenant", "env", "var":
		return true
	}
	return false
}

func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }
