package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/waygatetest"
)

// canaries are the secrets of TestDump, by where they stand. Each has characters that encodings change.
func canaries() map[string]string {
	return map[string]string{
		"credential":          `tok/en+canary="ä"&7f3a`,
		"replaced credential": `tok/en+older="ö"&61bd`,
		"user":                `user-canary+55aa`,
		"password":            `pass:canary/77bb`,
		"tenant variable":     `tenant var/canary\<19f4>`,
		"connection variable": `own var/canary"é"&c07e`,
		"plain variable":      `plain/variable+canary&2a6c`, // sealed too
		"input":               `input"canary"/+31d0`,
		"env":                 `env-canary-header/88ee`,
	}
}

// sealed are those that the store holds; the others must not even reach it.
func sealed() []string {
	return []string{
		"connection variable", "credential", "password", "plain variable", "replaced credential", "tenant variable", "user",
	}
}

// forms are the encodings looked for: of the value, and of the value as it stands within JSON.
func forms(v string) map[string]string {
	quoted, _ := json.Marshal(v)
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	texts := map[string]string{
		"clear":         v,
		"JSON":          strings.Trim(string(quoted), `"`),
		"JSON not HTML": strings.Trim(strings.TrimSpace(plain.String()), `"`),
	}
	out := maps.Clone(texts)
	for name, text := range texts {
		out["path of "+name] = url.PathEscape(text)
		out["query of "+name] = url.QueryEscape(text)
		for offset := range 3 { // within a longer text, without the characters that neighbours share
			long := []byte(strings.Repeat("x", offset) + text)
			from, to := (offset*8+5)/6, len(long)*8/6
			out[fmt.Sprintf("base64 of %s at %d", name, offset)] = base64.StdEncoding.EncodeToString(long)[from:to]
			out[fmt.Sprintf("base64url of %s at %d", name, offset)] = base64.URLEncoding.EncodeToString(long)[from:to]
		}
	}
	for name, text := range maps.Clone(out) { // as the database prints bytea
		out["hex of "+name] = hex.EncodeToString([]byte(text))
	}
	return out
}

// search lists the canaries in a text, each with the first place it is in.
func search(haystack map[string][]byte) map[string]string {
	found := map[string]string{}
	for where, value := range canaries() {
		for form, needle := range forms(value) {
			for name, text := range haystack {
				if bytes.Contains(text, []byte(needle)) {
					found[where] = name + " as " + form
				}
			}
		}
	}
	return found
}

