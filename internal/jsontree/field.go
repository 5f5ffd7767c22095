package jsontree

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// field is one member that a struct receives.
type field struct {
	name   string // of the member
	index  []int  // path through embedded structs
	tagged bool   // the name comes from a tag
	quoted bool   // tag option "string"
	typ    reflect.Type
	plan   *plan
}

// fields lists the members of a struct, its embedded structs' among them, by
// Go's rule for promotion as encoding/json bends it: the shallowest wins, then
// the only tagged one; otherwise none.
func (b planner) fields(t reflect.Type) []field {
	all := collect(t)
	byName := map[string][]field{}
	for _, f := range all {
		byName[f.name] = append(byName[f.name], f)
	}
	var fields []field
	for _, f := range all {
		if w, ok := dominant(byName[f.name]); ok && slices.Equal(w.index, f.index) {
			f.plan = b.plan(f.typ)
			fields = append(fields, f)
		}
	}
	return fields
}

// dominant picks among the fields of one name, listed by depth.
func dominant(same []field) (field, bool) {
	depth := len(same[0].index)
	var top, tagged []field
	for _, f := range same {
		if len(f.index) != depth {
			break
		}
		top = append(top, f)
		if f.tagged {
			tagged = append(tagged, f)
		}
	}
	switch {
	case len(top) == 1:
		return top[0], true
	case len(tagged) == 1:
		return tagged[0], true
	}
	return field{}, false
}

// level is an embedded struct still to be looked into.
type level struct {
	typ   reflect.Type
	index []int
	twice bool // embedded more than once at its depth: its fields cancel out
}

// collect walks level by level and lists every candidate, shallowest first.
func collect(t reflect.Type) []field {
	var all []field
	seen := map[reflect.Type]bool{}
	for now := []level{{typ: t}}; len(now) > 0; {
		var next []level
		for _, l := range now {
			seen[l.typ] = true
		}
		for _, l := range now {
			for i := range l.typ.NumField() {
				f, inner, ok := member(l, i)
				switch {
				case !ok:
				case inner == nil:
					all = append(all, f)
					if l.twice {
						all = append(all, f)
					}
				case !seen[inner]:
					next = enqueue(next, level{inner, f.index, l.twice})
				}
			}
		}
		now = next
	}
	return all
}

func enqueue(next []level, l level) []level {
	for i := range next {
		if next[i].typ == l.typ {
			next[i].twice = true
			return next
		}
	}
	return append(next, l)
}

// member reads the i-th field of a struct: ok is false if JSON ignores it, and
// inner is the struct whose fields stand in its place.
func member(l level, i int) (f field, inner reflect.Type, ok bool) {
	sf := l.typ.Field(i)
	t := sf.Type
	if t.Kind() == reflect.Pointer && (sf.Anonymous || t.Name() == "") {
		t = t.Elem()
	}
	if !sf.IsExported() && !(sf.Anonymous && t.Kind() == reflect.Struct) {
		return f, nil, false
	}
	tag := sf.Tag.Get("json")
	if tag == "-" {
		return f, nil, false
	}
	name, options, _ := strings.Cut(tag, ",")
	if !isTagName(name) {
		name = ""
	}
	f = field{name: name, index: append(slices.Clip(l.index), i), tagged: name != "", typ: sf.Type}
	if name == "" && sf.Anonymous && t.Kind() == reflect.Struct {
		return f, t, true
	}
	if name == "" {
		f.name = sf.Name
	}
	f.quoted = slices.Contains(strings.Split(options, ","), "string") && isQuotable(t.Kind())
	return f, nil, true
}

// isQuotable says which kinds the tag option "string" means anything for.
func isQuotable(k reflect.Kind) bool {
	return k == reflect.String || reflect.Bool <= k && k <= reflect.Float64
}

// isTagName says which names encoding/json takes from a tag; others are as if
// they were not there.
func isTagName(name string) bool {
	for _, r := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return name != ""
}
