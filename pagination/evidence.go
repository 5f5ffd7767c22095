package pagination

import "strings"

// Evidence is what a strategy that finds out by itself went by.
type Evidence struct {
	// Kind is that of the strategy that the page speaks for; empty if none was
	// recognised.
	Kind string `json:"kind,omitempty"`
	// Found are the places on the page that speak for it, "header Link" or paths
	// of its body, the one that leads to the next page first.
	Found []string `json:"found,omitempty"`
	// Param is the parameter that takes what was found; empty for a URL.
	Param string `json:"param,omitempty"`
	// More says that there is more, by a flag or a total, where no strategy was
	// recognised.
	More bool `json:"more,omitempty"`
}

// String says it in a line: "cursor by $.meta.next_cursor into cursor".
func (e Evidence) String() string {
	switch {
	case e.Kind == "" && e.More:
		return "nothing to go on with, but more by " + strings.Join(e.Found, ", ")
	case e.Kind == "":
		return "nothing recognised"
	}
	text := e.Kind + " by " + strings.Join(e.Found, ", ")
	if e.Param != "" {
		text += " into " + e.Param
	}
	return text
}

// Detect looks on a page for how its provider pages: in the Link header, the
// headers X-Next-Page, and at the root of the body and in its members meta,
// pagination, paging, page_info, links and their like, at most two deep, for
// URLs, tokens, page numbers and offsets by their customary names. It gives the
// strategy to write into a definition, nil if nothing is recognised, and what
// speaks for it. It looks at one page: read the next one before you rely on it.
//
// Tokens come before counts, since a provider that gives one wants it back.
func Detect(p Page) (Strategy, Evidence) { return detector{page: p}.detect() }
