package e2e_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/e2e/toxics"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
	"github.com/waygate-go/waygate/waygatetest"
)

func TestMain(m *testing.M) {
	if toxics.Asked() {
		os.Exit(toxics.Serve())
	}
	if config := os.Getenv(childVariable); config != "" {
		os.Exit(runChild(config))
	}
	os.Exit(pgserver.Main(m))
}

// soaking says that the long form of the tests was asked for.
func soaking() bool { return os.Getenv("WAYGATE_SOAK") == "1" }

// soakTime is how long a test that can go on for ever does.
func soakTime() time.Duration {
	if soaking() {
		return time.Minute
	}
	return 10 * time.Second
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is where gateways meet: a database with the store's tables, the keys, and a provider.
type place struct {
	dsn      string
	keyring  *secret.Keyring
	provider *waygatetest.Provider
}

// newPlace makes a database on the server. The provider says what it was signed with.
func newPlace(t *testing.T, s *pgserver.Server) *place {
	t.Helper()
	dsn, err := s.NewDatabase(t.Context())
	must(t, err)
	key, err := secret.GenerateKey("e2e")
	must(t, err)
	ring, err := secret.NewKeyring(t.Context(), secret.StaticKeys{key})
	must(t, err)
	p := &place{dsn: dsn, keyring: ring, provider: waygatetest.NewProvider(t)}
	p.provider.On("POST /whoami", func(w http.ResponseWriter, r *http.Request) {
		waygatetest.JSON(200, map[string]any{"authorization": r.Header.Get("Authorization")})(w, r)
	})
	must(t, postgres.Migrate(t.Context(), p.pool(t, dsn)))
	return p
}

// pool connects to a URL, in the mode that PgBouncer bears.
func (p *place) pool(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	must(t, err)
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// gateway makes one over a pool of its own, as each process has one, that knows the integration "api".
func (p *place) gateway(t *testing.T, dsn string, change ...func(*waygate.Config)) *waygatetest.Gateway {
	t.Helper()
	opts := []waygatetest.Option{
		waygatetest.WithStore(postgres.New(p.pool(t, dsn))),
		waygatetest.WithProvider(p.provider),
		waygatetest.WithConfig(func(c *waygate.Config) { c.Keyring = p.keyring }),
	}
	for _, c := range change {
		opts = append(opts, waygatetest.WithConfig(c))
	}
	gw := waygatetest.New(t, opts...)
	must(t, gw.Register(t.Context(), p.api("api", auth.Bearer{})))
	return gw
}

// api is an integration whose one action tells what it was signed with.
func (p *place) api(id string, scheme auth.Scheme) waygate.Integration {
	return waygate.Integration{
		ID: id, BaseURL: p.provider.URL(), Auth: scheme,
		Actions: []waygate.Action{waygate.HTTPAction{ID: "whoami", Method: "POST", Path: "/whoami"}},
	}
}
