package memory_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

func ExampleNew() {
	ctx := context.Background()
	store := memory.New(memory.RecordLimit(100_000))

	saved, err := store.Connections().Insert(ctx, waygate.StoredConnection{
		ID: "con_1", Tenant: "acme", Integration: "github", Slug: "main", Status: waygate.StatusActive,
	}, nil, nil)
	fmt.Println(saved.Slug, saved.Primary, saved.Version, err)

	_, _, err = store.Connections().Find(ctx, "globex", "github", "main")
	fmt.Println(errors.Is(err, waygate.ErrUnresolved))
	fmt.Println(err)
	// Output:
	// main true 1 <nil>
	// true
	// memory: tenant "globex" has no connection "main" to "github"
}

func ExampleStore_Audit() {
	ctx := context.Background()
	store := memory.New()
	entry := &waygate.AuditEntry{ID: "aud_1", Actor: "maria", Action: "definition.save", Target: "github"}
	if _, err := store.Definitions().Put(ctx, waygate.StoredDefinition{ID: "github", Body: []byte("{}")}, 0, entry); err != nil {
		fmt.Println(err)
	}
	page, err := store.Audit(ctx, "", waygate.AuditQuery{})
	fmt.Println(len(page.Entries), page.Entries[0].Actor, page.Entries[0].Action, err)
	// Output:
	// 1 maria definition.save <nil>
}
