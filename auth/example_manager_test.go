package auth_test

import (
	"context"
	"fmt"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// A manager over a store, which here is one in memory, and a scheme whose refresh
// tokens work once.
func ExampleManager() {
	server := newIssuer()
	store, ref := newRows(), auth.CredentialRef{Tenant: "acme", ID: "con_1"}
	manager, err := auth.NewManager(auth.ManagerConfig{
		Store:   &view{s: store},
		Observe: func(e auth.TokenEvent) { fmt.Println(e.Ref.ID, e.Event) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	source := auth.Source{Ref: ref, Scheme: &scheme{p: server, how: auth.Renewal{Spends: true}},
		Call: func(context.Context, auth.Credential) (auth.TokenCall, error) { return auth.TokenCall{}, nil }}

	// A token that expired a minute ago, as a cache has it.
	row := auth.TokenRow{Credential: server.grant("consent"), State: auth.TokenActive, Grant: "consent"}
	row.Credential.Expires = time.Now().Add(-time.Minute)
	row = store.put(ref, row)

	ctx := context.Background()
	row, err = manager.Credential(ctx, source, row, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("good for", time.Until(row.Credential.Expires).Round(time.Minute), "and due earlier:", row.RefreshAt.Before(row.Credential.Expires))

	// The provider refuses that one too: it is renewed once. When it refuses the next
	// as well, its 401 stands.
	row, err = manager.Credential(ctx, source, row, &row.Credential)
	fmt.Println(err)
	_, err = manager.Credential(ctx, source, row, &row.Credential)
	fmt.Println(reason(err))
	fmt.Println(manager.Shutdown(ctx))
	// Output:
	// con_1 refreshed
	// good for 1h0m0s and due earlier: true
	// con_1 refreshed
	// <nil>
	// too_soon
	// <nil>
}
