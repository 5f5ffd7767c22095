package main

import (
	"context"
	"os"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/store/memory"
)

func config(context.Context) waygate.Config { return waygate.Config{Store: memory.New()} }

func beside(ctx context.Context, gw *waygate.Gateway) {
	fine(catalogue.Register(ctx, gw, os.DirFS("integrations")))
}
