package waygatetest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/waygatetest"
)

type person struct {
	Name string `json:"name"`
}

// people is an integration as a host has one; base is where it is in this test.
func people(base string) waygate.Integration {
	return waygate.Integration{ID: "crm", BaseURL: base, Auth: auth.None{}, Actions: []waygate.Action{
		waygate.HTTPAction{ID: "get_person", Method: "GET", Path: "/people/{id}"},
		waygate.HTTPAction{ID: "add_person", Method: "POST", Path: "/people"},
	}}
}

// example runs the body of a test, which here has no *testing.T of its own. In a
// test, write the body alone.
func example(body func(t testing.TB)) {
	var t fakeTB
	defer t.end()
	body(&t)
}

// A gateway for one test, and the records of what was called.
func ExampleNew() {
	example(func(t testing.TB) {
		gw := waygatetest.New(t)
		_, err := gw.Tenant("acme").Invoke(t.Context(), "crm.get_person", nil)
		fmt.Println(errors.Is(err, waygate.ErrUnresolved))
		for _, call := range gw.Calls() {
			fmt.Println(call.Tenant, call.Kind)
		}
	})
	// Output:
	// true
	// acme unresolved
}

// Actions that answer without a provider: with a value, or with a failure.
func ExampleStub() {
	example(func(t testing.TB) {
		gw := waygatetest.New(t)
		if err := gw.Register(t.Context(), people("https://crm.example.com")); err != nil {
			t.Fatal(err)
		}
		waygatetest.Stub(t, gw, "crm.get_person", map[string]any{"name": "Ann"})
		waygatetest.Stub(t, gw, "crm.add_person", waygate.ErrForbidden)

		acme := gw.Tenant("acme")
		ann, err := waygate.Invoke[person](t.Context(), acme, "crm.get_person", map[string]any{"id": 7})
		fmt.Println(ann.Name, err)
		_, err = acme.Invoke(t.Context(), "crm.add_person", map[string]any{"name": "Bob"})
		fmt.Println(errors.Is(err, waygate.ErrForbidden))
	})
	// Output:
	// Ann <nil>
	// true
}

// A provider whose first answer is lost.
func ExampleProvider() {
	example(func(t testing.TB) {
		p := waygatetest.NewProvider(t)
		p.On("POST /people", waygatetest.Drop(), waygatetest.JSON(201, person{"Ann"}))
		gw := waygatetest.New(t, waygatetest.WithProvider(p))
		if err := gw.Register(t.Context(), people(p.URL())); err != nil {
			t.Fatal(err)
		}
		// The provider did it, but its answer is lost: a POST isn't repeated.
		_, err := gw.Tenant("acme").Invoke(t.Context(), "crm.add_person", map[string]any{"name": "Ann"})
		fmt.Println(errors.Is(err, waygate.ErrNetwork))
		for _, r := range p.Requests("POST /people") {
			fmt.Println(r.Method, r.Path, string(r.Body))
		}
	})
	// Output:
	// true
	// POST /people {"name":"Ann"}
}
