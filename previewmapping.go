package waygate

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate/internal/jsontree"
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
	Direction Direction
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
		out = maskTree(r.redactor(), out)
	} else {
		out = jsontree.Clone(out) // parts of it are the program's
	}
	return &MappingPreview{Value: out, Fields: fields, Connection: r.link.info.Slug}, err
}

// formsOf is what a mapping may make of secrets.
func formsOf(p *mapping.Program, secrets []secret.String) (forms []secret.String) {
	for _, s := range secrets {
		for _, form := range p.Forms(s.Reveal()) {
			forms = append(forms, secret.New(form))
		}
	}
	return forms
}

// maskTree is a copy of a tree without the secrets that red knows.
func maskTree(red *secret.Redactor, v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, e := range v {
			m[red.String(name)] = maskTree(red, e)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = maskTree(red, e)
		}
		return list
	case string:
		return red.String(v)
	case nil, bool:
		return v
	}
	if text := string(jsontree.Append(nil, v)); red.String(text) != text {
		return secret.Redacted
	}
	return v
}
