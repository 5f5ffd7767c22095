package openapi

import (
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/template"
)

// server is where requests go.
type server struct {
	base       string // a template
	parameters []waygate.ConnectionParameter
}

// readServer settles the integration's base URL.
func (im *importer) readServer() error {
	if im.o.BaseURL != "" {
		t, err := template.CompileURL(strings.TrimSuffix(im.o.BaseURL, "/"))
		if err != nil {
			return optionError("BaseURL", "%v", err)
		}
		im.server.base = strings.TrimSuffix(im.o.BaseURL, "/")
		for _, r := range t.Refs() {
			im.server.parameters = append(im.server.parameters, waygate.ConnectionParameter{Name: r.Name})
		}
		return nil
	}
	at := im.d.root.get("servers")
	list := im.servers(im.d.root)
	if im.d.version == v20 {
		at = im.d.root
	}
	if !at.exists() {
		at = im.d.root
	}
	if len(list) > 1 {
		im.note(NoteServer, at, "the first of several servers is taken")
	}
	path := ""
	if len(list) > 0 {
		if s, ok := im.serverOf(list[0], at); ok {
			im.server = s
			return nil
		}
		path = rawServer{url: im.rooted(list[0])}.path()
	}
	im.note(NoteServer, at, "the document names no server with a host: each connection gives one, as its parameter host or as its BaseURL")
	im.server = server{base: "https://{host}" + path, parameters: []waygate.ConnectionParameter{{Name: "host", Title: "Host", Description: "the host name of the API", Format: "hostname"}}}
	return nil
}

// rawServer is a server as the document has it.
type rawServer struct {
	url  string
	vars node
	at   node
}

// path is the part behind the host, where it can stand as it is.
func (s rawServer) path() string {
	u, err := url.Parse(s.url)
	if err != nil || strings.ContainsAny(u.Path, "{}") || !strings.HasPrefix(u.Path, "/") {
		return ""
	}
	return strings.TrimSuffix(u.EscapedPath(), "/")
}

// servers are those of the document, a path item or an operation; one with TLS goes before the same without.
func (im *importer) servers(n node) []rawServer {
	var list []rawServer
	if im.d.version == v20 {
		return im.swaggerServers(n)
	}
	for _, s := range n.get("servers").items() {
		list = append(list, rawServer{s.text("url"), s.get("variables"), s})
	}
	return secureFirst(list)
}

// secureFirst moves the https twin of the first server to its place.
func secureFirst(list []rawServer) []rawServer {
	if len(list) < 2 || !strings.HasPrefix(list[0].url, "http:") {
		return list
	}
	twin := "https:" + strings.TrimPrefix(list[0].url, "http:")
	if i := slices.IndexFunc(list, func(s rawServer) bool { return s.url == twin }); i > 0 {
		list[0], list[i] = list[i], list[0]
	}
	return list
}

// swaggerServers are made of schemes, host and basePath.
func (im *importer) swaggerServers(n node) []rawServer {
	host, base := n.text("host"), n.text("basePath")
	if host == "" && base == "" {
		return nil
	}
	if host == "" {
		return []rawServer{{url: base, at: n}}
	}
	scheme := "https"
	if schemes := n.texts("schemes"); len(schemes) > 0 && !slices.Contains(schemes, "https") {
		scheme = schemes[0]
	}
	if base != "" && base[0] != '/' {
		base = "/" + base
	}
	return []rawServer{{url: scheme + "://" + host + base, at: n}}
}

