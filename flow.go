package waygate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/secret"
)

func bindingHash(binding string) []byte {
	if binding == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(binding))
	return sum[:]
}

// flowID is what a flow is stored under: who reads the store can't make a callback.
func flowID(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:])
}

func (t *Tenant) flowBinding(integration, id string) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeState, Kind: integration, Tenant: t.id, ID: id, Field: "flow"}
}

func (t *Tenant) putFlow(ctx context.Context, integration, state string, flow flowState) error {
	clear, err := json.Marshal(flow)
	if err != nil {
		return newError(KindInvalidInput, "", err)
	}
	id := flowID(state)
	sealed, err := t.gw.cfg.Keyring.Seal(t.flowBinding(integration, id), clear)
	if err != nil {
		return newError(KindConfig, "", fmt.Errorf("flow: %w", err))
	}
	return t.gw.parts.flows.PutFlow(ctx, StoredFlow{Tenant: t.id, Integration: integration, ID: id, Sealed: sealed}, flowLifetime)
}

// takeFlow opens the flow of a state, and ends it: nobody else gets it.
func (t *Tenant) takeFlow(ctx context.Context, state string) (flowState, string, error) {
	var flow flowState
	if t.gw.parts.flows == nil {
		return flow, "", missingPart("", "FlowStore")
	}
	over := errorf(KindInvalidInput, "", "state: there is no such authorization (any more): it was completed already, is older than %s, "+
		"or belongs to another tenant: begin again with Authorize", flowLifetime)
	if state == "" || len(state) > 200 {
		return flow, "", over
	}
	id := flowID(state)
	row, err := t.gw.parts.flows.TakeFlow(ctx, t.id, id)
	if errors.Is(err, ErrUnresolved) {
		return flow, "", over
	}
	if err != nil {
		return flow, "", err
	}
	clear, err := t.gw.cfg.Keyring.Open(t.flowBinding(row.Integration, id), row.Sealed)
	if err != nil {
		return flow, "", newError(KindConfig, "", fmt.Errorf("the flow does not open: %w", err))
	}
	if err := json.Unmarshal(clear, &flow); err != nil {
		return flow, "", errorf(KindStore, "", "the flow can't be read") // the cause could tell of it
	}
	return flow, row.Integration, nil
}
