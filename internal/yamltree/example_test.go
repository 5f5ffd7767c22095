package yamltree_test

import (
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/internal/yamltree"
)

// A document becomes JSON, and still knows where each value stands.
func Example() {
	doc, err := yamltree.Parse([]byte("id: crm\nactions:\n  - id: list\n    method: FETCH\n"), yamltree.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(doc.JSON()))
	fmt.Println(doc.Position("/actions/0/method"))
	fmt.Println(doc.Nearest("/actions/0/path")) // which is missing
	// Output:
	// {"id":"crm","actions":[{"id":"list","method":"FETCH"}]}
	// 4 5 true
	// 3 5
}

// What JSON can't say is refused, with its place.
func ExampleError() {
	_, err := yamltree.Parse([]byte("zip: 01234\n"), yamltree.Limits{})
	var e *yamltree.Error
	fmt.Println(errors.As(err, &e))
	fmt.Println(err)
	// Output:
	// true
	// yaml: line 1, column 6: JSON has no such form of a number: write it in plain digits, as 31 or 0.5, or put it into quotes if it is text
}
