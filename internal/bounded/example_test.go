package bounded_test

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/bounded"
)

func ExampleMap() {
	m := bounded.New(2, func(host string, _ int) { fmt.Println("dropped", host) })
	for i, host := range []string{"a.example", "b.example", "a.example", "c.example"} {
		fmt.Println(host, m.GetOrCreate(host, func() int { return i }))
	}
	// Output:
	// a.example 0
	// b.example 1
	// a.example 0
	// dropped b.example
	// c.example 3
}
