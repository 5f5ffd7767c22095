package nearest_test

import (
	"fmt"
	"maps"

	"github.com/waygate-go/waygate/internal/nearest"
)

func Example() {
	actions := map[string]bool{"list_issues": true, "get_issue": true, "close_issue": true}
	for _, name := range []string{"list_isues", "ListIssues", "search"} {
		fmt.Printf("no action %q%s\n", name, nearest.DidYouMean(name, maps.Keys(actions)))
	}
	// Output:
	// no action "list_isues": did you mean "list_issues"?
	// no action "ListIssues": did you mean "list_issues"?
	// no action "search"
}
