package main

import (
	"context"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth/awssigv4"
	"github.com/waygate-go/waygate/store/memory"
)

func config(context.Context) waygate.Config { return waygate.Config{Store: memory.New()} }

func beside(ctx context.Context, gw *waygate.Gateway) {
	fine(gw.Register(ctx, waygate.Integration{ID: "sqs", Auth: awssigv4.Scheme{Service: "sqs"}}))
}
