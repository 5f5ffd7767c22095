package main

import (
	"cmp"
	"context"

	"github.com/waygate-go/waygate"
)

// newestContact is an action in Go: it finds the newest contact with the
// provider's client library, and gets the whole of it with an action of the same
// integration. The caller sees one action like any other.
func newestContact(baseURL string) waygate.Action {
	info := waygate.ActionInfo{
		ID: "newest_contact", Description: "The contact that was added last.",
		Effects: waygate.Effects{ReadOnly: true, Idempotent: true},
	}
	return waygate.ActionFunc(info, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		sdk := &sdkClient{BaseURL: cmp.Or(c.Connection.BaseURL, baseURL), HTTP: c.HTTPClient()}
		newest := 0
		for page, more := 1, true; more; page++ {
			ids, next, err := sdk.ContactIDs(ctx, page)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				newest = max(newest, id)
			}
			more = next
		}
		contact, err := c.Invoke(ctx, "get_contact", map[string]any{"id": newest})
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Value: contact.Value()}, nil
	})
}
