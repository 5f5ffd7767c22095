// Command awssigv4 signs a request for AWS, and registers an integration that does.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/awssigv4"
	"github.com/waygate-go/waygate/store/memory"
)

func main() {
	ctx := context.Background()
	scheme := awssigv4.Scheme{Service: "sqs"}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://sqs.eu-west-1.amazonaws.com/?Action=ListQueues", nil)
	fine(err)
	now := auth.WithSigning(ctx, auth.Signing{Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	fine(scheme.Authorize(now, r, awssigv4.Credential("AKIDEXAMPLE", "a secret that opens nothing", "")))
	fmt.Println(r.Header.Get("X-Amz-Date"))
	fmt.Println(r.Header.Get("Authorization") != "")

	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	fine(err)
	fine(gw.Register(ctx, waygate.Integration{
		ID: "sqs", BaseURL: "https://sqs.eu-west-1.amazonaws.com", Auth: scheme,
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_queues", Method: "GET", Path: "/?Action=ListQueues"}},
	}))
}

func fine(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
