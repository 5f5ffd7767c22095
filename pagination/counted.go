package pagination

import (
	"slices"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// counted is what Offset and PageNumber share: a parameter that is counted up,
// and signs of the end.
type counted struct {
	kind          string
	param         Param // without a value
	current, more *jsonpath.Path
	total         count
	limit         int
	short         bool
	sparse        bool // a page without records may stand before others
}

// countedFields are the fields of a definition that counted is made of.
type countedFields struct {
	in, limitIn             In
	param, limitParam       string
	current, more           string
	total, totalHeader      string
	start, limit, endStatus int
	shortPage               bool
}

func (f countedFields) compile(kind string) (counted, error) {
	c := counted{kind: kind, param: Param{In: f.in.orQuery(), Name: f.param}, limit: f.limit, short: f.shortPage}
	if field, why := checkParam("", f.in, f.param); why != "" {
		return c, invalid(kind, field, why)
	}
	if f.start < 0 || int64(f.start) > maxPosition {
		return c, invalid(kind, "start", "must be between 0 and 2^53")
	}
	if field, why := checkPageSize(f.limit, f.limitParam, f.limitIn); why != "" {
		return c, invalid(kind, field, why)
	}
	if f.limit > 0 && overlap(f.in, f.param, f.limitIn, f.limitParam) {
		return c, invalid(kind, "limit_param", "is the parameter that is counted up; name another")
	}
	if err := checkShortPage(kind, f.shortPage, f.limit); err != nil {
		return c, err
	}
	if err := checkEndStatus(kind, f.endStatus); err != nil {
		return c, err
	}
	var err error
	if c.current, err = compilePath(kind, "current", f.current); err != nil {
		return c, err
	}
	if c.more, err = compilePath(kind, "more", f.more); err != nil {
		return c, err
	}
	c.total, err = checkCount(kind, "total", f.total, f.totalHeader)
	return c, err
}

// first gives the parameter at its start, and the page size.
func (f countedFields) first() []Param {
	return slices.Concat([]Param{{In: f.in.orQuery(), Name: f.param, Value: int64(f.start)}},
		pageSize(f.limit, f.limitParam, f.limitIn))
}

// at is where p stands: as it was asked for, as its body says, else, where
// neither is known, otherwise.
func (c counted) at(p Page, otherwise int64) (int64, error) {
	said, err := (count{field: "current", path: c.current}).read(c.kind, p)
	if err != nil {
		return 0, err
	}
	sent := p.sent(c.param.In, c.param.Name)
	if sent == nil {
		if said >= 0 {
			return said, nil
		}
		return otherwise, nil
	}
	n, ok := whole(sent)
	switch {
	case !ok:
		return 0, c.failed("param", "the page was asked for with something else than a whole number")
	case said >= 0 && said != n:
		return 0, c.failed("current", "the provider gave another page than it was asked for, as if it didn't know the parameter; check param and in")
	}
	return n, nil
}

// last reads the signs of the end: yes if p is the last page, no if more is to
// come, unknown if nothing says so. seen are the records up to the end of p, -1
// if that is not known.
func (c counted) last(p Page, seen int64) (answer, error) {
	more, err := flag(c.kind, c.more, p.Body)
	switch {
	case err != nil:
		return unknown, err
	case more == yes:
		return no, nil
	case more == no:
		return yes, nil
	}
	total, err := c.total.read(c.kind, p)
	switch {
	case err != nil:
		return unknown, err
	case total >= 0 && seen >= total:
		return yes, nil
	case p.Records < 0 && p.Index == 0: // no list at all, as far as is known
		return yes, nil
	case p.Records < 0:
		return unknown, c.failed("", "the page has no list of records where one is expected; check where records are")
	case p.Records == 0 && (total < 0 || !c.sparse):
		return yes, nil
	case total >= 0 && seen >= 0:
		return no, nil
	case c.short && p.Records < c.limit:
		return yes, nil
	}
	return unknown, nil
}

// next sets the parameter.
func (c counted) next(to int64) (*Next, error) {
	if to > maxPosition {
		return nil, c.failed("param", "the place of the next page is beyond 2^53")
	}
	return &Next{Set: []Param{{In: c.param.In, Name: c.param.Name, Value: to}}}, nil
}

func (c counted) failed(field, reason string) *Error {
	return &Error{Op: opNext, Strategy: c.kind, Field: field, Reason: reason}
}
