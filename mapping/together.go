package mapping

// together refuses options that don't go together, and such that nobody knows.
func together(label string, f Field) error {
	if err := constAlone(label, f); err != nil {
		return err
	}
	if member, reason := checkChoices(f); reason != "" {
		return &Error{Field: label + "." + member, Reason: reason}
	}
	refuse := func(member, reason string) error { return &Error{Field: label + "." + member, Reason: reason} }
	switch {
	case f.Required && len(f.Default) > 0:
		return refuse("required", "a field with a default is never absent: remove one")
	case f.OmitEmpty && f.OmitNull:
		return refuse("omit_null", "omit_empty leaves null out, too: remove one")
	case f.Enum != nil && len(f.Enum.Words) == 0:
		return refuse("enum.words", "there are none: give at least one")
	case f.Enum != nil && f.Enum.Unknown == UnknownDefault && len(f.Default) == 0:
		return refuse("enum.unknown", "default needs the field's default: give one")
	case f.Date != nil && f.Type != TypeDate:
		return refuse("date", "it is for the type date: set that, or remove it")
	}
	if f.Date == nil {
		return nil
	}
	if reason := checkDate(f.Date.From); reason != "" {
		return refuse("date.from", reason)
	}
	if reason := checkDate(f.Date.To); reason != "" {
		return refuse("date.to", reason)
	}
	return nil
}

// constAlone refuses with a constant what is about a source.
func constAlone(label string, f Field) error {
	isConst := len(f.Const) > 0
	if !isConst && f.From == "" {
		return &Error{Field: label + ".from", Reason: "a field needs from or const"}
	}
	if !isConst {
		return nil
	}
	if f.From != "" {
		return &Error{Field: label, Reason: "from and const exclude each other: remove one"}
	}
	for _, c := range []struct {
		set            bool
		member, reason string
	}{
		{len(f.Default) > 0, "default", "a constant has no default: remove it"},
		{f.Keep, "keep", "a constant has no source to keep: remove keep"},
		{f.Required, "required", "a constant is never absent: remove required"},
		{f.Pick != "", "pick", asItStands}, {f.Trim, "trim", asItStands}, {f.Case != "", "case", asItStands},
		{f.Enum != nil, "enum", asItStands}, {f.Type != "", "type", asItStands}, {f.Date != nil, "date", asItStands},
	} {
		if c.set {
			return &Error{Field: label + "." + c.member, Reason: c.reason}
		}
	}
	return nil
}

const asItStands = "a constant is written as it stands: write it so, and remove this"
