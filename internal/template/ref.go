package template

// Ref names a value that a template needs.
type Ref struct {
	// Scope is "" for {name}; else "connection", "call", "tenant" or "env".
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
	return "there is no value for " + r.String() + ": set the " + r.Scope + " variable " + r.Name +
		", or write a default ${" + r.Scope + "." + r.Name + ":-…}"
}

func isScope(s string) bool {
	switch s {
	case "connection", "call", "tenant", "env":
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
