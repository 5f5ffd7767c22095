package main

import (
	"context"
	"crypto/rand"
	"embed"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

//go:embed catalogue/*.yaml
var definitions embed.FS

// The tenants have one connection each, of this slug.
var tenants = [...]string{"acme", "globex", "initech"}

const (
	slug      = "main"
	processes = 3
	follows   = 2 * time.Second // a process that runs Run uses what another one changed
)

// tables are made by one process; so are the definitions, for all of them.
func (s *story) tables(ctx context.Context) {
	s.title("One database")
	key := must(secret.GenerateKey("example")) // a service keeps it, as safe as its backups
	must(0, postgres.Migrate(ctx, s.db.pool, postgres.Schema(s.db.schema)))
	tables, _ := s.db.rows(ctx)
	s.say("migrated: %d tables", tables)
	s.first = must(open(ctx, settings{s.db.dsn, s.db.schema, key.Encode().Reveal(), s.crm.addr, 1}))
	for _, in := range must(catalogue.Parse(s.first.gw, definitions)) {
		in.BaseURL = s.crm.url("v1")
		saved := must(s.first.gw.SaveIntegration(ctx, in))
		s.say("saved: %s, version %d", saved.ID, saved.Version)
	}
}

// connect links the tenants in one process.
func (s *story) connect(ctx context.Context) {
	s.title("Tenants, connected in process 1")
	for _, name := range tenants {
		spec := waygate.ConnectionSpec{Slug: slug, Credential: s.newToken(name)}
		info := must(s.first.gw.Tenant(name).Connect(ctx, "crm", spec))
		s.say("%s: %s/%s, %s", info.Tenant, info.Integration, info.Slug, info.Status)
	}
}

func (s *story) newToken(tenant string) auth.Credential {
	token := "crm_" + rand.Text()
	s.crm.issue(tenant, token)
	s.tokens = append(s.tokens, token)
	return auth.Token(token)
}

// start begins the calls: of this process, and of two more.
func (s *story) start(ctx context.Context) {
	s.title("Three processes that call for all of them")
	serving, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.first.serve(serving) }()
	s.ends = append(s.ends, sync.OnceValue(func() error { cancel(); return <-ended }))
	for n := 2; n <= processes; n++ {
		settings := s.first.settings
		settings.Process = n
		s.ends = append(s.ends, must(startWorker(ctx, settings)))
	}
	for _, name := range tenants {
		s.await(ctx, "a call for "+name, func(r request) bool { return r.account == name && !r.export })
	}
	s.await(ctx, "an export", func(r request) bool { return r.export })
	s.say("each has called for each tenant, and begun an export for %s", tenants[0])
}

// credential is sealed by one process, and opened by the others.
func (s *story) credential(ctx context.Context) {
	s.title("A new credential, set in process 1")
	must(s.first.gw.Tenant("acme").SetCredential(ctx, "crm", slug, s.newToken("acme")))
	since := time.Now()
	s.await(ctx, "the new credential", func(r request) bool { return r.token == s.tokens[3] })
	s.say("last used the old one: %s", s.followed(since, func(r request) bool { return r.token == s.tokens[0] && !r.export }))
}

// definition of the store's is followed too, but not by calls under way.
func (s *story) definition(ctx context.Context) {
	s.title("A new version of the definition, saved in process 1")
	next := must(s.first.gw.SavedIntegration(ctx, "crm", 0)).Definition
	next.BaseURL = s.crm.url("v2")
	saved := must(s.first.gw.SaveIntegration(ctx, next))
	since := time.Now()
	s.await(ctx, "the new version", func(r request) bool { return r.version == "v2" })
	s.say("version %d; last used the old one: %s", saved.Version, s.followed(since, func(r request) bool { return r.version == "v1" && !r.export }))
	close(s.crm.held)
	s.await(ctx, "an export's end", func(r request) bool { return r.export && r.status == 200 })
	repeated := s.crm.seen(func(r request) bool { return r.export && r.at.After(since) && r.version == "v1" })
	same("exports that keep their version", len(repeated), processes)
	s.say("the exports now got 503, and were repeated: %d by the version that they began with", len(repeated))
}

// disable stops what all processes do with a connection.
func (s *story) disable(ctx context.Context) {
	s.title("A connection, disabled in process 1")
	info := must(s.first.gw.Tenant("acme").Disable(ctx, "crm", slug))
	since := time.Now()
	s.await(ctx, "the others' calls", func(r request) bool { return r.account != "acme" && r.at.After(since.Add(follows)) })
	s.say("%s is %s; last called: %s", info.Tenant, info.Status, s.followed(since, func(r request) bool { return r.account == "acme" }))
	others := s.crm.seen(func(r request) bool { return r.account != "acme" && r.at.After(since) })
	s.say("the others' calls since: %d", len(others))
}
