// Command santhosh validates with the second engine, alone and within a gateway.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/validation/santhosh"
)

func main() {
	schema, err := santhosh.Engine{}.Compile([]byte(`{"required": ["id"], "properties": {"id": {"type": "integer"}}}`))
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range schema.Validate(context.Background(), map[string]any{"id": "7"}) {
		fmt.Println(v.Pointer, v.Keyword, v.Expected, v.Received)
	}
	_, err = waygate.New(waygate.Config{Store: memory.New(), Engine: santhosh.Engine{}})
	fmt.Println(err)
}
