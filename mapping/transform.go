package mapping

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// how says in which way a field got its value.
type how uint8

const (
	asRead    how = iota
	byDefault     // the source is absent or null, or the enum says so
	asUnknown     // a word that the enum doesn't know is kept
)

// settle makes a slot of what was read. gathered says that v is the list that the source's [*] made.
func (f *field) settle(v any, found, gathered bool) slot {
	if found && f.pick != "" {
		v, found, gathered = f.picked(v, gathered)
	}
	switch {
	case v == nil && f.hasDefault:
		return slot{do: f.action(f.value), found: found, value: f.value, how: byDefault}
	case !found && f.required:
		return slot{do: failed, reason: "the required member is absent: make the field optional or give it a default"}
	case !found:
		return slot{do: skip}
	case f.plain:
		return slot{do: f.action(v), found: true, value: v}
	case gathered:
		return f.settleList(v)
	}
	v, how, reason := f.transform(v)
	if reason != "" {
		return slot{do: failed, found: true, reason: reason}
	}
	return slot{do: f.action(v), found: true, value: v, how: how}
}

// settleList transforms each item of the list that the source's [*] gathered, which is the field's own. One that fails
// fails it all.
func (f *field) settleList(v any) slot {
	list, _ := v.([]any)
	s := slot{found: true}
	for i, item := range list {
		v, how, reason := f.transform(item)
		if reason != "" {
			return slot{do: failed, found: true, reason: reason}
		}
		list[i], s.how = v, max(s.how, how)
	}
	s.do, s.value = f.action(v), v
	return s
}

// picked takes of a list what the field wants.
func (f *field) picked(v any, gathered bool) (_ any, found, stillGathered bool) {
	list, isList := v.([]any)
	switch {
	case v == nil:
		return nil, true, false
	case !isList && f.pick == PickAll:
		return []any{v}, true, true
	case f.pick == PickAll:
		if !gathered { // it is the document's own
			list = append(make([]any, 0, len(list)), list...)
		}
		return list, true, true
	case !isList:
		return v, true, false
	case len(list) == 0:
		return nil, false, false
	case f.pick == PickLast:
		return list[len(list)-1], true, false
	}
	return list[0], true, false
}

// transform takes one value through trim, case, enum and type.
func (f *field) transform(v any) (_ any, h how, reason string) {
	if s, ok := v.(string); ok {
		if f.trim {
			s = strings.TrimSpace(s)
		}
		switch f.letters {
		case Upper:
			s = strings.ToUpper(s)
		case Lower:
			s = strings.ToLower(s)
		}
		v = s
	}
	if v == nil || f.omitEmpty && empty(v) {
		return v, asRead, ""
	}
	if f.words != nil {
		if v, h, reason = f.translate(v); reason != "" || h == byDefault {
			return v, h, reason
		}
	}
	v, reason = f.convert(v)
	return v, h, reason
}

// Forms returns the texts that the fields would make of a text, numbers as JSON writes them, but for the text itself: for
// whoever has to find a value, such as a secret, by its text in what was mapped.
func (p *Program) Forms(text string) (forms []string) {
	if p == nil {
		return nil
	}
	for i := range p.fields {
		f := &p.fields[i]
		if f.plain {
			continue
		}
		v, h, reason := f.transform(text)
		if form, ok := word(v); ok && reason == "" && h != byDefault && form != text && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// translate looks a word up.
func (f *field) translate(v any) (any, how, string) {
	key, ok := word(v)
	if !ok {
		return nil, asRead, "a value of type " + jsontree.TypeName(v) + " is no word to translate" + compoundHint(v)
	}
	to, known := f.words[key]
	switch {
	case known:
		return to, asRead, ""
	case f.unknown == UnknownKeep:
		return v, asUnknown, ""
	case f.unknown == UnknownDefault:
		return f.value, byDefault, ""
	}
	return nil, asRead, "the word is none that the enum knows: add it, or say what becomes of unknown ones"
}

// word is how an [Enum] looks a scalar up.
func word(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int64, float64, json.Number:
		return string(jsontree.Append(nil, v)), true
	}
	return "", false
}
