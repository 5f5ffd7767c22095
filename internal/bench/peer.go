package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// What every client is set to, as far as it has it.
const (
	perAttempt   = 30 * time.Second
	attempts     = 3
	firstWait    = 100 * time.Millisecond
	longestWait  = 2 * time.Second
	openAfter    = 5 // failures in a row
	openFor      = time.Minute
	ratePerConn  = 100_000 // a second: on, and never reached
	connections  = 100
	idlePerHost  = 256
	idleFor      = 90 * time.Second
	dialTimeout  = 10 * time.Second
	gobreakerFor = "provider"
)

// peer is one client. conn says with whose credential, 0 to connections-1.
type peer struct {
	name string
	get  func(ctx context.Context, conn int) ([]contact, error)
	post func(ctx context.Context, conn int, path string, in batch) ([]contact, error)
	// order sends an order and reads the answer's eight members; input is the order as a tree.
	order func(ctx context.Context, path string, input any) (summary, error)
	// pages reads all pages and counts the items.
	pages func(ctx context.Context) (int, error)
	// flaky gets what fails at first; down posts what always fails.
	flaky func(ctx context.Context, key string) ([]contact, error)
	down  func(ctx context.Context, key string) error
}

// transport is the same for every peer; Waygate's guarded one has these settings by default.
func transport() *http.Transport {
	d := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: idlePerHost, IdleConnTimeout: idleFor, ForceAttemptHTTP2: true}
}

func tokenOf(conn int) string { return fmt.Sprintf("token-%d", conn) }

// sender is what the peers differ in: one exchange, whose answer is read by the caller. body may be nil.
type sender func(ctx context.Context, method, url, token string, body []byte) (*http.Response, error)

// newRequest is how a request is made for those that take net/http's own.
func newRequest(ctx context.Context, method, url, token string, body []byte) (*http.Request, error) {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return nil, err
	}
	setHeaders(req.Header, token, body != nil)
	return req, nil
}

func setHeaders(h http.Header, token string, body bool) {
	h.Set("Authorization", "Bearer "+token)
	h.Set("Accept", "application/json")
	if body {
		h.Set("Content-Type", "application/json")
	}
}

// peer makes a client of a sender: with encoding/json, and a loop for pages.
func (send sender) peer(name, url string) *peer {
	accounts := url + "/accounts/a1/"
	return &peer{
		name: name,
		get: func(ctx context.Context, conn int) ([]contact, error) {
			return exchange[[]contact](ctx, send, http.MethodGet, accounts+"contacts", conn, nil)
		},
		post: func(ctx context.Context, conn int, path string, in batch) ([]contact, error) {
			return exchange[[]contact](ctx, send, http.MethodPost, accounts+path, conn, in)
		},
		order: func(ctx context.Context, path string, input any) (summary, error) {
			o, err := exchange[order](ctx, send, http.MethodPost, accounts+path, 0, input)
			return o.summary(), err
		},
		pages: func(ctx context.Context) (int, error) { return send.pages(ctx, accounts+"pages") },
		flaky: func(ctx context.Context, key string) ([]contact, error) {
			return exchange[[]contact](ctx, send, http.MethodGet, url+"/flaky/"+key, 0, nil)
		},
		down: func(ctx context.Context, key string) error {
			_, err := exchange[any](ctx, send, http.MethodPost, url+"/down/"+key, 0, batch{})
			return err
		},
	}
}

// exchange writes in, sends it, and reads the answer as T.
func exchange[T any](ctx context.Context, send sender, method, url string, conn int, in any) (T, error) {
	var out T
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return out, err
		}
	}
	data, _, err := send.read(ctx, method, url, tokenOf(conn), body)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(data, &out)
}

// read is one exchange whose answer has to be a 200.
func (send sender) read(ctx context.Context, method, url, token string, body []byte) ([]byte, http.Header, error) {
	resp, err := send(ctx, method, url, token, body)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	return data, resp.Header, nil
}

func (send sender) pages(ctx context.Context, url string) (items int, err error) {
	for url != "" {
		data, header, err := send.read(ctx, http.MethodGet, url, tokenOf(0), nil)
		if err != nil {
			return items, err
		}
		var list []contact
		if err := json.Unmarshal(data, &list); err != nil {
			return items, err
		}
		items += len(list)
		url = next(header.Get("Link"))
	}
	return items, nil
}

// next is the link to the next page, as this provider writes it.
func next(link string) string {
	target, rest, _ := strings.Cut(link, ">")
	if !strings.Contains(rest, `rel="next"`) {
		return ""
	}
	return strings.TrimPrefix(target, "<")
}

// order is an order as far as encoding/json has to read it for a [summary].
type order struct {
	Number   string `json:"number"`
	Customer struct {
		Name    string `json:"name"`
		Email   string `json:"email"`
		Company struct {
			Name string `json:"name"`
		} `json:"company"`
	} `json:"customer"`
	Shipping struct {
		Address struct {
			City string `json:"city"`
		} `json:"address"`
		Parcel struct {
			Weight float64 `json:"weight"`
		} `json:"parcel"`
	} `json:"shipping"`
	Payment struct {
		Card struct {
			Last4 string `json:"last4"`
		} `json:"card"`
	} `json:"payment"`
	Totals struct {
		Gross float64 `json:"gross"`
	} `json:"totals"`
}

func (o order) summary() summary {
	return summary{Number: o.Number, Buyer: o.Customer.Name, Email: o.Customer.Email, Company: o.Customer.Company.Name,
		City: o.Shipping.Address.City, Weight: o.Shipping.Parcel.Weight, Card: o.Payment.Card.Last4, Gross: o.Totals.Gross}
}
