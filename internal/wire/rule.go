package wire

// rule is how a style writes in some places: a row of the table that rules gives. The columns are those of RFC
// 6570, appendix A, as far as the styles need them.
type rule struct {
	style   Style
	in      places
	explode bool   // what a nil Explode means
	first   string // before the whole text
	sep     byte   // between the parts of an exploded value; '&' makes pairs of them
	join    byte   // between the items of a value that isn't exploded
	named   bool   // each part has the parameter's name before it
	bare    bool   // a named part without text has no "=" (RFC 6570's ifemp)
	loose   bool   // RFC 6570 leaves a delimiter inside a value as it is
	whole   bool   // any value is one text, its JSON
	nest    nesting
}

// rules is the table of styles. A style has a second row where a place changes what it writes.
func rules() [14]rule {
	return [...]rule{
		simple(),
		{style: Label, in: path, first: ".", sep: '.', join: ',', loose: true},
		{style: Matrix, in: path, first: ";", sep: ';', join: ',', named: true, bare: true},
		form(),
		{style: SpaceDelimited, in: query, sep: '&', join: ' ', named: true},
		{style: SpaceDelimited, in: path | header, sep: ' ', join: ' '},
		{style: PipeDelimited, in: query, sep: '&', join: '|', named: true},
		{style: PipeDelimited, in: path | header, sep: '|', join: '|'},
		{style: TabDelimited, in: query, sep: '&', join: '\t', named: true},
		{style: TabDelimited, in: path, sep: '\t', join: '\t'},
		{style: DeepObject, in: query, nest: nesting{on: true, object: true, open: "[", shut: "]", number: true}},
		{style: Brackets, in: query, nest: nesting{on: true, open: "[", shut: "]", items: "[]", number: true}},
		{style: Indices, in: query, nest: nesting{on: true, open: "[", shut: "]", items: "[0]", number: true}},
		{style: JSON, in: path | query | header | cookie, whole: true},
	}
}

// simple and form are the rows that most parameters have.
func simple() rule { return rule{style: Simple, in: path | header, sep: ',', join: ','} }

func form() rule {
	return rule{style: Form, in: query | cookie, explode: true, sep: '&', join: ',', named: true}
}

// ruleFor gives the row of a style in a place.
func ruleFor(s Style, in places) (rule, bool) {
	switch {
	case s == Simple && (path|header)&in != 0:
		return simple(), true
	case s == Form && (query|cookie)&in != 0:
		return form(), true
	}
	table := rules()
	for i := range table {
		if r := &table[i]; r.style == s && r.in&in != 0 {
			return *r, true
		}
	}
	return rule{}, false
}

// stylesOf lists the styles that fit a place, for an error.
func stylesOf(in places) string {
	list := ""
	for _, r := range rules() {
		if r.in&in == 0 {
			continue
		}
		if list != "" {
			list += ", "
		}
		list += string(r.style)
	}
	return list
}
