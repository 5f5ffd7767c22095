package catalogue_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/store/memory"
)

// newGateway makes a gateway that reaches nothing.
func newGateway(t testing.TB, change ...func(*waygate.Config)) *waygate.Gateway {
	t.Helper()
	cfg := waygate.Config{Store: memory.New(), Transport: func(http.RoundTripper) http.RoundTripper { return closed{} }}
	for _, f := range change {
		f(&cfg)
	}
	gw, err := waygate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := gw.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return gw
}

type closed struct{}

func (closed) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no network") }

// parseDir parses the catalogue of testdata.
func parseDir(t testing.TB) []waygate.Integration {
	t.Helper()
	list, err := catalogue.Parse(newGateway(t), os.DirFS("testdata/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// joined takes a joined error apart.
func joined(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
