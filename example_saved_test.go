package waygate_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// contacts is a definition of a CRM at an address.
func contacts(baseURL string) waygate.Integration {
	return waygate.Integration{
		ID: "crm", BaseURL: baseURL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts", Tags: []string{"contacts"}}},
	}
}

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

	saved, err := here.SaveIntegration(ctx, contacts("https://crm.example.com/v1"))
	noError(err)
	fmt.Println("here:", saved.ID, saved.Version)
	list, err := there.SavedIntegrations(ctx, "")
	noError(err)
	for _, s := range list.Integrations {
		fmt.Println("there:", s.ID, s.Version, s.Definition.BaseURL)
	}
	// Output:
	// here: crm 1
	// there: crm 1 https://crm.example.com/v1
}

// Each save is a version, and each version can be read: to compare it with the next, or to save it again.
func ExampleGateway_SavedIntegration() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	for _, baseURL := range []string{"https://crm.example.com/v1", "https://crm.example.com/v2"} {
		_, err := gw.SaveIntegration(ctx, contacts(baseURL))
		noError(err)
	}
	for _, version := range []int64{0, 1} { // 0 is the newest
		saved, err := gw.SavedIntegration(ctx, "crm", version)
		noError(err)
		fmt.Println(saved.Version, saved.Definition.BaseURL)
	}
	noError(gw.DeleteIntegration(ctx, "crm"))
	_, err = gw.SavedIntegration(ctx, "crm", 0)
	fmt.Println("deleted:", errors.Is(err, waygate.ErrUnresolved))
	// Output:
	// 2 https://crm.example.com/v2
	// 1 https://crm.example.com/v1
	// deleted: true
}

// Definitions that the program brings: one is registered, put in the place of another, and taken away.
func ExampleGateway_Replace() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	noError(gw.Register(ctx, contacts("https://crm.example.com/v1")))
	err = gw.Register(ctx, contacts("https://crm.example.com/v2"))
	fmt.Println("another of that name:", errors.Is(err, waygate.ErrConflict))

	noError(gw.Replace(ctx, contacts("https://crm.example.com/v2")))
	now, err := gw.Integration("crm")
	noError(err)
	fmt.Println(now.BaseURL)
	noError(gw.Unregister(ctx, "crm"))
	// Output:
	// another of that name: true
	// https://crm.example.com/v2
}

// What is wrong with a definition, before anything depends on it. Check changes nothing.
func ExampleGateway_Check() {
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	fmt.Println(gw.Check(waygate.Integration{
		ID: "crm", BaseURL: "https://crm.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "FETCH", Path: "/contacts"}},
	}))
	// Output:
	// waygate: check crm: configuration: actions[0]: action list_contacts: method: "FETCH": want GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS
}

// The actions that there are, by a tag, a method or a word.
func ExampleGateway_Actions() {
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	noError(gw.Register(context.Background(), contacts("https://crm.example.com")))
	for _, f := range []waygate.ActionFilter{{Tag: "contacts"}, {Method: "POST"}, {Integration: "crm", Text: "Contact"}} {
		for _, a := range gw.Actions(f) {
			fmt.Println(a.ID, a.Info.Method, a.Info.Path)
		}
	}
	// Output:
	// crm.list_contacts GET /contacts
	// crm.list_contacts GET /contacts
}