// columns reads every column of every table: bytea as it is, all else as text.
func columns(t *testing.T, pool *pgxpool.Pool) map[string][]byte {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`)
	must(t, err)
	type column struct{ Schema, Table, Name, Type string }
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	must(t, err)
	out := map[string][]byte{}
	for _, c := range list {
		value := pgx.Identifier{c.Name}.Sanitize()
		if c.Type != "bytea" {
			value = "convert_to(" + value + "::text, 'UTF8')"
		}
		rows, err := pool.Query(t.Context(), "SELECT "+value+" FROM "+pgx.Identifier{c.Schema, c.Table}.Sanitize())
		must(t, err)
		cells, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		must(t, err)
		out[c.Table+"."+c.Name] = bytes.Join(cells, []byte("\n"))
	}
	return out
}

// files reads what the server has on disk: tables with rows that were deleted, and the write-ahead log. The system's
// own tables are left out.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name := strings.TrimPrefix(path, dir)
		var database, relation int
		const first = 16384 // FirstNormalObjectId of PostgreSQL's transam.h
		if n, _ := fmt.Sscanf(name, "/data/base/%d/%d", &database, &relation); n == 2 && relation < first {
			return nil
		}
		text, err := os.ReadFile(path)
		out[name] = bytes.TrimRight(text, "\x00")
		return err
	}))
	return out
}

// lines collects what a server logs.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.text.Bytes())
}

// fill puts the canaries everywhere, and makes calls that fail and are recorded with their bodies.
func fill(t *testing.T, p *place, gw *waygatetest.Gateway) {
	t.Helper()
	c, ctx := canaries(), waygate.WithActor(t.Context(), "a visible actor")
	api := p.api("echo", auth.Bearer{})
	api.Headers = map[string]string{
		"X-Platform": "${env.PLATFORM}", "X-Own": "${tenant.secret}", "X-Of": "${connection.secret}",
	}
	api.Actions = []waygate.Action{waygate.HTTPAction{ID: "say", Method: "POST", Path: "/say"}}
	must(t, gw.Register(ctx, api))
	must(t, gw.Register(ctx, p.api("basic", auth.Basic{})))
	p.provider.On("POST /say", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		_ = r.Header.Write(w)
		_ = json.NewEncoder(w).Encode(r.Header)
	})
	acme := gw.Tenant("acme")
	_, err := acme.Connect(ctx, "echo", waygate.ConnectionSpec{
		Slug: "main", Credential: auth.Token(c["replaced credential"]), Metadata: map[string]string{"note": "a visible note"},
	})
	must(t, err)
	_, err = acme.SetCredential(ctx, "echo", "main", auth.Token(c["credential"]))
	must(t, err)
	_, err = acme.Connect(ctx, "basic", waygate.ConnectionSpec{Slug: "main", Credential: auth.UserPassword(c["user"], c["password"])})
	must(t, err)
	must(t, acme.SetVariable(ctx, waygate.Variable{Name: "secret", Value: c["tenant variable"], Secret: true}))
	must(t, acme.SetVariable(ctx, waygate.Variable{Name: "plain", Value: c["plain variable"]}))
	must(t, acme.SetVariable(ctx, waygate.Variable{
		Integration: "echo", Connection: "main", Name: "secret", Value: c["connection variable"], Secret: true,
	}))
	for range 3 {
		_, err = acme.Invoke(ctx, "echo.say", map[string]any{"title": "a visible title", "note": secret.New(c["input"])})
		if err == nil || !strings.Contains(err.Error(), "400") {
			t.Fatalf("%v, want the provider's 400", err)
		}
	}
	must(t, gw.Flush(ctx))
}

// stolen fills a database and returns all that can be read of it: by SQL, on disk, and in the server's log, which shows
// each statement with its values.
func stolen(t *testing.T, change func(*waygate.Config)) map[string][]byte {
	t.Helper()
	log := &lines{}
	dir, err := os.MkdirTemp("", "waygate-e2e-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	s, err := pgserver.Start(t.Context(), pgserver.Options{Dir: dir, Log: log, Settings: map[string]string{"log_statement": "all"}})
	must(t, err)
	t.Cleanup(func() { must(t, s.Stop()) })
	p := newPlace(t, s)
	gw := p.gateway(t, p.dsn, func(c *waygate.Config) {
		c.RecordBodies = true
		c.Env = map[string]string{"PLATFORM": canaries()["env"]}
		change(c)
	})
	fill(t, p, gw)
	out := columns(t, p.pool(t, p.dsn))
	must(t, gw.Shutdown(context.WithoutCancel(t.Context())))
	must(t, s.Stop())
	for name, text := range files(t, dir) {
		out[name] = text
	}
	out["log"] = log.bytes()
	return out
}

// TestDump wants nothing secret in what a thief of the database gets.
func TestDump(t *testing.T) {
	t.Parallel()
	all := stolen(t, func(*waygate.Config) {})
	for where, place := range search(all) {
		t.Errorf("%s is in %s", where, place)
	}
	for _, visible := range []string{"a visible note", "a visible title", "a visible actor"} {
		if !slices.ContainsFunc(slices.Collect(maps.Values(all)), func(text []byte) bool { return bytes.Contains(text, []byte(visible)) }) {
			t.Errorf("%q isn't there: not all was searched", visible)
		}
	}
}

// TestDumpWithoutSealing shows that TestDump would find them: where nothing is sealed, the same search does, in the
// tables, on disk and in the log.
func TestDumpWithoutSealing(t *testing.T) {
	t.Parallel()
	all := stolen(t, func(c *waygate.Config) { c.Store = unsealing(c.Store, c.Keyring) })
	tables, disk := map[string][]byte{}, map[string][]byte{}
	for name, text := range all {
		if strings.HasPrefix(name, "/") {
			disk[name] = text
		} else if name != "log" {
			tables[name] = text
		}
	}
	for name, part := range map[string]map[string][]byte{"tables": tables, "disk": disk, "log": {"log": all["log"]}} {
		found := search(part)
		for _, where := range sealed() {
			// What was replaced is gone from the tables alone.
			if (found[where] != "") == (name == "tables" && where == "replaced credential") {
				t.Errorf("%s in the %s: found %q", where, name, found[where])
			}
		}
	}
}
