package pagination

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// maxApplyBody bounds a body that parameters are set in, in bytes.
const maxApplyBody = 10 << 20

// Apply gives a copy of the first request of a list that asks for the page of n,
// for callers who send requests by themselves. req itself, with its body, stays
// as it was, so that each page can be made of it.
//
// A parameter of the path takes the place of {name} there; one of the body is
// set in a JSON object, or, if the Content-Type says so, in a form, where a dotted
// path becomes a[b]. A URL replaces that of req with its whole query. It is then
// for the caller to see to it that the credentials of req aren't sent to another
// origin, which [Link] allows only by AnyOrigin.
//
// It is an *Error if a value can't stand in its place, and if req has a body
// without GetBody, that isn't of the form that a parameter needs, or that has
// more than 10 MiB.
func Apply(req *http.Request, n Next) (*http.Request, error) {
	out := req.Clone(req.Context())
	if n.URL != "" {
		u, err := url.Parse(n.URL)
		if err != nil {
			return nil, &Error{Op: opApply, Reason: "the URL of the next page can't be parsed; check that the strategy's path leads to a URL"}
		}
		out.URL, out.Host = u, ""
	}
	members := map[string]any{}
	for _, p := range n.Set {
		if n.URL != "" && (p.In.orQuery() == InQuery || p.In == InPath) {
			continue
		}
		if p.In == InBody {
			members[p.Name] = p.Value
			continue
		}
		if why := applyParam(out, p); why != "" {
			return nil, &Error{Op: opApply, Field: p.Name, Reason: why}
		}
	}
	return out, applyBody(out, req, members)
}

// applyParam sets a parameter anywhere but in the body.
func applyParam(out *http.Request, p Param) string {
	text, ok := p.Text()
	if !ok {
		return "must be a string, a number or a boolean"
	}
	switch p.In.orQuery() {
	case InHeader:
		if strings.ContainsFunc(text, isControl) || !isHeaderName(p.Name) {
			return "can't be sent as a header"
		}
		out.Header.Set(p.Name, text)
	case InPath:
		return applyPath(out.URL, p.Name, text)
	default:
		q := out.URL.Query()
		q.Set(p.Name, text)
		out.URL.RawQuery = q.Encode()
	}
	return ""
}

// applyPath puts text in the place of {name}.
func applyPath(u *url.URL, name, text string) string {
	variable := (&url.URL{Path: "/{" + name + "}"}).EscapedPath()[1:]
	escaped := u.EscapedPath()
	switch {
	case !strings.Contains(escaped, variable):
		return "has no {" + name + "} in the path"
	case text == "" || text == "." || text == ".." || strings.Contains(text, `\`):
		return "can't stand in a path"
	}
	escaped = strings.ReplaceAll(escaped, variable, url.PathEscape(text))
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return "can't stand in a path"
	}
	u.Path, u.RawPath = path, escaped
	return ""
}

// applyBody opens the body of req anew for out, with members set in it by their
// dotted paths.
func applyBody(out, req *http.Request, members map[string]any) error {
	empty := req.Body == nil || req.Body == http.NoBody
	fail := func(why string) error { return &Error{Op: opApply, Field: "body", Reason: why} }
	var data []byte
	if !empty {
		if req.GetBody == nil {
			return fail("can't be opened again: set GetBody, or make the request with a bytes.Reader or strings.Reader")
		}
		body, err := req.GetBody()
		if err != nil {
			return fail("can't be opened again")
		}
		if len(members) == 0 {
			out.Body = body
			return nil
		}
		data, err = io.ReadAll(io.LimitReader(body, maxApplyBody+1))
		if closed := body.Close(); err != nil || closed != nil || len(data) > maxApplyBody {
			return fail("can't be read, or has more than 10 MiB")
		}
	}
	if len(members) == 0 {
		return nil
	}
	write := applyJSON
	if strings.HasPrefix(out.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		write = applyForm
	} else if out.Header.Get("Content-Type") == "" {
		out.Header.Set("Content-Type", "application/json")
	}
	data, why := write(data, members)
	if why != "" {
		return fail(why)
	}
	out.ContentLength = int64(len(data))
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	out.Body, _ = out.GetBody()
	return nil
}

func applyJSON(data []byte, members map[string]any) ([]byte, string) {
	root := map[string]any{}
	if len(bytes.TrimSpace(data)) > 0 {
		tree, _, err := jsontree.Parse(data, jsontree.Limits{})
		object, ok := tree.(map[string]any)
		if err != nil || !ok {
			return nil, "is not a JSON object, in which a parameter could be set"
		}
		root = maps.Clone(object)
	}
	for name, v := range members {
		at := root
		parts := strings.Split(name, ".")
		for _, part := range parts[:len(parts)-1] {
			child, ok := at[part].(map[string]any)
			if !ok && at[part] != nil {
				return nil, "has a member that is not an object where " + name + " goes through it"
			}
			if child = maps.Clone(child); child == nil {
				child = map[string]any{}
			}
			at[part] = child
			at = child
		}
		at[parts[len(parts)-1]] = v
	}
	return jsontree.Append(nil, root), ""
}

func applyForm(data []byte, members map[string]any) ([]byte, string) {
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, "is not a form, in which a parameter could be set"
	}
	for name, v := range members {
		text, ok := Param{Value: v}.Text()
		if !ok {
			return nil, name + " must be a string, a number or a boolean"
		}
		first, rest, nested := strings.Cut(name, ".")
		if nested {
			first += "[" + strings.ReplaceAll(rest, ".", "][") + "]"
		}
		form.Set(first, text)
	}
	return []byte(form.Encode()), ""
}
