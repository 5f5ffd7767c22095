package waygate

import (
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/internal/wire"
	"github.com/waygate-go/waygate/internal/written"
)

// compileResponse checks what the answer is read as, and that nothing is asked of
// it which that doesn't have.
func (g *Gateway) compileResponse(a *compiledAction) error {
	switch a.info.Response {
	case "", ResponseJSON:
		return nil
	case ResponseText:
	case ResponseBytes, ResponseStream, ResponseEmpty:
		if a.output != nil || a.outMap != nil || a.records != nil {
			return fmt.Errorf("%s has no tree: leave out output_schema, output_mapping and records", a.info.Response)
		}
	default:
		decode, ok := g.cfg.Kinds.Decoders[string(a.info.Response)]
		if !ok {
			return fmt.Errorf("%q: want json, text, bytes, stream or empty; others are given in Config.Kinds.Decoders, which has %s",
				clip(string(a.info.Response)), written.Known(g.cfg.Kinds.Decoders))
		}
		a.decode = decode
	}
	return nil
}

// accept is what is asked for where nobody says otherwise.
func (a *compiledAction) accept() string {
	switch a.info.Response {
	case "", ResponseJSON:
		return "application/json"
	case ResponseText:
		return "text/plain, */*;q=0.5"
	}
	return "*/*"
}

// errorPaths are where error answers tell what was wrong.
type errorPaths struct{ message, code []*jsonpath.Path }

func (c *compiledIntegration) compileErrors() error {
	if c.def.Errors == nil {
		return nil
	}
	for _, list := range []struct {
		field string
		from  []string
		to    *[]*jsonpath.Path
	}{{"message", c.def.Errors.Message, &c.errors.message}, {"code", c.def.Errors.Code, &c.errors.code}} {
		for i, src := range list.from {
			p, err := singular(src)
			if err != nil {
				return at(fmt.Sprintf("errors.%s[%d]", list.field, i), err)
			}
			*list.to = append(*list.to, p)
		}
	}
	return nil
}

// errorTexts are the provider's own words in an error answer.
func (c *compiledIntegration) errorTexts(h http.Header, data []byte) (message, code string) {
	if len(c.errors.message) == 0 && len(c.errors.code) == 0 {
		return "", ""
	}
	text, err := payload.UTF8(h.Get("Content-Type"), data)
	if err != nil {
		return "", ""
	}
	tree, _, err := jsontree.Parse(text, jsontree.Limits{})
	if err != nil {
		return "", ""
	}
	return firstText(c.errors.message, tree), firstText(c.errors.code, tree)
}

func firstText(paths []*jsonpath.Path, tree any) string {
	for _, p := range paths {
		v, ok := p.First(tree)
		if !ok || v == nil {
			continue
		}
		if text, err := wire.Text(v); err == nil && text != "" {
			return text
		}
	}
	return ""
}
