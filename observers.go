package waygate

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"go.uber.org/zap"
	"golang.org/x/net/http/httpguts"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

// observers calls the host's observers, each contained.
type observers struct {
	log         *zap.Logger
	calls       []Observer
	attempts    []AttemptObserver
	connections []ConnectionObserver
	breakers    []BreakerObserver
	drifts      []DriftObserver
}

// newObservers looks the optional interfaces up, once.
func newObservers(cfg Config) observers {
	o := observers{log: cfg.Logger, calls: cfg.Observers}
	for _, c := range cfg.Observers {
		if a, ok := c.(AttemptObserver); ok {
			o.attempts = append(o.attempts, a)
		}
		if a, ok := c.(ConnectionObserver); ok {
			o.connections = append(o.connections, a)
		}
		if a, ok := c.(BreakerObserver); ok {
			o.breakers = append(o.breakers, a)
		}
		if a, ok := c.(DriftObserver); ok {
			o.drifts = append(o.drifts, a)
		}
	}
	return o
}

// contain keeps an observer's panic from the call. Its value isn't logged: it
// could hold anything.
func (o observers) contain(method string) {
	if p := recover(); p != nil {
		o.log.Error("waygate: an observer panicked", zap.String("method", method))
	}
}

func (o observers) callStarted(ctx context.Context, c CallInfo) context.Context {
	for _, x := range o.calls {
		func() {
			defer o.contain("CallStarted")
			if next := x.CallStarted(ctx, c); next != nil {
				ctx = next
			}
		}()
	}
	return ctx
}

func (o observers) callEnded(ctx context.Context, r CallRecord) {
	for _, x := range o.calls {
		func() {
			defer o.contain("CallEnded")
			x.CallEnded(ctx, r)
		}()
	}
}

// attemptStarted lets observers add headers, but not change what is there.
func (o observers) attemptStarted(ctx context.Context, a AttemptInfo, out http.Header) {
	for _, x := range o.attempts {
		added := http.Header{}
		func() {
			defer o.contain("AttemptStarted")
			x.AttemptStarted(ctx, a, added)
		}()
		for name, values := range added {
			canonical := http.CanonicalHeaderKey(name)
			_, there := out[canonical]
			_, key := out[strings.ToLower(name)] // of an idempotency key
			bad := slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) })
			if !there && !key && !bad && checkHeaderName(name, nil) == nil {
				out[canonical] = slices.Clone(values)
			}
		}
	}
}

func (o observers) attemptEnded(ctx context.Context, a AttemptInfo, r AttemptRecord) {
	for _, x := range o.attempts {
		func() {
			defer o.contain("AttemptEnded")
			x.AttemptEnded(ctx, a, r)
		}()
	}
}

func (o observers) connectionChanged(ctx context.Context, e ConnectionEvent) {
	for _, x := range o.connections {
		func() {
			defer o.contain("ConnectionChanged")
			x.ConnectionChanged(ctx, e)
		}()
	}
}

func (o observers) drifted(ctx context.Context, a validation.Alert) {
	for _, x := range o.drifts {
		func() {
			defer o.contain("Drifted")
			x.Drifted(ctx, a)
		}()
	}
}

// breakerChanged tells of a circuit breaker's change.
func (g *Gateway) breakerChanged(c resilience.BreakerChange) {
	g.cfg.Logger.Warn("waygate circuit", zap.String("tenant", c.Key.Tenant), zap.String("connection", c.Key.Connection),
		zap.String("host", c.Key.Host), zap.String("from", string(c.From)), zap.String("to", string(c.To)))
	for _, x := range g.observers.breakers {
		func() {
			defer g.observers.contain("BreakerChanged")
			x.BreakerChanged(c)
		}()
	}
}
