package main

import (
	"context"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

func config(context.Context) waygate.Config { return waygate.Config{Store: memory.New()} }

func beside(context.Context, *waygate.Gateway) {}
