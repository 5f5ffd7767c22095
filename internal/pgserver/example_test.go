//go:build unix

package pgserver_test

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate/internal/pgserver"
)

func Example() {
	ctx := context.Background()
	s, err := pgserver.Start(ctx, pgserver.Options{Settings: map[string]string{"fsync": "on"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	dsn, err := s.NewDatabase(ctx)
	fmt.Println(dsn != s.DSN(), err)
	fmt.Println(s.Kill(), s.Restart(ctx), s.Stop())
	// Output:
	// true <nil>
	// <nil> <nil> <nil>
}
