package openapi

import (
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/template"
)

// check looks for what a gateway would refuse. It is the net below the rules that should have seen to it.
func (d *draft) check() *fault {
	a := &d.action
	bad := func(detail string) *fault { return &fault{SkipUnregistrable, d.op.node, detail} }
	path, _, _ := strings.Cut(a.Path, "?")
	t, err := template.Compile(path, template.Path)
	if err != nil {
		return bad("path: " + err.Error())
	}
	inPath := map[string]bool{}
	for _, r := range t.Refs() {
		if r.Scope != "" {
			return bad("path: a variable of the path would be read as one of the gateway's")
		}
		inPath[r.Name] = true
	}
	seen := map[string]bool{}
	for _, p := range a.Parameters {
		key := p.Name
		if a.Layout == waygate.LayoutGrouped {
			key = string(p.In) + " " + key
		}
		as := p.As
		if as == "" {
			as = p.Name
		}
		switch {
		case seen[key]:
			return bad("two parameters have the name " + cut(p.Name, 60))
		case p.Name == "" || len(p.Name) > 200:
			return bad("a parameter's name has more than 200 bytes, or none")
		case p.In == waygate.InPath && !inPath[as]:
			return bad("a parameter in the path has no variable there")
		}
		seen[key] = true
	}
	return nil
}
