package storetest

import (
	"fmt"
	"slices"

	"github.com/waygate-go/waygate"
)

func variableClauses() []clause {
	return []clause{
		{name: "1_put", run: putVariable},
		{name: "2_connection", run: variableOfConnection},
		{name: "3_order", run: variableOrder},
		{name: "3_names", run: variableNames},
		{name: "4_most", run: mostVariables},
		{name: "5_delete", run: deleteVariable},
		{name: "6_reseal", run: resealVariable},
		{name: "6_reseal_race", run: resealRace},
		{name: "7_connection_deleted", run: variablesOfDeleted},
	}
}

// sameVariables compares what a tenant and a connection have, but for times.
func (e *env) sameVariables(connection string, want []waygate.StoredVariable, what string) {
	e.Helper()
	got, err := e.variables.Variables(e.ctx(), acme, connection, nil)
	e.ok(err, "Variables")
	for i := range got {
		got[i].UpdatedAt = waygate.StoredVariable{}.UpdatedAt
	}
	e.same(got, want, what)
}

func putVariable(e *env) {
	v := e.variable(acme, "", "region")
	e.put(v)
	e.sameVariables("", []waygate.StoredVariable{v}, "the variable")
	v.Type, v.Secret, v.Sealed = "json", false, []byte("other")
	e.put(v)
	e.sameVariables("", []waygate.StoredVariable{v}, "the variable that was replaced")
	e.put(e.variable(globex, "", "region"))
	e.sameVariables("", []waygate.StoredVariable{v}, "the variable after another tenant put its own")
}

func variableOfConnection(e *env) {
	first, _ := e.connect(acme, "first")
	second, _ := e.connect(acme, "second")
	own, firsts, seconds := e.variable(acme, "", "a"), e.variable(acme, first.ID, "b"), e.variable(acme, second.ID, "b")
	seconds.Sealed = []byte("of the second")
	for _, v := range []waygate.StoredVariable{own, firsts, seconds} {
		e.put(v)
	}
	e.sameVariables("", []waygate.StoredVariable{own}, "the tenant's")
	e.sameVariables(first.ID, []waygate.StoredVariable{own, firsts}, "the first connection's")
	e.sameVariables(second.ID, []waygate.StoredVariable{own, seconds}, "the second connection's")
	e.sameVariables("con_none", []waygate.StoredVariable{own}, "those of a connection that isn't there")
	for tenant, id := range map[string]string{acme: "con_none", globex: first.ID} {
		err := e.variables.PutVariable(e.ctx(), e.variable(tenant, id, "c"), e.entry(tenant, "put"))
		e.is(err, waygate.ErrUnresolved, "PutVariable of a connection that the tenant doesn't have")
	}
	if n := len(e.allVariables()); n != 3 {
		e.Errorf("%d variables, want 3", n)
	}
}

// variableOrder: by the bytes of the name, both scopes together.
func variableOrder(e *env) {
	c, _ := e.connect(acme, "main")
	want := []string{"A", "Z", "_", "a", "a1", "a_b", "ab", "b"}
	for _, i := range []int{5, 2, 7, 0, 3, 1, 6, 4} {
		e.put(e.variable(acme, []string{"", c.ID}[i%2], want[i]))
	}
	list, err := e.variables.Variables(e.ctx(), acme, c.ID, nil)
	e.ok(err, "Variables")
	e.same(ids(list, variableName), want, "the variables")
}

// variableNames: only those asked for, each once, of both scopes; nil is all.
func variableNames(e *env) {
	c, _ := e.connect(acme, "main")
	other, _ := e.connect(acme, "other")
	for _, name := range []string{"a", "b", "c"} {
		e.put(e.variable(acme, "", name))
	}
	for _, name := range []string{"b", "d", "é"} {
		e.put(e.variable(acme, c.ID, name))
	}
	e.put(e.variable(acme, other.ID, "x"))
	e.put(e.variable(globex, "", "y"))
	for _, t := range []struct{ names, tenants, both []string }{
		{nil, []string{"a", "b", "c"}, []string{"a", "b", "b", "c", "d", "é"}},
		{[]string{}, nil, nil},
		{[]string{"b"}, []string{"b"}, []string{"b", "b"}},
		{[]string{"d", "c", "d", "a", "c"}, []string{"a", "c"}, []string{"a", "c", "d"}},
		{[]string{"x", "y", "", "A", "a ", "%", "_"}, nil, nil},
		{[]string{"é", "e\u0301"}, nil, []string{"é"}},
	} {
		for connection, want := range map[string][]string{"": t.tenants, c.ID: t.both} {
			names := slices.Clone(t.names)
			list, err := e.variables.Variables(e.ctx(), acme, connection, names)
			e.ok(err, "Variables")
			e.same(ids(list, variableName), want, fmt.Sprintf("the variables of %q by the names %q", connection, t.names))
			e.same(names, t.names, "the names that Variables was given")
		}
	}
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprint("none-", i)
	}
	list, err := e.variables.Variables(e.ctx(), acme, c.ID, append(many, "c"))
	e.ok(err, "Variables by many names")
	e.same(ids(list, variableName), []string{"c"}, "the variables by many names")
}

