package openapi

import (
	"strings"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// standard is the default of a server's variable.
func (s rawServer) standard(name string) string {
	def := s.vars.get(name).text("default")
	if def == "" {
		def, _ = scalar(rawjson.Get(s.vars.get(name).raw, "default"))
	}
	return def
}

// rooted is a server's URL with values for the variables that are no part of a host: one that begins with a slash ends the
// host, as in https://api.example.com{basePath}, and one that begins the URL may be all of it.
func (im *importer) rooted(s rawServer) string {
	text := s.url
	for _, v := range s.vars.members() {
		value, given := im.o.Variables[v.name]
		if !given {
			value = s.standard(v.name)
		}
		name := "{" + v.name + "}"
		if !strings.Contains(text, name) || !strings.HasPrefix(value, "/") && (!strings.HasPrefix(text, name) || !strings.Contains(value, "://")) {
			continue
		}
		if strings.HasPrefix(value, "/") {
			text = strings.ReplaceAll(text, "/"+name, name)
		}
		text = strings.ReplaceAll(text, name+"/", strings.TrimRight(value, "/")+"/")
		text = strings.ReplaceAll(text, name, value)
		if !given {
			im.note(NoteServer, s.at, "a variable of the server got its default: ImportOptions.Variables can name another value")
		}
	}
	return text
}
