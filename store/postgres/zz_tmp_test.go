package postgres_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/waygate-go/waygate/store/postgres"
)

func cpu(t *testing.T) string {
	out, _ := exec.Command("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null | awk -v me="+fmt.Sprint(os.Getpid())+" '$2==\"(postgres)\"{u+=$14+$15+$16+$17} END{print u/100}'").CombinedOutput()
	return string(out)
}

func TestTmp(t *testing.T) {
	pool := openPool(t, newDatabase(t))
	var names schemas
	t.Log(cpu(t))
	b := time.Now()
	for range 60 {
		o := names.next()
		migrate(t, pool, o)
		_ = postgres.New(pool, o)
	}
	t.Log("migrate", time.Since(b)/60, cpu(t))
	b = time.Now()
	for range 60 {
		exec(t, pool, `DO $$ DECLARE r regclass; BEGIN FOR r IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace WHERE n.nspname='a "Schema" 1' AND relkind='r' LOOP EXECUTE 'DELETE FROM '||r; END LOOP; END $$`)
	}
	t.Log("delete", time.Since(b)/60, cpu(t))
	b = time.Now()
	for range 20 {
		dsn := newDatabase(t)
		p := openPool(t, dsn)
		_ = p.Ping(context.Background())
		p.Close()
	}
	t.Log("newdb", time.Since(b)/20, cpu(t))
}
