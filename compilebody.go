package waygate

import (
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate/internal/wire"
	"github.com/waygate-go/waygate/internal/written"
)

// compiledBody is a Body with its defaults, and the encoder of one that isn't
// built in.
type compiledBody struct {
	encoding BodyEncoding
	member   string // of a flat input, that is the whole body
	typ      string
	form     wire.FormOptions
	required bool
	encode   Encoder
}

// object says that the body is made of members.
func (b *compiledBody) object() bool {
	return b.member == "" && b.encoding != BodyBytes && b.encoding != BodyText
}

// compileBody checks how the body is written.
func (h *compiledHTTP) compileBody(a HTTPAction, encoders map[string]Encoder) error {
	h.body.encoding = BodyJSON
	if a.Body == nil {
		return nil
	}
	if h.bodyless() {
		return fmt.Errorf("%s has none: leave it out", h.method)
	}
	b := *a.Body
	if b.Encoding != "" {
		h.body.encoding = b.Encoding
	}
	h.body.member, h.body.typ, h.body.required = b.Member, b.Type, b.Required
	h.body.form = wire.FormOptions{Objects: b.Objects, Arrays: b.Arrays}
	switch h.body.encoding {
	case BodyJSON:
	case BodyForm, BodyMultipart:
		if b.Member != "" && a.Layout != LayoutGrouped {
			return at("member", fmt.Errorf("a %s is made of members: leave it out", h.body.encoding))
		}
	case BodyBytes, BodyText:
		if b.Member == "" && a.Layout != LayoutGrouped {
			h.body.member = "body"
		}
	default:
		encode, ok := encoders[string(b.Encoding)]
		if !ok {
			return at("encoding", fmt.Errorf("%q: want json, form, multipart, bytes or text; others are given in Config.Kinds.Encoders, which has %s",
				clip(string(b.Encoding)), written.Known(encoders)))
		}
		h.body.encode = encode
	}
	return h.body.check(b, a.Layout)
}

func (b *compiledBody) check(def Body, layout Layout) error {
	if def.Member != "" && layout == LayoutGrouped {
		return at("member", fmt.Errorf("a grouped input has its body in the group body: leave it out"))
	}
	for _, m := range []struct{ field, value string }{{"objects", def.Objects}, {"arrays", def.Arrays}} {
		if m.value != "" && b.encoding != BodyForm {
			return at(m.field, fmt.Errorf("it says how a form is written: leave it out, or set encoding to form"))
		}
	}
	if err := b.form.Validate(); err != nil {
		return misused(err)
	}
	if def.Type == "" {
		return nil
	}
	if b.encoding == BodyMultipart {
		return at("type", fmt.Errorf("a multipart body has a type of its own, with its boundary: leave it out"))
	}
	if !isMediaType(def.Type) {
		return at("type", fmt.Errorf("%q: want a media type like image/png", clip(def.Type)))
	}
	return nil
}

// withBody says whether a method has a body even if nothing was said of one.
func (h *compiledHTTP) withBody() bool {
	return h.method == http.MethodPost || h.method == http.MethodPut || h.method == http.MethodPatch
}
