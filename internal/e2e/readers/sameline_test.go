package readers_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate/openapi"
)

// line compares method and path: what is literal, and where variables stand.
func (c *comparison) line() {
	c.same("method", c.action.Method, c.op.Method)
	ours, query, _ := strings.Cut(c.action.Path, "?")
	theirs, theirQuery, _ := strings.Cut(withoutFragment(c.op.Path), "?")
	c.same("path", literals(ours), literals(theirs))
	if query != "" && !strings.Contains(theirQuery, query) {
		c.differ("query of the path", query, theirQuery)
	}
}

// literals is a path with all variables called the same.
func literals(path string) string {
	path = regexp.MustCompile(`\{[^{}]*\}`).ReplaceAllString(path, "{}")
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return "/" + strings.TrimLeft(path, "/")
}

// texts compares what is for people.
func (c *comparison) texts() {
	c.same("deprecated", c.action.Deprecated, c.theirs.Deprecated)
	id := c.action.Metadata["operation_id"]
	if id == "" && c.theirs.OperationID == c.action.ID {
		id = c.action.ID
	}
	c.same("operationId", id, strings.TrimSpace(c.theirs.OperationID))
	c.begins("summary", c.action.Name, c.theirs.Summary)
	description := c.theirs.Description
	if description == "" {
		description = c.theirs.Summary
	}
	c.begins("description", c.action.Description, description)
	var ours, theirs []string
	for _, tag := range c.action.Tags {
		ours = append(ours, letters(tag))
	}
	for _, tag := range c.theirs.Tags {
		l := letters(tag)
		if len(l) >= 2 && !slices.ContainsFunc(theirs, func(o string) bool { return o == l }) {
			theirs = append(theirs, l)
		}
	}
	c.count["tags"]++
	same := len(ours) == len(theirs)
	for i := range ours {
		same = same && i < len(theirs) && strings.HasPrefix(theirs[i], ours[i])
	}
	if !same && !c.noted(openapi.NoteText, "a tag can't be kept") {
		c.differ("tags", ours, theirs)
	}
}

// begins compares texts that may be cut, which is shown by an ellipsis.
func (c *comparison) begins(what, ours, theirs string) {
	c.count[what]++
	head, cut := strings.CutSuffix(ours, "…")
	if theirs = strings.TrimSpace(theirs); ours != theirs && !(cut && len(head) > 150 && strings.HasPrefix(theirs, head)) {
		c.differ(what, ours, theirs)
	}
}

// letters are the letters and digits of a text, in small.
func letters(s string) string {
	return regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "")
}

// server compares where requests go if a connection says nothing.
func (c *comparison) server() {
	servers := c.kin.Servers
	if len(c.item.Servers) > 0 {
		servers = c.item.Servers
	}
	if c.theirs.Servers != nil && len(*c.theirs.Servers) > 0 {
		servers = *c.theirs.Servers
	}
	ours := c.action.BaseURL
	if ours == "" {
		ours = c.ours.Integration.BaseURL
	}
	for _, p := range c.ours.Integration.Parameters {
		if p.Default != nil {
			ours = strings.ReplaceAll(ours, "{"+p.Name+"}", *p.Default)
		}
	}
	c.count["server"]++
	if len(servers) == 0 {
		if ours != "https://{host}" {
			c.differ("server", ours, "none")
		}
		return
	}
	theirs := filled(servers[0])
	if rest, plain := strings.CutPrefix(theirs, "http://"); plain {
		for _, s := range servers { // its twin with TLS goes before it
			if filled(s) == "https://"+rest {
				theirs = "https://" + rest
			}
		}
	}
	if strings.HasPrefix(theirs, "//") {
		theirs = "https:" + theirs
	}
	switch {
	case strings.HasPrefix(theirs, "/"):
		theirs = "https://{host}" + theirs
	case !strings.Contains(theirs, "://"): // no URL at all
		theirs = "https://{host}"
	}
	if ours != theirs {
		c.differ("server", ours, theirs)
	}
}

// filled is a server's URL with the defaults of its variables.
func filled(s *openapi3.Server) string {
	text := s.URL
	for name, v := range s.Variables {
		if strings.HasPrefix(v.Default, "/") { // which stands for the slash before it, too
			text = strings.ReplaceAll(text, "/{"+name+"}", "{"+name+"}")
		}
		text = strings.ReplaceAll(text, "{"+name+"}", v.Default)
	}
	return strings.TrimSuffix(strings.TrimSpace(text), "/")
}
