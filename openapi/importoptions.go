package openapi

import (
	"cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// ImportOptions say what of a document is imported, and how. The zero value imports all of it.
type ImportOptions struct {
	// ID is the integration's id; by default it is made of the document's title, as [ActionName] makes names.
	ID string
	// Select says which operations are imported; nil takes all. [Matching] makes one of patterns.
	Select func(Operation) bool
	// Name gives an operation the id of its action, "" for the usual one. Two operations with the same id, or one that can't
	// be an id, are [ErrOption].
	Name func(Operation) string
	// BaseURL takes the place of the document's first server. Servers of single operations stay, if they have another host.
	BaseURL string
	// Variables are values of server variables. Those in a host that aren't named become parameters of the connection, with
	// the document's default; in a path they get their default.
	Variables map[string]string
	// Auth takes the place of what the document says of security.
	Auth auth.Scheme
	// MediaTypes come first, in this order, where a body or an answer can be written in several ways. By default that is
	// JSON, then a form, multipart, text, bytes.
	MediaTypes []string
	// Layout of the inputs: flat by default. An operation whose body can't be laid out flat is grouped all the same, and a
	// note says so.
	Layout waygate.Layout
	// MaxSchema bounds each schema with all that it refers to, in bytes; 64 KiB, at most 512 KiB. Of one that is larger,
	// texts and examples go first, those farthest from the action before the others; then what is farthest away accepts
	// anything; a schema that is too large in itself loses what is nested deepest. Members of the top stay. Notes say what
	// was done.
	MaxSchema int
	// MaxActions bounds the actions; 50,000. Operations beyond are skipped.
	MaxActions int
	// Progress is told, from the importing goroutine, how many of the operations were looked at: after each hundredth and
	// after the last.
	Progress func(done, total int)
	// Strict makes the first operation that would be skipped an [ErrStrict].
	Strict bool
}

func (o ImportOptions) withDefaults() ImportOptions {
	const most = 512 << 10
	o.MaxSchema = min(cmp.Or(max(o.MaxSchema, 0), 64<<10), most)
	o.MaxActions = cmp.Or(max(o.MaxActions, 0), 50_000)
	return o
}

func (o ImportOptions) validate() error {
	if o.Layout != "" && o.Layout != waygate.LayoutFlat && o.Layout != waygate.LayoutGrouped {
		return optionError("Layout", "%.20q: want flat or grouped", o.Layout)
	}
	if o.ID != "" && !isName(o.ID) {
		return optionError("ID", "%.60q: want 1 to 40 bytes of a-z, 0-9, - and single _, beginning with a letter or digit", o.ID)
	}
	if o.Auth != nil {
		if err := o.Auth.Validate(); err != nil {
			return optionError("Auth", "%v", err)
		}
	}
	return nil
}
