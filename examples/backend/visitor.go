package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// visitor is a client of the backend. Its first error ends the visit.
type visitor struct {
	out  io.Writer
	base string
	next string // of the answer before
	err  error
}

// ask sends one request and prints what came.
func (v *visitor) ask(ctx context.Context, key, method, target, body string) {
	if v.err == nil {
		v.err = v.tryAsk(ctx, key, method, target, body)
	}
}

func (v *visitor) tryAsk(ctx context.Context, key, method, target, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, v.base+target, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var list struct{ Next string }
	_ = json.Unmarshal(answer, &list) // an export is no object
	v.next = list.Next
	_, err = fmt.Fprintf(v.out, "%s %s\n%d %s%s\n\n", method, without(target, tokenIn(target)), resp.StatusCode,
		retryAfter(resp), without(strings.TrimSpace(string(answer)), v.next))
	return err
}

func retryAfter(resp *http.Response) string {
	if after := resp.Header.Get("Retry-After"); after != "" {
		return "(Retry-After: " + after + ") "
	}
	return ""
}

// tokenIn is the token of a target, which is too long to be printed.
func tokenIn(target string) string {
	_, token, _ := strings.Cut(target, "next=")
	return token
}

func without(text, token string) string {
	if token == "" {
		return text
	}
	return strings.ReplaceAll(text, token, "…")
}
