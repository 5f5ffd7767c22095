package openapi

import (
	"cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/rawjson"
	"github.com/waygate-go/waygate/pagination"
)

// numbered is a strategy by page number or offset, where the answer tells the end: by the number of pages or records, or
// by a flag. It is nil where it doesn't.
func (d *draft) numbered(param string, body bodyMembers) pagination.Strategy {
	more := d.im.find(body, "hasmore", "hasnextpage", "morerecords", "moreresults")
	total := d.im.find(body, "total", "totalcount", "totalresults", "totalitems", "totalrecords", "totalelements")
	pages := d.im.find(body, "totalpages", "pagecount", "numpages", "lastpage", "pagestotal")
	switch bareName(param) {
	case "page", "pagenumber", "pageindex":
		s := pagination.PageNumber{Param: param, More: more}
		if s.Pages = pages; pages == "" && more == "" {
			return nil // the number of records says little without the size of a page
		}
		if first, ok := d.firstPage(param); ok {
			s.Start = &first
		}
		return s
	case "offset", "skip":
		if more != "" || total != "" {
			return pagination.Offset{Param: param, More: more, Total: total}
		}
	}
	return nil
}

// firstPage is the number of the first page, where the parameter says that it isn't 1.
func (d *draft) firstPage(param string) (first int, ok bool) {
	for _, p := range d.params {
		if p.In != waygate.InQuery || cmp.Or(p.As, p.Name) != param {
			continue
		}
		for _, keyword := range []string{"default", "minimum"} {
			switch string(rawjson.Get(p.schema.text, keyword)) {
			case "0":
				return 0, true
			case "1":
				return 0, false
			}
		}
	}
	return 0, false
}
