package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// sdkClient stands for a provider's client library: it knows the API, and
// nothing of Waygate, tokens or retries.
type sdkClient struct {
	BaseURL string
	HTTP    *http.Client
}

// ContactIDs lists one page of contacts; more says whether there is another.
func (c *sdkClient) ContactIDs(ctx context.Context, page int) (ids []int, more bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/contacts?page=%d", c.BaseURL, page), nil)
	if err != nil {
		return nil, false, err
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, false, fmt.Errorf("sdk: the CRM answered %s", resp.Status)
	}
	var contacts []struct {
		ID int `json:"id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&contacts); err != nil {
		return nil, false, fmt.Errorf("sdk: %w", err)
	}
	for _, contact := range contacts {
		ids = append(ids, contact.ID)
	}
	return ids, resp.Header.Get("Link") != "", nil
}
