// Command postgres runs the same gateway in three processes over one PostgreSQL
// database, as a service with several instances does. What such a service copies
// is in process.go; workers.go starts the second and the third process. chapters.go
// changes a credential, a definition and a connection in the first, and sees by
// the provider's books how the others follow; ending.go reads what is on record.
//
// It starts a server of its own, for which PostgreSQL's programs have to be
// installed, unless it is given a database: it makes a schema there, and drops it
// in the end.
//
//	go run ./examples/postgres
//	go run ./examples/postgres -dsn postgres://…   # or WAYGATE_DATABASE_URL
//
// Whatever it prints was read from results, from the provider's books or from the
// database, and was compared before: it exits with 1 when something isn't so.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if os.Getenv(workerVariable) != "" {
		os.Exit(exit(worker(os.Stdin)))
	}
	dsn := flag.String("dsn", os.Getenv("WAYGATE_DATABASE_URL"), "the `URL` of a database; empty starts a server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := exit(run(ctx, os.Stdout, *dsn))
	stop()
	os.Exit(code)
}

func exit(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "postgres:", err)
	return 1
}

// run is the first process. However it ends, the others and the server do too.
func run(ctx context.Context, out io.Writer, dsn string) (err error) {
	db, err := openDatabase(ctx, dsn)
	if err != nil {
		return err
	}
	defer db.close()
	crm, err := startProvider(ctx)
	if err != nil {
		return err
	}
	defer crm.close()
	s := &story{out: out, db: db, crm: crm}
	defer s.stop(&err)
	defer recovered(&err)
	for _, chapter := range []func(context.Context){
		s.tables, s.connect, s.start, s.credential, s.definition, s.disable, s.records, s.secrets, s.purge,
	} {
		chapter(ctx)
	}
	return nil
}
