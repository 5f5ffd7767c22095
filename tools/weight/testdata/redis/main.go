package main

import (
	"context"
	"fmt"
	"log"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience/redis"
	"github.com/waygate-go/waygate/store/memory"
)

type issue struct {
	Title string `json:"title"`
}

func main() {
	ctx := context.Background()
	shared, err := redis.New(goredis.NewClient(&goredis.Options{Addr: "localhost:6379"}), redis.Options{})
	fine(err)
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Quota: shared, Circuits: shared})
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
	fine(gw.Shutdown(ctx))
}

func fine(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