// mostVariables: a read finds at most 1,000. Whether the one that is too many is
// refused or left out is the store's affair.
func mostVariables(e *env) {
	c, _ := e.connect(acme, "main")
	taken := 0
	for i := range 1010 {
		err := e.variables.PutVariable(e.ctx(), e.variable(acme, []string{"", c.ID}[i%2], fmt.Sprintf("v%04d", i)), nil)
		if err == nil {
			taken++
		} else {
			e.is(err, waygate.ErrInvalidInput, "PutVariable of one too many")
		}
	}
	list, err := e.variables.Variables(e.ctx(), acme, c.ID, nil)
	e.ok(err, "Variables")
	if want := min(taken, 1000); taken < 1000 || len(list) != want {
		e.Errorf("%d variables were taken, %d read; want at least 1000, and 1000", taken, len(list))
	}
}

func deleteVariable(e *env) {
	c, _ := e.connect(acme, "main")
	own, conns := e.variable(acme, "", "a"), e.variable(acme, c.ID, "a")
	e.put(own)
	e.put(conns)
	e.ok(e.variables.DeleteVariable(e.ctx(), acme, c.ID, "a", nil), "DeleteVariable")
	e.sameVariables(c.ID, []waygate.StoredVariable{own}, "what is left")
	e.is(e.variables.DeleteVariable(e.ctx(), acme, c.ID, "a", nil), waygate.ErrUnresolved, "DeleteVariable, again")
	e.ok(e.variables.DeleteVariable(e.ctx(), acme, "", "a", nil), "DeleteVariable")
	e.sameVariables(c.ID, nil, "what is left after the last was deleted")
	e.same(e.allVariables(), nil, "the scan after the last was deleted")
}

func resealVariable(e *env) {
	c, _ := e.connect(acme, "main")
	for _, v := range []waygate.StoredVariable{e.variable(acme, "", "a"), e.variable(acme, c.ID, "b")} {
		e.put(v)
		next := v
		next.Sealed = []byte("resealed " + v.Name)
		e.is(e.variables.ResealVariable(e.ctx(), next, []byte("not what is there")), waygate.ErrConflict, "ResealVariable of what was written meanwhile")
		e.ok(e.variables.ResealVariable(e.ctx(), next, v.Sealed), "ResealVariable")
		e.is(e.variables.ResealVariable(e.ctx(), v, v.Sealed), waygate.ErrConflict, "ResealVariable of what was resealed")
		got := e.allVariables()
		i := slices.IndexFunc(got, func(g waygate.StoredVariable) bool { return g.Name == v.Name })
		next.UpdatedAt = got[i].UpdatedAt
		e.same(got[i], next, "the variable after ResealVariable")
	}
}

func resealRace(e *env) {
	v := e.variable(acme, "", "a")
	e.put(v)
	e.one(e.race(racers, func(i int) error {
		next := v
		next.Sealed = []byte(fmt.Sprint("racer ", i))
		return e.variables.ResealVariable(e.ctx(), next, v.Sealed)
	}), "ResealVariable of the same bytes")
}

// variablesOfDeleted: a connection's variables go with it.
func variablesOfDeleted(e *env) {
	c, _ := e.connect(acme, "main")
	e.put(e.variable(acme, c.ID, "a"))
	own := e.variable(acme, "", "b")
	e.put(own)
	e.ok(e.connections.Delete(e.ctx(), acme, c.ID, nil), "Delete")
	e.sameVariables(c.ID, []waygate.StoredVariable{own}, "the variables after the connection was deleted")
	if n := len(e.allVariables()); n != 1 {
		e.Errorf("%d variables, want 1", n)
	}
}
