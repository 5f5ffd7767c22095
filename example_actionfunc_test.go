package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// bankSDK stands in for the provider's own Go client.
type bankSDK struct {
	http *http.Client
	url  string
}

func (s bankSDK) Open(ctx context.Context, account string) (open bool, err error) {
	req, err := http.NewRequestWithContext(ctx, "GET", s.url+"/accounts/"+account, nil)
	if err != nil {
		return false, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	return resp.Header.Get("Account") != "closed", nil
}

// An action in Go lets an SDK send its requests through the call: signed,
// guarded, retried. An error that wraps a sentinel keeps its kind.
func ExampleActionFunc() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL, r.Header.Get("Authorization"))
		w.Header().Set("Account", map[string]string{"/accounts/13": "closed"}[r.URL.Path])
	}))
	defer provider.Close()
	check := waygate.ActionFunc(waygate.ActionInfo{
		ID:          "check",
		InputSchema: json.RawMessage(`{"type": "object", "properties": {"account": {"type": "string"}}, "required": ["account"]}`),
	}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		in, err := waygate.Input[struct {
			Account string `json:"account"`
		}](c)
		if err != nil {
			return nil, err
		}
		open, err := bankSDK{http: c.HTTPClient(), url: c.BaseURL().String()}.Open(ctx, in.Account)
		if err == nil && !open {
			err = fmt.Errorf("account %s is closed: %w", in.Account, waygate.ErrMissing)
		}
		return &waygate.Response{Value: map[string]any{"open": open}}, err
	})
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "bank", BaseURL: provider.URL, Auth: auth.Bearer{}, Actions: []waygate.Action{check},
	})

	res, err := acme.Invoke(context.Background(), "bank.check", map[string]any{"account": "12"})
	noError(err)
	fmt.Println(string(res.JSON()))
	_, err = acme.Invoke(context.Background(), "bank.check", map[string]any{"account": "13"})
	fmt.Println(errors.Is(err, waygate.ErrMissing))
	// Output:
	// GET /accounts/12 Bearer token-of-acme
	// {"open":true}
	// GET /accounts/13 Bearer token-of-acme
	// true
}
