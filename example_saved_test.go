package waygate_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// Definitions that are kept in the store: one process saves a version, the others follow.
func ExampleGateway_SaveIntegration() {
	ctx := context.Background()
	store := memory.New()
	process := func() *waygate.Gateway {
		gw, err := waygate.New(waygate.Config{Store: store})
		noError(err)
		return gw
	}
	here, there := process(), process()

	crm := waygate.Integration{
		ID: "crm", BaseURL: "https://crm.example.com/v1", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts"}},
	}
	_, err := here.SaveIntegration(ctx, crm)
	noError(err)
	crm.BaseURL = "https://crm.example.com/v2"
	saved, err := here.SaveIntegration(ctx, crm)
	noError(err)
	fmt.Println("saved version", saved.Version)

	list, err := there.SavedIntegrations(ctx, "")
	noError(err)
	for _, s := range list.Integrations {
		fmt.Println("there:", s.ID, s.Version, s.Definition.BaseURL)
	}
	first, err := there.SavedIntegration(ctx, "crm", 1)
	noError(err)
	fmt.Println("the first was:", first.Definition.BaseURL)

	noError(here.DeleteIntegration(ctx, "crm"))
	_, err = there.SavedIntegration(ctx, "crm", 0)
	fmt.Println("deleted:", errors.Is(err, waygate.ErrUnresolved))
	// Output:
	// saved version 2
	// there: crm 2 https://crm.example.com/v2
	// the first was: https://crm.example.com/v1
	// deleted: true
}

// Definitions that the program brings: registered, looked up, put in the place of one another, taken away.
func ExampleGateway_Replace() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	crm := waygate.Integration{
		ID: "crm", BaseURL: "https://crm.example.com/v1", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts", Tags: []string{"contacts"}}},
	}
	noError(gw.Register(ctx, crm))
	crm.BaseURL = "https://crm.example.com/v2"
	fmt.Println("another of that name:", errors.Is(gw.Register(ctx, crm), waygate.ErrConflict))
	noError(gw.Replace(ctx, crm))
	now, err := gw.Integration("crm")
	noError(err)
	fmt.Println(now.BaseURL)
	for _, a := range gw.Actions(waygate.ActionFilter{Tag: "contacts"}) {
		fmt.Println(a.ID, a.Info.Method, a.Info.Path)
	}

	crm.Actions = []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "FETCH", Path: "/contacts"}}
	fmt.Println(gw.Check(crm)) // says what Register would, and changes nothing
	noError(gw.Unregister(ctx, "crm"))
	fmt.Println("left:", len(gw.Actions(waygate.ActionFilter{})))
	// Output:
	// another of that name: true
	// https://crm.example.com/v2
	// crm.list_contacts GET /contacts
	// waygate: check crm: configuration: actions[0]: action list_contacts: method: "FETCH": want GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS
	// left: 0
}
