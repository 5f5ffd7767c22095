package waygate

import (
	"context"
	"time"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/secret"
)

// VariableInfo is a variable as hosts read it.
type VariableInfo struct {
	// Integration and Connection (its slug) are empty for a variable of the tenant.
	Integration string `json:"integration,omitempty"`
	Connection  string `json:"connection,omitempty"`
	Name        string `json:"name"` // as it was set
	// Type is "string", "number", "boolean" or "json".
	Type   string `json:"type"`
	Secret bool   `json:"secret,omitempty"` // Value is masked
	// Value is a string, an int64, a float64, a json.Number that is too big for
	// either, a bool, or a JSON tree. Of a secret one it is "[redacted]".
	Value     any       `json:"value"`
	UpdatedAt time.Time `json:"updated_at,omitzero"` // by the store's clock
}

// Variables lists variables in order of name: of a connection (slug or ID), or with
// both arguments empty of the tenant. Values of secret ones are masked, and not
// opened. There are at most 1,000, those of the tenant counted in.
func (t *Tenant) Variables(ctx context.Context, integration, connection string) ([]VariableInfo, error) {
	const op = "variables"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	list, err := t.variables(ctx, integration, connection)
	if err != nil {
		return nil, t.fail(ctx, op, integration, connection, err)
	}
	return list, nil
}

func (t *Tenant) variables(ctx context.Context, integration, connection string) ([]VariableInfo, error) {
	if t.gw.parts.variables == nil {
		return nil, missingPart("", "VariableStore")
	}
	c, err := t.variableOwner(ctx, integration, connection)
	if err != nil {
		return nil, err
	}
	rows, err := t.gw.parts.variables.Variables(ctx, t.id, c.ID, nil)
	if err != nil {
		return nil, err
	}
	list := make([]VariableInfo, 0, len(rows))
	for _, row := range rows {
		if row.ConnectionID != c.ID {
			continue
		}
		v, err := t.gw.variableInfo(row)
		if err != nil {
			return nil, err
		}
		v.Integration, v.Connection = c.Integration, c.Slug
		list = append(list, v)
	}
	return list, nil
}

// variableInfo opens what isn't secret.
func (g *Gateway) variableInfo(row StoredVariable) (VariableInfo, error) {
	v := VariableInfo{Name: row.Name, Type: row.Type, Secret: row.Secret, Value: secret.Redacted, UpdatedAt: row.UpdatedAt}
	if row.Secret {
		return v, nil
	}
	text, err := g.openVariable(row)
	if err != nil {
		return v, err
	}
	if v.Value = text; row.Type == "string" {
		return v, nil
	}
	tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
	if err != nil {
		return v, errorf(KindStore, "", "variable %s is of type %s, but its value isn't: set it again with SetVariable", row.Name, row.Type)
	}
	v.Value = tree
	return v, nil
}
