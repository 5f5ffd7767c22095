package waygate

import (
	"context"
	"net/http"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

// Observer is told of every call. Its methods run in the call's goroutine:
// they are quick, and a panic in one is contained and logged. An observer may
// also be an [AttemptObserver], [ConnectionObserver], [BreakerObserver] or
// [DriftObserver].
type Observer interface {
	// CallStarted may return a ctx that carries something of its own, a span
	// for example; nil keeps ctx.
	CallStarted(ctx context.Context, c CallInfo) context.Context
	// CallEnded is called once for each CallStarted, with the same ctx.
	CallEnded(ctx context.Context, r CallRecord)
}

// CallInfo is what is known when a call starts.
type CallInfo struct {
	ID, ReadID, Parent, Tenant string // the call's; of its read, of the call that made it; on whose behalf
	// Action is the name that was asked for.
	Action string
	Start  time.Time // by Config.Now
}

// AttemptObserver is told of every HTTP exchange.
type AttemptObserver interface {
	// AttemptStarted may add headers (traceparent) to h. It can't change one
	// that is there, nor set one that the gateway reserves.
	AttemptStarted(ctx context.Context, a AttemptInfo, h http.Header)
	// AttemptEnded says what came of it.
	AttemptEnded(ctx context.Context, a AttemptInfo, r AttemptRecord)
}

// AttemptInfo names an attempt.
type AttemptInfo struct {
	CallID, Tenant, Integration, Action string // what it belongs to
	// Number counts the call's attempts from 1.
	Number int
}

// ConnectionObserver is told of changes of a connection's state.
type ConnectionObserver interface {
	// ConnectionChanged is called once for each change of each connection.
	ConnectionChanged(ctx context.Context, e ConnectionEvent)
}

// ConnectionEvent is a change of a connection's state.
type ConnectionEvent struct {
	// Event is one of [EventConnected] and its like. What becomes of a credential that
	// several connections use is told of each.
	Event      string
	Connection ConnectionInfo // as it is after the change
	At         time.Time      // by Config.Now
	// Err says why, where something failed.
	Err error
}

// The events of a [ConnectionEvent]: of the connection itself, then of its tokens.
const (
	EventConnected     = "connected"      // by Connect, or at the end of an authorization
	EventUpdated       = "updated"        // its settings
	EventCredentialSet = "credential_set" // it has another credential, or a person consented anew
	EventPrimary       = "primary"        // it became the one that calls use
	EventEnabled       = "enabled"
	EventDisabled      = "disabled"
	EventDisconnected  = "disconnected"

	EventRefreshed      = auth.EventRefreshed      // a new token was saved
	EventRecovered      = auth.EventRecovered      // told beside EventRefreshed, after failures
	EventRefreshFailed  = auth.EventRefreshFailed  // none was got; Err says why
	EventRefreshInDoubt = auth.EventRefreshInDoubt // an answer was lost, and with it the grant, maybe
	EventNeedsReauth    = auth.EventNeedsReauth    // the grant is gone: a person has to consent anew
	EventRevoked        = auth.EventRevoked        // the provider was told that the tokens end
	EventRevokeFailed   = "revoke_failed"          // it couldn't be told; Err says why
	EventAppError       = auth.EventAppError       // the provider doesn't accept the OAuth client
)

// BreakerObserver is told of changes of circuit breakers.
type BreakerObserver interface {
	// BreakerChanged is called for each step: closed, open, half-open.
	BreakerChanged(c resilience.BreakerChange)
}

// DriftObserver is told when answers stopped matching an action's output schema
// often enough to matter: 5 times the same issue within 60 minutes.
type DriftObserver interface {
	// Drifted is called once for each alert.
	Drifted(ctx context.Context, a validation.Alert)
}
