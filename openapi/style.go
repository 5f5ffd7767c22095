package openapi

import (
	"slices"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/wire"
)

// styleOf says how a parameter's value is written.
func (d *draft) styleOf(p *parameter) {
	if p.Style == waygate.StyleJSON {
		return
	}
	if d.im.d.version == v20 {
		d.collection(p)
		return
	}
	p.Style, p.Explode = d.style(p.at, p.In, p.shape)
	p.AllowReserved = p.In == waygate.InQuery && p.at.is("allowReserved")
}

// style reads style and explode, of a parameter or of a member of a form.
func (d *draft) style(n node, in waygate.In, s shape) (waygate.Style, *bool) {
	style, explode := waygate.Style(n.text("style")), n.flag("explode")
	standard := waygate.StyleForm
	if in == waygate.InPath || in == waygate.InHeader {
		standard = waygate.StyleSimple
	}
	switch {
	case style == "":
	case style == waygate.StyleDeepObject && in == waygate.InQuery && s != objectShape:
		d.note(NoteStyle, n, "deepObject is for objects: arrays are written as name[]=item, other values as they are")
		return waygate.StyleBrackets, nil
	case style == waygate.StyleDeepObject && in == waygate.InQuery:
		if d.im.holdsArrays(n.get("schema"), 0) {
			d.note(NoteStyle, n, "nothing says how arrays in a deepObject are written: as name[key]=item for each, those of objects as name[key][0][member]=value")
		}
	case !fits(in, style) || swaggerOnly(style):
		d.note(NoteStyle, n, "the style doesn't fit the place: the usual one is taken")
		style = ""
	}
	if style == waygate.StyleDeepObject {
		return style, nil
	}
	usual := standard == waygate.StyleForm && (style == "" || style == waygate.StyleForm)
	if style == "" && s&objectShape != 0 && in == waygate.InQuery {
		style = standard // an object needs one
	}
	if s == scalarShape && (style == standard || style == "") {
		return "", nil // neither changes anything
	}
	if style == standard && s&objectShape == 0 {
		style = ""
	}
	if explode != nil && *explode == usual {
		explode = nil
	}
	return style, explode
}

// holdsArrays says whether an object has members that are arrays, or objects that do.
func (im *importer) holdsArrays(n node, depth int) bool {
	const deepest = 4
	n, ok := im.d.deref(n)
	if !ok || depth > deepest {
		return false
	}
	members := n.get("allOf").items()
	for _, m := range n.get("properties").members() {
		if im.shape(m.node, 0)&arrayShape != 0 {
			return true
		}
		members = append(members, m.node)
	}
	return slices.ContainsFunc(members, func(m node) bool { return im.holdsArrays(m, depth+1) })
}

// fits says whether a place has a style.
func fits(in waygate.In, style waygate.Style) bool {
	return wire.Param{In: wire.In(in), Name: "x", Style: wire.Style(style)}.Validate() == nil
}

// swaggerOnly are styles of ours that OpenAPI 3 doesn't have.
func swaggerOnly(s waygate.Style) bool {
	switch s {
	case waygate.StyleTabDelimited, waygate.StyleBrackets, waygate.StyleIndices, waygate.StyleJSON:
		return true
	}
	return false
}

// collection reads Swagger 2.0's collectionFormat.
func (d *draft) collection(p *parameter) {
	if p.shape&arrayShape == 0 {
		return
	}
	no := false
	inQuery := p.In == waygate.InQuery || p.In == waygate.InBody
	switch format := p.at.text("collectionFormat"); format {
	case "", "csv":
		if inQuery {
			p.Style, p.Explode = waygate.StyleForm, &no
		}
	case "multi":
		if !inQuery {
			d.note(NoteStyle, p.at, "multi is for the query and forms: the items are joined by commas")
			return
		}
		p.Style = waygate.StyleForm
	case "ssv", "tsv", "pipes":
		styles := map[string]waygate.Style{"ssv": waygate.StyleSpaceDelimited, "tsv": waygate.StyleTabDelimited, "pipes": waygate.StylePipeDelimited}
		as := wire.Param{In: wireIn(p.In), Name: "x", Style: wire.Style(styles[format])}
		if as.Validate() != nil {
			d.note(NoteStyle, p.at, "the collection format doesn't fit the place: the items are joined by commas")
			return
		}
		p.Style, p.Explode = styles[format], &no
	case "brackets":
		p.Style = waygate.StyleBrackets
	default:
		d.note(NoteStyle, p.at, "there is no such collection format: the items are joined by commas")
		if inQuery {
			p.Style, p.Explode = waygate.StyleForm, &no
		}
	}
}

// wireIn is where a member of a form is written: as in a query.
func wireIn(in waygate.In) wire.In {
	if in == waygate.InBody {
		return wire.InQuery
	}
	return wire.In(in)
}
