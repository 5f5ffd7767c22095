package main

import (
	"context"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/validation/santhosh"
)

func config(context.Context) waygate.Config {
	return waygate.Config{Store: memory.New(), Engine: santhosh.Engine{}}
}

func beside(context.Context, *waygate.Gateway) {}
