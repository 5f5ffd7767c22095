package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate"
)

// pushBlob is what a file can't say: where the second request goes stands in the
// answer to the first, whole, and is for the registry to choose. An action in Go
// asks for it with the catalogue's start_upload, and sends the blob there with a
// client that retries and keeps to the egress policy like any action, and signs
// where the connection's credential may go.
func pushBlob() waygate.Action {
	info := waygate.ActionInfo{
		ID: "push_blob", Description: "Uploads a blob to a repository.",
		Effects: waygate.Effects{Idempotent: true}, Response: waygate.ResponseEmpty,
	}
	return waygate.ActionFunc(info, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		in, err := waygate.Input[blob](c)
		if err != nil {
			return nil, err
		}
		started, err := c.Invoke(ctx, "start_upload", map[string]any{"name": in.Name})
		if err != nil {
			return nil, err
		}
		place, err := c.BaseURL().Parse(started.Header.Get("Location"))
		if err != nil {
			return nil, fmt.Errorf("%w: Location: %w", waygate.ErrInvalidResponse, err)
		}
		query := place.Query()
		query.Set("digest", in.Digest)
		place.RawQuery = query.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, place.String(), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/octet-stream")
		req.GetBody, req.ContentLength = in.Content.Open, in.Content.Size
		if req.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
		resp, err := c.HTTPClient().Do(req)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
	})
}

// blob is the input of push_blob.
type blob struct {
	Name    string       `json:"name"`
	Digest  string       `json:"digest"`
	Content waygate.File `json:"content"`
}
