package memory_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// A store in memory. To another tenant the row isn't there.
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

// A change and who made it are written together.
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

// How much is kept, and by which clock. A full store drops the oldest row of the tenant that has the most.
func ExampleOption() {
	ctx := context.Background()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	store := memory.New(memory.AuditLimit(2), memory.Clock(func() time.Time { return now }))
	for _, id := range []string{"a", "b", "c"} {
		saved, err := store.Definitions().Put(ctx, waygate.StoredDefinition{ID: id, Body: []byte("{}")}, 0,
			&waygate.AuditEntry{ID: "aud_" + id, At: now, Action: "definition.save", Target: id})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(saved.ID, saved.CreatedAt.Format(time.TimeOnly))
	}
	page, err := store.Audit(ctx, "", waygate.AuditQuery{})
	fmt.Println(len(page.Entries), err)
	// Output:
	// a 03:04:05
	// b 03:04:05
	// c 03:04:05
	// 2 <nil>
}
