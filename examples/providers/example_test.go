package providers_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/examples/providers"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// From a file to the address that a customer's browser is sent to.
func Example() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	list, err := catalogue.Parse(gw, providers.Files())
	noError(err)
	for _, in := range list {
		if in.ID == "hubspot" {
			noError(gw.Register(ctx, in))
		}
	}
	_, err = gw.PutApp(ctx, waygate.App{
		Integration: "hubspot", ID: "main", RedirectURLs: []string{"https://app.example.com/oauth/hubspot"},
		Client: auth.Client{ID: "your-client", Secret: secret.New("your-secret")},
	})
	noError(err)
	a, err := gw.Tenant("acme").Authorize(ctx, "hubspot", waygate.AuthorizeSpec{Slug: "main"})
	noError(err)
	address, _, _ := strings.Cut(a.URL, "?")
	fmt.Println(address)
	// Output: https://app.hubspot.com/oauth/authorize
}

func noError(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
