package waygate_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate"
)

// meter is a transport that notes what passes it.
type meter struct{ next http.RoundTripper }

func (m meter) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(r)
	if err == nil {
		fmt.Println(r.Method, r.URL.Path, resp.StatusCode)
	}
	return resp, err
}

// What a host puts around the guarded transport, for tracing say: it sees each attempt, signed, and the answer.
func ExampleConfig_transport() {
	provider := newStock(1) // fails once, then works
	defer provider.Close()
	_, acme := connected(waygate.Config{
		Transport: func(guarded http.RoundTripper) http.RoundTripper { return meter{guarded} },
	}, stock(provider.URL))

	_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
	noError(err)
	// Output:
	// GET /count/bolt 502
	// GET /count/bolt 200
}
