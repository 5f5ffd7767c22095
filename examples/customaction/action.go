package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate"
)

// Search and Contact are what callers give and get.
type Search struct {
	Email string `json:"email"`
}

// Contact is a person in the CRM.
type Contact struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// findContact does what the provider has no endpoint for. Its requests are signed,
// limited and repeated like any other's: the client sees to that.
func findContact(baseURL string) waygate.Action {
	info := waygate.ActionInfo{
		ID: "find_contact", Description: "The contact with this email address.",
		InputSchema: json.RawMessage(`{"type": "object", "required": ["email"], "properties": {"email": {"type": "string"}}}`),
		Effects:     waygate.Effects{ReadOnly: true, Idempotent: true},
	}
	return waygate.ActionFunc(info, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		in, err := waygate.Input[Search](c)
		if err != nil {
			return nil, err
		}
		sdk := client{baseURL: baseURL, http: c.HTTPClient()}
		for page := 1; ; page++ {
			contacts, more, err := sdk.contacts(ctx, page)
			if err != nil {
				return nil, err
			}
			for _, found := range contacts {
				if found.Email == in.Email { // the whole of it, by another action on the same connection
					whole, err := c.Invoke(ctx, "get_contact", map[string]any{"id": found.ID})
					if err != nil {
						return nil, err
					}
					return &waygate.Response{Value: whole.Value()}, nil
				}
			}
			if !more {
				return &waygate.Response{Status: http.StatusNotFound}, nil
			}
		}
	})
}

// client stands for a provider's library: it knows the API, and nothing of tokens.
type client struct {
	baseURL string
	http    *http.Client
}

// contacts gives a page, and whether there is another.
func (c client) contacts(ctx context.Context, page int) (list []Contact, more bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/contacts?page=%d", c.baseURL, page), nil)
	if err != nil {
		return nil, false, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, false, fmt.Errorf("the CRM answered %s", resp.Status)
	}
	err = json.NewDecoder(resp.Body).Decode(&list)
	return list, resp.Header.Get("Link") != "", err
}
