package pagination

import (
	"net/url"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/written"
)

// resolve makes ref absolute and checks that it may be followed. why is empty if
// it may, and never quotes more of ref than its origin.
func resolve(page *url.URL, ref string, anyOrigin bool) (abs, why string) {
	if len(ref) > maxCursor {
		return "", "is longer than 4 KiB"
	}
	u, err := url.Parse(ref)
	if err != nil {
		return "", "is not a URL"
	}
	if !u.IsAbs() {
		if page == nil {
			return "", "is relative, and the URL of the page is not known"
		}
		u = page.ResolveReference(u)
	}
	u.Fragment, u.RawFragment = "", ""
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "has the scheme " + written.Quote(u.Scheme) + "; only http and https are followed"
	case u.Opaque != "" || u.Hostname() == "":
		return "", "has no host"
	case u.User != nil:
		return "", "has user information in it"
	}
	if !anyOrigin {
		if page == nil {
			return "", "can't be compared with the origin of the page, which is not known"
		}
		from, to := egress.Origin(page), egress.Origin(u)
		switch {
		case to == "":
			return "", "leads to a host or port that can't be read"
		case from != to:
			return "", "leads from " + written.Quote(from) + " to another origin, " + written.Quote(to) +
				"; set any_origin if that is meant to be"
		}
	}
	abs = u.String()
	if len(abs) > maxCursor {
		return "", "is longer than 4 KiB"
	}
	return abs, ""
}
