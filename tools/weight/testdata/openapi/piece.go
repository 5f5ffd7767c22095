package main

import (
	"context"
	"fmt"
	"os"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
)

func config(context.Context) waygate.Config { return waygate.Config{Store: memory.New()} }

func beside(ctx context.Context, _ *waygate.Gateway) {
	doc, err := openapi.Load(ctx, openapi.File(os.DirFS("."), "api.yaml"), openapi.Options{})
	fine(err)
	fmt.Println(doc.Import(ctx, openapi.ImportOptions{}))
}
