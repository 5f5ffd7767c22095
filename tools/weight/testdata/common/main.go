// What each program that imports the core does, beside what its piece.go adds.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

type issue struct {
	Title string `json:"title"`
}

func main() {
	ctx := context.Background()
	gw, err := waygate.New(config(ctx))
	fine(err)
	api, err := gw.ParseIntegration([]byte(`{"id": "github", "base_url": "https://api.github.com", "auth": {"kind": "bearer"}}`))
	fine(err)
	fine(gw.Register(ctx, api))
	acme := gw.Tenant("acme")
	_, err = acme.Connect(ctx, "github", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token")})
	fine(err)
	for issue, err := range waygate.Items[issue](ctx, acme, "github.list_issues", nil) {
		fine(err)
		fmt.Println(issue.Title)
	}
	fmt.Println(acme.Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"}))
	fmt.Println(acme.Collect(ctx, "github.list_issues", nil))
	beside(ctx, gw)
	fine(gw.Shutdown(ctx))
}

func fine(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
