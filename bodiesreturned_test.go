package waygate_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
)

// TestForgottenBodiesAreGivenBack: what an action in Go has read and never closed counts among the bodies in flight for
// as long as the call, and no longer.
func TestForgottenBodiesAreGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		forgets := waygate.ActionFunc(waygate.ActionInfo{ID: "forgets"}, func(ctx context.Context, call *waygate.Call) (*waygate.Response, error) {
			req, err := http.NewRequestWithContext(ctx, "GET", apiBase+"/x", nil)
			if err != nil {
				return nil, err
			}
			if _, err := call.HTTPClient().Do(req); err != nil {
				return nil, err
			}
			return &waygate.Response{Value: true}, nil
		})
		_, acme := ready(t, always(200, `{"text":"`+strings.Repeat("x", 40_000)+`"}`), api(forgets), func(c *waygate.Config) {
			c.Egress.MaxBodyBytes, c.Egress.MaxTenantBytes, c.Egress.MaxInFlightBytes = 100_000, 100_000, 100_000
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for range 10 {
			_, err := acme.Invoke(ctx, "api.forgets", nil)
			must(t, err)
		}
	})
}

// TestCollectWithoutPages: an action without pagination has one page, whose records are the answer.
func TestCollectWithoutPages(t *testing.T) {
	t.Parallel()
	_, acme := ready(t, always(200, `[{"id":1},{"id":2}]`), api(get("list")))
	res, err := acme.Collect(t.Context(), "api.list", nil)
	must(t, err)
	if res.Meta.Items != 2 || string(res.JSON()) != `[{"id":1},{"id":2}]` {
		t.Errorf("%d items, %s", res.Meta.Items, res.JSON())
	}
}
