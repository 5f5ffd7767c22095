package waygate_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
)

// TestResultIsReadByMany: one result gives each who reads it a copy of his own, at the same time, whether its answer was
// kept as text or as a tree.
func TestResultIsReadByMany(t *testing.T) {
	t.Parallel()
	text, tree := get("text"), get("tree")
	tree.Records = "$.items"
	_, acme := ready(t, always(200, `{"items":[{"id":1,"name":"Ada"},{"id":2,"name":"Bo"}]}`), api(text, tree))
	type item struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}
	want := []item{{1, "Ada"}, {2, "Bo"}}
	for _, id := range []string{"text", "tree"} {
		res, err := acme.Invoke(t.Context(), "api."+id, nil)
		must(t, err)
		first := string(res.JSON())
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if v, ok := res.Body().(map[string]any); ok {
					v["items"] = "changed by one who reads it"
				}
				if list, ok := res.Value().([]any); ok {
					list[0] = nil
				}
				got, err := items[item](res, id)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%s: %v (-want +got)\n%s", id, err, diff)
				}
				if again := string(res.JSON()); again != first {
					t.Errorf("%s: %s, first it was %s", id, again, first)
				}
			})
		}
		all.Wait()
	}
}

func items[T any](res *waygate.Result, id string) ([]T, error) {
	if id == "tree" {
		return waygate.Decode[[]T](res)
	}
	page, err := waygate.Decode[struct {
		Items []T `json:"items"`
	}](res)
	return page.Items, err
}
