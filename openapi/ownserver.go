package openapi

import (
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

// server settles where the operation's requests go, if it isn't where all go.
func (d *draft) server() *fault {
	var list []rawServer
	at := d.op.node
	if d.im.d.version != v20 {
		if list = d.im.servers(d.op.node); len(list) == 0 {
			list, at = d.im.servers(d.op.item), d.op.item
		}
	}
	if len(list) == 0 {
		return nil
	}
	before := len(d.im.report.Notes)
	s, ok := d.im.serverOf(list[0], at)
	d.im.report.Notes = d.im.report.Notes[:before] // they are told for the operation
	if !ok {
		if list[0].url == "" || list[0].url == "/" {
			return nil
		}
		d.note(NoteServer, list[0].at, "the operation's server has no host: it goes where the others go")
		return nil
	}
	if s.base == d.im.server.base {
		return nil
	}
	if len(list) > 1 {
		d.note(NoteServer, at, "the first of several servers is taken")
	}
	if d.im.o.BaseURL != "" || !d.im.hasOwnHost() {
		return d.elsewhere(s, list[0])
	}
	d.ownBase(s, list[0])
	return nil
}

// hasOwnHost says whether the document's base URL names a host by itself.
func (im *importer) hasOwnHost() bool { return !strings.HasPrefix(im.server.base, "https://{host}") }

// elsewhere is for a host that brings its own base URL: only servers of another host than the document's stay.
func (d *draft) elsewhere(s server, raw rawServer) *fault {
	first := d.im.servers(d.im.d.root)
	if len(first) > 0 && hostOf(first[0].url) == hostOf(raw.url) {
		d.note(NoteServer, raw.at, "the operation's server is on the document's own host, for which there is another base URL: it goes there")
		return nil
	}
	d.ownBase(s, raw)
	return nil
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

func (d *draft) ownBase(s server, raw rawServer) {
	d.action.BaseURL = s.base
	for _, p := range s.parameters {
		p.Optional = p.Default == nil // the other actions don't need it
		if !slices.ContainsFunc(d.im.server.parameters, func(x waygate.ConnectionParameter) bool { return x.Name == p.Name }) {
			d.im.server.parameters = append(d.im.server.parameters, p)
		}
	}
	d.note(NoteServer, raw.at, "the operation has a server of its own")
}
