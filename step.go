package waygate

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/secret"
)

const (
	maxTokenBytes = 16 << 10
	tokenLifetime = time.Hour
)

// step says where the next page begins: for an HTTPAction what its pagination
// found, for a Pager in Go its next input.
type step struct {
	Next     *pagination.Next `json:"next,omitempty"`
	HasInput bool             `json:"has_input,omitempty"`
	Input    any              `json:"input,omitempty"`
	Page     int              `json:"page"`           // the number of the page that it leads to
	Skip     int              `json:"skip,omitempty"` // records of that page which were delivered already
	Seen     int              `json:"seen,omitempty"` // raw records on the pages before; -1 if that isn't known
}

// key identifies a step for loop detection.
func (s step) key() pagination.Next {
	if s.Next != nil {
		return *s.Next
	}
	return pagination.Next{Set: []pagination.Param{{Name: "input", Value: string(jsontree.Append(nil, s.Input))}}}
}

// nextPage asks the action's Pager, contained.
func (r *run) nextPage(ctx context.Context, call *Call, out *outcome, resp *Response) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "the action's Next panicked: %v", p)
		}
	}()
	var in any
	var more bool
	if r.action.plain {
		in, more, err = r.nextHTTP(resp)
	} else {
		in, more, err = r.action.pager.Next(ctx, call, resp)
	}
	if err != nil {
		return errorAs(fmt.Errorf("next page: %w", err), kindOf(ctx, err, KindInvalidResponse))
	}
	if !more {
		return nil
	}
	s := step{Page: out.page + 1, Seen: r.seen(resp.Value)}
	if next, ok := in.(*pagination.Next); ok && r.action.http != nil {
		s.Next = next
	} else {
		tree, _, err := jsontree.FromValue(in, jsontree.Limits{})
		if err != nil {
			return newError(KindConfig, "", fmt.Errorf("the action's Next: %w", err))
		}
		s.Input, s.HasInput = tree, true
	}
	out.more, out.next = true, &s
	return nil
}

// token is what a continuation token holds, sealed.
type token struct {
	Step    step   `json:"step"`
	Input   []byte `json:"input"`      // SHA-256 of the input
	Version []byte `json:"definition"` // SHA-256 of the definition
	Origin  string `json:"origin"`
	ReadID  string `json:"read_id,omitempty"`
	Expires int64  `json:"expires"` // Unix seconds
}

// binding ties a token to tenant, connection and action.
func (r *run) binding() secret.Binding {
	return secret.Binding{Purpose: secret.PurposeContinuation, Kind: "step",
		Tenant: r.spec.tenant, ID: r.link.info.ID, Field: r.action.fullID}
}

// sealStep makes the continuation token of a step.
func (r *run) sealStep(s step) (string, error) {
	clear, err := json.Marshal(token{Step: s, Input: treeHash(r.input), Version: r.action.version,
		Origin: r.homeOrigin(), ReadID: r.spec.readID, Expires: r.gw.cfg.Now().Add(tokenLifetime).Unix()})
	if err != nil {
		return "", newError(KindInvalidResponse, "", fmt.Errorf("continuation token: %w", err))
	}
	sealed, err := r.gw.cfg.Keyring.Seal(r.binding(), clear)
	if err != nil {
		return "", newError(KindConfig, "", fmt.Errorf("continuation token: %w", err))
	}
	text := base64.RawURLEncoding.EncodeToString(sealed)
	if len(text) > maxTokenBytes {
		return "", errorf(KindInvalidResponse, "", "the next page's place takes %d bytes, more than a continuation token may", len(text))
	}
	return text, nil
}

// resume opens the option Continue, if it is there.
func (r *run) resume(input any) error {
	text := r.spec.opts.continuation
	if text == "" {
		return nil
	}
	refuse := func(why string) error {
		return errorf(KindInvalidInput, "", "option Continue: %s: begin the read anew", why)
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return refuse("the token is damaged")
	}
	clear, err := r.gw.cfg.Keyring.Open(r.binding(), sealed)
	if err != nil {
		return refuse("the token is damaged, or of another tenant, connection or action")
	}
	tree, _, err := jsontree.Parse(clear, jsontree.Limits{})
	if err != nil {
		return refuse("the token is damaged")
	}
	var t token
	if err := jsontree.Decode(tree, &t); err != nil || t.Step.Page < 1 || t.Step.Skip < 0 || t.Step.Seen < -1 {
		return refuse("the token is damaged")
	}
	switch {
	case r.gw.cfg.Now().Unix() >= t.Expires:
		return refuse("the token has expired")
	case string(t.Input) != string(treeHash(input)):
		return refuse("the token is of a call with another input")
	case string(t.Version) != string(r.action.version):
		return refuse("the integration's definition has changed since")
	case t.Origin != r.homeOrigin():
		return refuse("the connection leads to another origin now")
	}
	r.step = &t.Step
	return nil
}

func treeHash(tree any) []byte {
	sum := sha256.Sum256(jsontree.Append(nil, tree))
	return sum[:]
}
