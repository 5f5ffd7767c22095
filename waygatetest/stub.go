package waygatetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

// Stub puts an answer in the place of an action, named by its full id
// ("github.list_issues"), until t ends. answer is
//
//   - an error, which the action then returns as it is;
//   - a func(context.Context, *waygate.Call) (*waygate.Response, error), which is
//     called;
//   - anything else that can be written as JSON: the raw answer of the provider.
//
// The action keeps its Info, so input is mapped and validated, the answer too,
// and calls are recorded; nothing is sent. No request is built, so what only its
// Parameters and path ask for isn't checked, and its pagination is gone: it has
// one page. The connection has to be there as ever.
func Stub(t testing.TB, gw *Gateway, action string, answer any) {
	t.Helper()
	integration, name, ok := strings.Cut(action, ".")
	if !ok {
		t.Fatalf("waygatetest: action %q: want its full id, like github.list_issues", action)
	}
	var old waygate.Action
	err := gw.exchange(integration, name, func(a waygate.Action) waygate.Action {
		old = a
		return waygate.ActionFunc(a.Info(), stubbed(answer))
	})
	if err != nil {
		t.Fatalf("waygatetest: %v", err)
	}
	t.Cleanup(func() {
		// Nothing is lost if it fails: the gateway, or the action, is gone.
		_ = gw.exchange(integration, name, func(waygate.Action) waygate.Action { return old })
	})
}

// stubbed is an answer as an action's function.
func stubbed(answer any) func(context.Context, *waygate.Call) (*waygate.Response, error) {
	switch answer := answer.(type) {
	case func(context.Context, *waygate.Call) (*waygate.Response, error):
		return answer
	case error:
		return func(context.Context, *waygate.Call) (*waygate.Response, error) { return nil, answer }
	}
	return func(context.Context, *waygate.Call) (*waygate.Response, error) {
		return &waygate.Response{Value: answer}, nil
	}
}

// exchange replaces one action of a registered integration.
func (g *Gateway) exchange(integration, name string, by func(waygate.Action) waygate.Action) error {
	g.stubsMu.Lock()
	defer g.stubsMu.Unlock()
	in, err := g.Integration(integration)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(in.Actions, func(a waygate.Action) bool { return a.Info().ID == name })
	if i < 0 {
		return fmt.Errorf("integration %q has no action %q", integration, name)
	}
	in.Actions[i] = by(in.Actions[i])
	return g.Replace(context.Background(), in)
}
