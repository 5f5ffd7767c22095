package jsonpath_test

import (
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

func Example() {
	tree := map[string]any{
		"@odata.nextLink": "https://example.com/users?page=2",
		"value":           []any{map[string]any{"id": "u1"}, map[string]any{"id": "u2"}},
	}
	next, err := jsonpath.Compile("@odata.nextLink")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(next.First(tree))

	ids, err := jsonpath.Compile("value[*].id")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ids, ids.Singular())
	fmt.Println(ids.All(tree, 100))
	// Output:
	// https://example.com/users?page=2 true
	// $.value[*].id false
	// [u1 u2] <nil>
}

func ExampleCompile_refused() {
	_, err := jsonpath.Compile("items[?@.done == true].id")
	var e *jsonpath.Error
	if errors.As(err, &e) {
		fmt.Println(e.Offset, e.Reason)
	}
	// Output: 6 filters and scripts are not supported: select the records in the service
}

func ExamplePath_All_bounded() {
	p, _ := jsonpath.Compile("$[*]")
	_, err := p.All([]any{"a", "b", "c"}, 2)
	fmt.Println(err)
	// Output: jsonpath: "$[*]": it names more places than allowed here: make the path narrower or raise the limit
}
