package waygate

import (
	"context"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/wire"
	"github.com/waygate-go/waygate/secret"
)

const maxVariable = 64 << 10

// Variable is a value that templates read: ${tenant.name}, or
// ${connection.name} where Connection is set. ${var.name} is the nearest of that
// name: the call's ([Var]), else the connection's, else the tenant's; behind them all
// stands the template's default, ${var.name:-text}, and without one the call is
// [ErrConfig].
type Variable struct {
	// Integration and Connection (slug or ID) name a connection; both empty for
	// a variable of the tenant.
	Integration, Connection string
	// Name is 1 to 64 bytes of letters, digits and _, not beginning with a digit.
	Name string
	// Value is a string, a number, a bool, or anything that can be written as
	// JSON; at most 64 KiB. A template gets its text, of JSON the compact form.
	Value any
	// Secret values are removed from errors, logs and records, wherever they
	// appear.
	Secret bool
}

// SetVariable adds or replaces a variable. It is sealed at rest, also when it
// isn't secret. A store that keeps no variables is [ErrConfig].
func (t *Tenant) SetVariable(ctx context.Context, v Variable) error {
	const op = "set_variable"
	if err := t.begin(ctx, op); err != nil {
		return err
	}
	defer t.gw.life.end()
	row, target, err := t.variableRow(ctx, v)
	if err != nil {
		return t.fail(ctx, op, v.Integration, v.Connection, err)
	}
	audit := t.gw.auditEntry(ctx, t.id, "variable.set", target, nil, nil)
	defer t.gw.variables.forget(t.id)
	if err := t.gw.parts.variables.PutVariable(ctx, row, audit); err != nil {
		return t.fail(ctx, op, v.Integration, v.Connection, err)
	}
	return nil
}

// DeleteVariable removes a variable. v's Value is ignored.
func (t *Tenant) DeleteVariable(ctx context.Context, v Variable) error {
	const op = "delete_variable"
	if err := t.begin(ctx, op); err != nil {
		return err
	}
	defer t.gw.life.end()
	v.Value = ""
	row, target, err := t.variableRow(ctx, v)
	if err != nil {
		return t.fail(ctx, op, v.Integration, v.Connection, err)
	}
	audit := t.gw.auditEntry(ctx, t.id, "variable.delete", target, nil, nil)
	defer t.gw.variables.forget(t.id)
	if err := t.gw.parts.variables.DeleteVariable(ctx, t.id, row.ConnectionID, v.Name, audit); err != nil {
		return t.fail(ctx, op, v.Integration, v.Connection, err)
	}
	return nil
}

// variableRow checks a variable and seals its value.
func (t *Tenant) variableRow(ctx context.Context, v Variable) (row StoredVariable, target string, err error) {
	if t.gw.parts.variables == nil {
		return row, "", missingPart("", "VariableStore")
	}
	if err := checkVariableName(v.Name); err != nil {
		return row, "", newError(KindInvalidInput, "", err)
	}
	row = StoredVariable{Tenant: t.id, Name: v.Name, Secret: v.Secret}
	target = v.Name
	c, err := t.variableOwner(ctx, v.Integration, v.Connection)
	if err != nil {
		return row, "", err
	}
	if c.ID != "" {
		row.ConnectionID, target = c.ID, c.Integration+"/"+c.Slug+"/"+v.Name
	}
	tree, _, err := jsontree.FromValue(v.Value, jsontree.Limits{})
	if err != nil {
		return row, "", newError(KindInvalidInput, "", fmt.Errorf("Value: %w", err))
	}
	text, err := wire.Text(tree)
	if err != nil {
		text = string(jsontree.Append(nil, tree))
	}
	if len(text) > maxVariable {
		return row, "", errorf(KindInvalidInput, "", "Value: %d bytes, want at most %d", len(text), maxVariable)
	}
	row.Type = variableType(tree)
	row.Sealed, err = t.gw.cfg.Keyring.Seal(variableBinding(row), []byte(text))
	return row, target, err
}

// variableOwner finds the connection that a variable is of; it has no ID where that
// is the tenant.
func (t *Tenant) variableOwner(ctx context.Context, integration, connection string) (StoredConnection, error) {
	if (integration == "") != (connection == "") {
		return StoredConnection{}, errorf(KindInvalidInput, "", "Integration and Connection: set both for a variable of a connection, or neither for one of the tenant")
	}
	if connection == "" {
		return StoredConnection{}, nil
	}
	c, _, err := t.gw.cfg.Store.Connections().Find(ctx, t.id, integration, connection)
	if errors.Is(err, ErrUnresolved) {
		err = errorf(KindUnresolved, "", "no connection %q to %q: Tenant.Connections lists what there is", clip(connection), clip(integration))
	}
	return c, err
}

func variableType(tree any) string {
	switch jsontree.TypeName(tree) {
	case "string":
		return "string"
	case "integer", "number":
		return "number"
	case "boolean":
		return "boolean"
	}
	return "json"
}

func variableBinding(v StoredVariable) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeVariable, Kind: "variable", Tenant: v.Tenant, ID: v.ConnectionID, Field: v.Name}
}

// varKey names a loaded variable.
type varKey struct{ scope, name string }

// loadVariables reads what the action's templates need.
func (r *run) loadVariables(ctx context.Context) error {
	need := r.action.scopes
	if !need.tenant && !need.connection {
		return nil
	}
	if r.gw.parts.variables == nil {
		return nil // a template's default may still do
	}
	id := ""
	if need.connection {
		id = r.link.info.ID
	}
	rows, err := r.gw.variables.find(ctx, r.spec.tenant, id, need.names)
	if err != nil {
		return storeError(ctx, "", err)
	}
	r.vars = make(map[varKey]string, len(rows))
	for _, row := range rows {
		text, err := r.gw.openVariable(row)
		if err != nil {
			return err
		}
		key := varKey{"tenant", row.Name}
		if row.ConnectionID != "" {
			key.scope = "connection"
		}
		r.vars[key] = text
		if row.Secret {
			r.secrets = append(r.secrets, secret.New(text))
		}
	}
	return nil
}

func (g *Gateway) openVariable(row StoredVariable) (string, error) {
	clear, err := g.cfg.Keyring.Open(variableBinding(row), row.Sealed)
	if err != nil {
		return "", newError(KindConfig, "", fmt.Errorf("variable %s does not open: %w", row.Name, err))
	}
	return string(clear), nil
}

// variable looks ${scope.name} up. A connection's parameters are variables of
// the connection, unless one is set.
func (r *run) variable(ref template.Ref) (string, bool) {
	switch ref.Scope {
	case "var":
		return r.nearest(ref.Name)
	case "call":
		v, ok := r.spec.opts.vars[ref.Name]
		return v, ok
	case "env":
		v, ok := r.gw.env[ref.Name]
		return v.Reveal(), ok
	}
	if v, ok := r.vars[varKey{ref.Scope, ref.Name}]; ok {
		return v, true
	}
	if ref.Scope == "connection" {
		v, ok, err := r.action.integ.parameter(r.link.info, ref.Name)
		return v, ok && err == nil
	}
	return "", false
}

// nearest looks ${var.name} up: of the call, the connection, or the tenant. A
// parameter of the connection that is optional and not given is none.
func (r *run) nearest(name string) (string, bool) {
	for _, scope := range []string{"call", "connection", "tenant"} {
		v, ok := r.variable(template.Ref{Scope: scope, Name: name})
		_, set := r.vars[varKey{scope, name}]
		if ok && (v != "" || set || scope == "call") {
			return v, true
		}
	}
	return "", false
}
