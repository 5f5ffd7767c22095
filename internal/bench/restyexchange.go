package main

import (
	"context"
	"fmt"
	"net/http"

	"resty.dev/v3"
)

// restyExchange sends in and has the answer read as T.
func restyExchange[T any](ctx context.Context, client *resty.Client, method, url string, conn int, in any) (T, error) {
	var out T
	_, err := restyRead(ctx, client, method, url, conn, in, &out)
	return out, err
}

func restyRead(ctx context.Context, client *resty.Client, method, url string, conn int, in, out any) (*resty.Response, error) {
	r := client.R().SetContext(ctx).SetAuthToken(tokenOf(conn)).SetHeader("Accept", "application/json").SetResult(out)
	if in != nil {
		r.SetHeader("Content-Type", "application/json").SetBody(in)
	}
	resp, err := r.Execute(method, url)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode() != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode())
	}
	return resp, nil
}

func restyPages(ctx context.Context, client *resty.Client, url string) (items int, err error) {
	for url != "" {
		var list []contact
		resp, err := restyRead(ctx, client, http.MethodGet, url, 0, nil, &list)
		if err != nil {
			return items, err
		}
		items += len(list)
		url = next(resp.Header().Get("Link"))
	}
	return items, nil
}
