package openapi

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

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
	return d.ownBase(s, list[0])
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
	return d.ownBase(s, raw)
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// ownBase gives the action its base URL. A host that a connection could choose freely isn't taken: what isn't fixed gets
// its default.
func (d *draft) ownBase(s server, raw rawServer) *fault {
	if !fixedEnd(s) {
		_, rest, _ := strings.Cut(raw.url, "://")
		filled := raw
		host, _, _ := strings.Cut(rest, "/")
		filled.url = strings.Replace(raw.url, host, d.im.fillAll(host, raw), 1)
		again, ok := d.im.serverOf(filled, raw.at)
		if !ok || !fixedEnd(again) {
			d.note(NoteServer, raw.at, "the host of the operation's own server is a variable: it goes where the others go")
			return nil
		}
		d.note(NoteServer, raw.at, "the host of the operation's own server is a variable: it got its default")
		s = again
	}
	if u, err := url.Parse(s.base); err == nil && local(u.Hostname()) && u.Host != hostOf(d.im.server.base) {
		return &fault{SkipServer, raw.at, "the operation has a server of its own, in a network that only its owner reaches: ImportOptions.BaseURL names another for all"}
	}
	d.action.BaseURL = s.base
	for _, p := range s.parameters {
		p.Optional = p.Default == nil // the other actions don't need it
		if !slices.ContainsFunc(d.im.server.parameters, func(x waygate.ConnectionParameter) bool { return x.Name == p.Name }) {
			d.im.server.parameters = append(d.im.server.parameters, p)
		}
	}
	d.note(NoteServer, raw.at, "the operation has a server of its own")
	return nil
}

// fixedEnd says whether a host is literal, or ends in a domain that somebody owns.
func fixedEnd(s server) bool {
	_, rest, _ := strings.Cut(s.base, "://")
	host, _, _ := strings.Cut(rest, "/")
	last := strings.LastIndexByte(host, '}')
	if last < 0 {
		return true
	}
	end, _, _ := strings.Cut(host[last+1:], ":")
	domain, ok := strings.CutPrefix(strings.ToLower(end), ".")
	_, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return ok && err == nil
}

// local says whether a host is this machine, or one of a private network.
func local(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") && strings.Count(host, ".") == 1 {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast())
}