// serverOf makes a base URL of a server: variables in the host become parameters of the connection, others get their
// default. ok is false if it has no host.
func (im *importer) serverOf(s rawServer, at node) (server, bool) {
	text := strings.TrimSuffix(im.absolute(strings.TrimSpace(im.rooted(s))), "/")
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return server{}, false
	}
	host, path, hasPath := strings.Cut(rest, "/")
	if hasPath {
		path = "/" + path
	}
	var out server
	scheme = im.fill(scheme, s, nil)
	host = im.fill(host, s, &out)
	path = im.fill(path, s, nil)
	if strings.HasPrefix(host, "{") && len(out.parameters) == 1 && strings.Contains(defaultOf(out.parameters[0]), "://") {
		host, out.parameters = strings.TrimSuffix(strings.SplitN(defaultOf(out.parameters[0]), "://", 2)[1], "/"), nil // the variable is the whole URL
	}
	out.base = scheme + "://" + host + escapedPath(strings.TrimSuffix(path, "/"), false)
	if scheme != "http" && scheme != "https" {
		return server{}, false
	}
	if _, err := template.CompileURL(out.base); err != nil || !im.registrable(out) {
		host = im.fillAll(strings.Split(rest, "/")[0], s)
		out = server{base: scheme + "://" + host + escapedPath(strings.TrimSuffix(path, "/"), false)}
		if t, err := template.CompileURL(out.base); err != nil || len(t.Refs()) > 0 || host == "" {
			return server{}, false
		}
		im.note(NoteServer, at, "a variable of the server can't be a parameter of the connection: it got its default")
	}
	if scheme == "http" {
		im.note(NoteServer, at, "the server is named without TLS: the egress policy has to allow that, or ImportOptions.BaseURL names another")
	}
	return out, true
}

func defaultOf(p waygate.ConnectionParameter) string {
	if p.Default == nil {
		return ""
	}
	return *p.Default
}

// absolute resolves a server's URL against where the document is from.
func (im *importer) absolute(text string) string {
	if strings.HasPrefix(text, "//") {
		return "https:" + text
	}
	base, err := url.Parse(im.d.root.f.name)
	if strings.Contains(text, "://") || err != nil || base.Scheme != "https" && base.Scheme != "http" {
		return text
	}
	return base.Scheme + "://" + base.Host + "/" + strings.TrimPrefix(text, "/")
}

// fill puts values into the variables of a part of a URL. Where parameters can stand, those without a value of the
// host's become one.
func (im *importer) fill(text string, s rawServer, into *server) string {
	var out strings.Builder
	for text != "" {
		before, rest, ok := strings.Cut(text, "{")
		out.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			break
		}
		text = after
		value, given := im.o.Variables[name]
		def := s.standard(name)
		if !given && into == nil {
			value = def
			im.note(NoteServer, s.at, "a variable of the server got its default: ImportOptions.Variables can name another value")
		}
		if given || into == nil {
			out.WriteString(strings.TrimPrefix(value, "/"))
			continue
		}
		p := waygate.ConnectionParameter{Name: variableName(name), Description: cut(s.vars.get(name).text("description"), 500), Enum: s.vars.get(name).texts("enum")}
		if def != "" {
			p.Default = &def
		}
		if def != "" && len(p.Enum) > 0 && !slices.Contains(p.Enum, def) {
			p.Enum = append(p.Enum, def)
		}
		if !slices.ContainsFunc(into.parameters, func(x waygate.ConnectionParameter) bool { return x.Name == p.Name }) {
			into.parameters = append(into.parameters, p)
		}
		out.WriteString("{" + p.Name + "}")
	}
	return out.String()
}

// fillAll takes the default of each variable.
func (im *importer) fillAll(text string, s rawServer) string { return im.fill(text, s, nil) }

// variableName makes the name of a connection's parameter.
func variableName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < 0x80 && (isLower(byte(r)) || isUpper(byte(r)) || isDigit(byte(r))) {
			return r
		}
		return '_'
	}, name)
	if clean == "" || isDigit(clean[0]) {
		clean = "_" + clean
	}
	return clean[:min(len(clean), 64)]
}

// registrable says whether the defaults and choices of the parameters can stand in the host.
func (im *importer) registrable(s server) bool {
	t, err := template.CompileURL(s.base)
	if err != nil {
		return false
	}
	for _, p := range s.parameters {
		for _, v := range append(slices.Clone(p.Enum), defaultOf(p)) {
			if v == "" && p.Default == nil {
				continue
			}
			_, err := t.Expand(func(r template.Ref) (string, bool) {
				if r.Name == p.Name {
					return v, true
				}
				for _, other := range s.parameters {
					if other.Name == r.Name && other.Default != nil {
						return *other.Default, true
					}
				}
				return "a", true
			})
			if err != nil || len(p.Enum) > 1000 {
				return false
			}
		}
	}
	return true
}
