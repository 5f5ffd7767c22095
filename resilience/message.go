package resilience

import (
	"bytes"
	"math"
	"net/http"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/internal/wire"
)

// message is an answer while it is looked through. Its body is read as text, and parsed, once and only if somebody asks.
type message struct {
	status int
	header http.Header
	body   []byte

	decoded bool // body is text
	parsed  bool
	tree    any // of the body; nil if it isn't JSON
}

// text is the beginning of the body in UTF-8; nothing if it is in no character set that is known.
func (m *message) text(most int) []byte {
	if !m.decoded {
		m.decoded = true
		text, err := payload.UTF8(m.header.Get("Content-Type"), m.body)
		if err != nil {
			text = nil
		}
		m.body = text
	}
	return m.body[:min(len(m.body), most)]
}

// at are the scalars that a path finds in the body, as text.
func (m *message) at(p *jsonpath.Path) (texts []string) {
	for _, v := range m.places(p) {
		if text, err := wire.Text(v); err == nil {
			texts = append(texts, text)
		}
	}
	return texts
}

func (m *message) places(p *jsonpath.Path) []any {
	if !m.parsed {
		m.parsed = true
		tree, _, err := jsontree.Parse(m.text(math.MaxInt), jsontree.Limits{})
		if err == nil {
			m.tree = tree
		}
	}
	if m.tree == nil {
		return nil
	}
	found, err := p.All(m.tree, maxPlaces)
	if err != nil { // too many: the first has to do
		if v, ok := p.First(m.tree); ok {
			found = []any{v}
		}
	}
	return found
}

// mayHold says whether a JSON body can have a text in it: false is certain. It spares the parsing of the many answers that
// are looked through in vain. A text can also be written with escapes, so one backslash is enough to look closer.
func (m *message) mayHold(text string) bool {
	body := m.text(math.MaxInt)
	return bytes.IndexByte(body, '\\') >= 0 || bytes.Contains(body, []byte(text))
}
