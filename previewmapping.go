package waygate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/wire"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/secret"
)

// Direction says which of an action's mappings is meant.
type Direction string

// The directions.
const (
	MapInput  Direction = "input"  // what the caller gives, before it is validated and sent
	MapOutput Direction = "output" // what the provider answers, after it was validated
)

// MappingSample is what [Tenant.PreviewMapping] tries a mapping on.
type MappingSample struct {
	Direction Direction // which of the two mappings
	// Value is the sample: anything that an input may be, or that an answer may hold
	// once it is parsed. What stands in it as a secret.String is shown as [redacted].
	Value any
	// Mappings are tried in place of those that the connection has; nil tries those.
	Mappings *ActionMappings
}

// MappingPreview is what a mapping made of a sample.
type MappingPreview struct {
	// Value is the mapped sample: a tree of the caller's own; nil where the mapping
	// failed as a whole.
	Value any `json:"value"`
	// Fields says of each field what it did, in the order of the mapping as merged.
	Fields []mapping.Outcome `json:"fields"`
	// Connection is the slug of the connection whose mappings were tried; empty where
	// the integration needs none.
	Connection string `json:"connection,omitempty"`
}

// PreviewMapping maps a sample as a call of the action would, without a call: nothing
// is sent, validated or recorded. The options [On] and [Through] choose the
// connection. Where a field fails in the mode [mapping.Fail], the error says so and
// the preview is not nil beside it.
func (t *Tenant) PreviewMapping(ctx context.Context, action string, s MappingSample, opts ...Option) (p *MappingPreview, err error) {
	const op = "preview_mapping"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	o, err := readOptions(opts)
	r := &run{gw: t.gw, spec: callSpec{tenant: t.id, name: action, opts: o, optErr: err, preview: true},
		start: t.gw.cfg.Now(), caller: ctx, ctx: ctx}
	defer func() {
		if v := recover(); v != nil {
			p, err = nil, errorf(KindConfig, "", "a part that the host brought panicked: %v", v)
		}
		if err != nil {
			e := r.finalError(ctx, err, 0)
			e.Op, err = op, e
		}
	}()
	return r.previewMapping(ctx, s)
}

func (r *run) previewMapping(ctx context.Context, s MappingSample) (*MappingPreview, error) {
	if r.spec.optErr != nil {
		return nil, newError(KindConfig, "", r.spec.optErr)
	}
	if s.Direction != MapInput && s.Direction != MapOutput {
		return nil, errorf(KindInvalidInput, "", "Direction: want MapInput or MapOutput")
	}
	for _, step := range []func(context.Context) error{r.resolveAction, r.resolveConnection, r.resolveMappings} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	if s.Mappings != nil {
		var err error
		if r.maps, err = r.action.compileMappings(*s.Mappings); err != nil {
			return nil, errorf(KindInvalidInput, "", "Mappings.%w", err)
		}
	}
	tree, secrets, err := jsontree.FromValue(s.Value, jsontree.Limits{})
	if err != nil {
		return nil, newError(KindInvalidInput, "", fmt.Errorf("Value: %w", err))
	}
	program, kind := r.maps.in, KindInvalidInput
	if s.Direction == MapOutput {
		program, kind = r.maps.out, KindInvalidResponse
	}
	r.secrets = append(secrets, formsOf(program, secrets)...)
	out, fields, err := program.Preview(tree)
	if err != nil {
		err = newError(kind, "", fmt.Errorf("%s mapping: %w", s.Direction, err))
	}
	if len(r.secrets) > 0 {
		out = newMasker(r.redactor(), r.secrets).tree(out)
	} else {
		out = jsontree.Clone(out) // parts of it are the program's
	}
	return &MappingPreview{Value: out, Fields: fields, Connection: r.link.info.Slug}, err
}

// formsOf is what a mapping may make of secrets, and what a number is written as that
// was made of one.
func formsOf(p *mapping.Program, secrets []secret.String) (forms []secret.String) {
	for _, s := range secrets {
		made := p.Forms(s.Reveal())
		for _, form := range made {
			forms = append(forms, secret.New(form))
		}
		for _, text := range append(made, s.Reveal()) {
			for _, form := range numberForms(text) {
				forms = append(forms, secret.New(form))
			}
		}
	}
	return forms
}

// numberForms are how the number that a text says is written in JSON and in a URL, where
// that differs: 12.50 as 12.5.
func numberForms(text string) (forms []string) {
	const most = 1000 // no longer one is read as a number
	if len(text) > most || strings.Trim(text, "0123456789+-.eE \t\r\n") != "" {
		return nil
	}
	number, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
	if err != nil {
		return nil
	}
	inJSON := string(jsontree.Append(nil, number))
	inURL, err := wire.Text(number)
	for _, form := range []string{inJSON, inURL} {
		if form != text && err == nil && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// masker takes secrets out of a tree: from texts those that red knows, and each value
// that is one as a whole, however short.
type masker struct {
	red   *secret.Redactor
	whole map[string]bool
}

func newMasker(red *secret.Redactor, secrets []secret.String) masker {
	m := masker{red, map[string]bool{}}
	for _, s := range secrets {
		m.whole[s.Reveal()] = !s.IsZero()
	}
	return m
}

// tree is a copy of a tree without the secrets.
func (m masker) tree(v any) any {
	switch v := v.(type) {
	case map[string]any:
		members := make(map[string]any, len(v))
		for name, e := range v {
			members[m.red.String(name)] = m.tree(e)
		}
		return members
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = m.tree(e)
		}
		return list
	case string:
		if m.whole[v] {
			return secret.Redacted
		}
		return m.red.String(v)
	case nil:
		return v
	}
	if text := string(jsontree.Append(nil, v)); m.whole[text] || m.red.String(text) != text {
		return secret.Redacted
	}
	return v
}
