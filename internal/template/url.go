package template

import "strings"

// CompileURL reads a template of an absolute URL: a literal http or https, an
// authority and a path, each with its own escaping (see [Authority], [Path]),
// and perhaps a literal query. User information, a fragment, and values in
// scheme or query are refused with an [*Error].
func CompileURL(src string) (*Template, error) {
	parts, err := tokens(src, false)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 || parts[0].isRef() {
		return nil, &Error{Reason: schemeReason}
	}
	scheme, rest, ok := strings.Cut(parts[0].text, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return nil, &Error{Reason: schemeReason}
	}
	// The scheme is a part of its own that no rule applies to.
	own := []part{{text: strings.ToLower(scheme) + "://"}}
	parts[0].text = rest
	parts[0].offset += len(scheme) + len("://")
	place := Authority
	for _, p := range parts {
		if p.isRef() {
			if place == Query {
				return nil, &Error{Offset: p.offset, Ref: p.ref, Reason: "a URL's query takes no values: declare a query parameter"}
			}
			p.place = place
			own = append(own, p)
			continue
		}
		own, place = split(own, p, place)
	}
	if len(own) == 1 || own[1].place != Authority {
		return nil, &Error{Offset: len(own[0].text), Reason: "the URL has no host"}
	}
	return finish(own)
}

const schemeReason = "a URL must begin with http:// or https:// as plain text"

// split cuts a literal where authority, path and query begin and appends the
// pieces to own. The question mark counts as Query, which allows it.
func split(own []part, p part, place Place) ([]part, Place) {
	for p.text != "" {
		end, next := len(p.text), place
		switch place {
		case Authority:
			if i := strings.IndexAny(p.text, "/?"); i >= 0 {
				end, next = i, Path
			}
		case Path:
			if i := strings.IndexByte(p.text, '?'); i >= 0 {
				end, next = i, Query
			}
		}
		if end > 0 {
			piece := p
			piece.text, piece.place = p.text[:end], place
			own = append(own, piece)
		}
		p.text, p.offset = p.text[end:], p.offset+end
		place = next
	}
	return own, place
}
