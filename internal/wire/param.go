package wire

import "github.com/waygate-go/waygate/internal/jsontree"

// Pair is a name and a value, both escaped: joined by "=", and to others by "&" in a query and by "; " in a cookie.
type Pair struct{ Name, Value string }

// Param says where a parameter stands and how its value is written. In and Name must be set; the zero value of the
// others is OpenAPI's default. A Param is a value: it can be copied and used at once by many.
type Param struct {
	// In is the place. Only the method of that name writes the parameter.
	In In
	// Name is the parameter's name as the provider knows it, not escaped: "page[size]". In a path only [Matrix] writes
	// it, in a header nothing does.
	Name string
	// Style says how arrays and objects are written; "" is [Simple] in path and header, [Form] in query and cookie.
	Style Style
	// Explode writes each member of an array or object by itself; nil is true for [Form] and false for the others.
	// It changes nothing for [JSON] and for the styles that name what is nested ([DeepObject], [Brackets], [Indices]),
	// which always write each by itself: false is what an OpenAPI document says for deepObject when it says nothing.
	Explode *bool
	// AllowReserved leaves RFC 3986's reserved characters in the value of a query pair as they are, and percent
	// escapes that are there already (RFC 6570, section 3.2.3), but for # and &, which would end the query or the
	// pair, + (form decoders read a space) and [ and ] (RFC 3986, section 3.4). A comma inside an item is then not
	// told from one between items. Names are escaped as always.
	AllowReserved bool
	// AllowSlash leaves the slash in a path as it is: the value may add segments, empty ones among them, but none that
	// is . or .. .
	AllowSlash bool
}

// Validate says whether the parameter can be written: the place is known and has that style, the name is not empty
// and in a header or a cookie a token (RFC 9110, section 5.6.2), AllowReserved stands in a query and AllowSlash in
// a path only. The error is an [*Error]; the other methods give the same.
func (p Param) Validate() error {
	if _, e := p.rule(); e != nil {
		return e
	}
	return nil
}

// rule gives the row for the parameter, or what is wrong with it.
func (p *Param) rule() (rule, *Error) {
	in := p.In.place()
	if in == 0 {
		return rule{}, misuse("in", "path, query, header or cookie", string(p.In), "there is no such place")
	}
	style := p.Style
	if style == "" {
		style = Simple
		if in&(query|cookie) != 0 {
			style = Form
		}
	}
	r, ok := ruleFor(style, in)
	switch {
	case !ok:
		return r, misuse("style", stylesOf(in), string(style), "there is no such style for this place")
	case p.Name == "":
		return r, misuse("name", "a name", "", "a parameter needs a name")
	case in&(header|cookie) != 0 && !token.only(p.Name):
		return r, misuse("name", "a token", "", "the name of a header or a cookie must be a token (RFC 9110)")
	case p.AllowSlash && in != path:
		return r, misuse("allow_slash", "a path", string(p.In), "a slash can be allowed in a path only")
	case p.AllowReserved && in != query:
		return r, misuse("allow_reserved", "a query", string(p.In), "reserved characters can be allowed in a query only")
	}
	return r, nil
}

// misuse is a fault of a Param or of FormOptions: what it says is configuration, no value.
func misuse(field, expected, received, reason string) *Error {
	return &Error{Keyword: field, Expected: expected, Received: received, Reason: reason}
}

// writer makes the writer of the method for a place.
func (p *Param) writer(in places) (writer, *Error) {
	r, e := p.rule()
	if e != nil {
		return writer{}, e
	}
	if p.In.place() != in {
		return writer{}, misuse("in", "the place of this method", string(p.In), "the parameter stands in another place")
	}
	w := writer{rule: r, in: in, keys: unreserved, value: unreserved, explode: r.explode}
	if p.Explode != nil {
		w.explode = *p.Explode
	}
	switch {
	case p.AllowSlash:
		w.value = slashed
	case p.AllowReserved:
		w.value = reserved
	case in == cookie:
		w.keys, w.value = token, octets
	case in == header:
		w.keys, w.value = everything, everything
	}
	w.name = w.keys.escape(p.Name)
	return w, nil
}

// Path writes the text for the parameter's variable in a path, percent-escaped. It holds no ? and no #, and no /
// unless AllowSlash says so.
//
// What would be no text is refused, as are backslashes, and a segment . or .. anywhere. The
// caller must do the last for the path that it makes: a literal dot beside the variable is not seen here.
func (p Param) Path(v any) (string, error) {
	w, e := p.writer(path)
	if e != nil {
		return "", e
	}
	parts, e := w.parts(&p, v)
	if e != nil {
		return "", e
	}
	text := w.text(parts)
	switch {
	case text == "":
		return "", &Error{Keyword: "required", Expected: "a value with text", Received: jsontree.TypeName(v),
			Reason: "a value in a path can't be empty"}
	case dotSegment(text):
		return "", &Error{Keyword: "format", Expected: noDots, Received: jsontree.TypeName(v), Reason: dotsReason}
	}
	return text, nil
}

// Query writes the pairs of a query, percent-escaped (a space is %20), in the order of the array or of the bytes of
// the keys. A value that is undefined gives none.
func (p Param) Query(v any) ([]Pair, error) {
	return p.pairs(query, v)
}

// Header writes the value of a header field. Nothing decodes escapes there, so none are made: the text stands as it
// is, and control characters are refused, a tab too. So is an item of an array or object that holds the delimiter.
//
// A value that is undefined gives "", as "" does: ask [Param.Undefined] whether the field is to be sent at all.
func (p Param) Header(v any) (string, error) {
	w, e := p.writer(header)
	if e != nil {
		return "", e
	}
	parts, e := w.parts(&p, v)
	if e != nil {
		return "", e
	}
	return w.text(parts), nil
}

// Cookie writes the pairs of the Cookie field. The octets that RFC 6265 allows in a value stay, but for the percent
// sign; that and the others are percent-escaped, for a provider that decodes them. The comma between items stands as it is, as
// OpenAPI has it, and an item that holds one is refused.
func (p Param) Cookie(v any) ([]Pair, error) {
	return p.pairs(cookie, v)
}

func (p *Param) pairs(in places, v any) ([]Pair, error) {
	w, e := p.writer(in)
	if e != nil {
		return nil, e
	}
	pairs, e := w.parts(p, v)
	if e != nil {
		return nil, e
	}
	return pairs, nil
}

// Undefined reports whether a value is what RFC 6570, section 2.3 calls undefined, so that nothing is sent for it:
// null, or an array or object without a member that is not null. In [JSON] only null is.
func (p Param) Undefined(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		for _, item := range v {
			if item != nil {
				return false
			}
		}
		return p.Style != JSON
	case map[string]any:
		for _, member := range v {
			if member != nil {
				return false
			}
		}
		return p.Style != JSON
	}
	return false
}
