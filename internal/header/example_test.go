package header_test

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/header"
)

func Example() {
	for _, name := range []string{"X-Api-Key", "Content-Type", "x-forwarded-for", "no name"} {
		fmt.Println(name, header.IsToken(name), header.Reserved(name), header.Fixed(name))
	}
	// Output:
	// X-Api-Key true false false
	// Content-Type true false true
	// x-forwarded-for true true true
	// no name false false false
}
