package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

// service is many processes over one database, and two authorization servers: "strict" takes a refresh token once,
// "lenient" again for a while. A gateway in this process connects tenants.
type service struct {
	t        *testing.T
	database *pgserver.Server
	apis     map[string]*fositeserver.Server
	gw       *waygate.Gateway
	config   childConfig

	mu        sync.Mutex // guards what follows
	announced map[string][]string
	started   int
}

// life is that of an access token: a token of a revoked grant is found out when it is due, long before a 401 may have it
// renewed.
const life = 10 * time.Second

// newService starts all but the processes. A lease of 0 is the default; grace is that of "lenient".
func newService(t *testing.T, lease, grace time.Duration) *service {
	t.Helper()
	server, err := pgserver.Start(t.Context(), pgserver.Options{Settings: map[string]string{"fsync": "on"}})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop()) })
	dsn, err := server.NewDatabase(t.Context())
	must(t, err)
	key, err := secret.GenerateKey("e2e")
	must(t, err)
	s := &service{
		t: t, database: server, announced: map[string][]string{},
		apis: map[string]*fositeserver.Server{
			"strict":  startProvider(t, fositeserver.Options{Lifetime: life}),
			"lenient": startProvider(t, fositeserver.Options{Lifetime: life, Grace: grace}),
		},
		config: childConfig{DSN: dsn, Key: key.Encode().Reveal(), Lease: lease},
	}
	for id, api := range s.apis {
		one := childAPI{ID: id, URL: api.URL(), Port: api.Addr().Port()}
		if id == "lenient" {
			one.Grace = grace
		}
		s.config.APIs = append(s.config.APIs, one)
	}
	s.connectHere(key)
	return s
}

// connectHere makes the gateway of this process.
func (s *service) connectHere(key secret.Key) {
	t := s.t
	t.Helper()
	pool, err := pgxpool.New(t.Context(), s.config.DSN)
	must(t, err)
	t.Cleanup(pool.Close)
	must(t, postgres.Migrate(t.Context(), pool))
	ring, err := secret.NewKeyring(t.Context(), secret.StaticKeys{key})
	must(t, err)
	s.gw, err = waygate.New(waygate.Config{Store: postgres.New(pool), Keyring: ring, Egress: reaching(s.apis["strict"], s.apis["lenient"])})
	must(t, err)
	for _, api := range s.config.APIs {
		must(t, s.gw.Register(t.Context(), api.integration()))
		server := s.apis[api.ID]
		_, err := s.gw.PutApp(t.Context(), waygate.App{
			Integration: api.ID, ID: "main", RedirectURLs: []string{fositeserver.DefaultRedirect},
			Client: auth.Client{ID: server.ClientID(), Secret: secret.New(server.ClientSecret())},
		})
		must(t, err)
	}
}

// expired connects a tenant with tokens whose access token has expired, and gives the refresh token.
func (s *service) expired(t *testing.T, tenant, api string) string {
	t.Helper()
	tokens, err := s.apis[api].Grant(t.Context(), tenant)
	must(t, err)
	_, err = s.gw.Tenant(tenant).Connect(t.Context(), api, waygate.ConnectionSpec{
		Slug: "main", Credential: auth.Grant(tokens.Access, tokens.Refresh, time.Now().Add(-time.Hour)),
	})
	must(t, err)
	return tokens.Refresh
}

// events are what all processes announced of a tenant.
func (s *service) events(tenant string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.announced[tenant])
}

// process is one of the service's.
type process struct {
	s      *service
	cmd    *exec.Cmd
	orders *json.Encoder

	mu      sync.Mutex // guards orders and what follows
	last    int
	replies map[int]chan report
	points  chan report
}

// start starts a process whose clock is off by an amount that differs from one to the next: −5 min, 0, +5 min.
func (s *service) start(t *testing.T) *process {
	t.Helper()
	s.mu.Lock()
	config := s.config
	config.Offset = time.Duration(s.started%3-1) * 5 * time.Minute
	s.started++
	s.mu.Unlock()
	text, err := json.Marshal(config)
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	p := &process{s: s, cmd: exec.Command(self), replies: map[int]chan report{}, points: make(chan report, 100)}
	p.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	must(t, err)
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	p.orders = json.NewEncoder(in)
	must(t, p.cmd.Start())
	ready := make(chan struct{})
	ended := make(chan struct{})
	go p.read(out, ready, ended)
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGCONT)
		_ = p.cmd.Process.Kill()
		<-ended
		_ = p.cmd.Wait() // says that it was killed
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatal("a process ended at once")
	case <-time.After(time.Minute):
		t.Fatal("a process doesn't start")
	}
	return p
}

// read takes in what the process says, until it ends.
func (p *process) read(out io.Reader, ready, ended chan<- struct{}) {
	defer close(ended)
	reports := json.NewDecoder(bufio.NewReader(out))
	for {
		var r report
		if reports.Decode(&r) != nil {
			return
		}
		switch {
		case r.Outcome == "ready":
			close(ready)
		case r.Event != "":
			p.s.mu.Lock()
			p.s.announced[r.Tenant] = append(p.s.announced[r.Tenant], r.Event)
			p.s.mu.Unlock()
		case r.Point != "":
			p.points <- r
		default:
			p.mu.Lock()
			reply := p.replies[r.ID]
			p.mu.Unlock()
			reply <- r
		}
	}
}

// order gives an order; the channel tells how it ended. That of a process that dies tells nothing.
func (p *process) order(o order) <-chan report {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	o.ID = p.last
	reply := make(chan report, 1)
	p.replies[o.ID] = reply
	_ = p.orders.Encode(o) // a process that is gone shows by its silence
	return reply
}

// outcome waits for how an order ended.
func outcome(t *testing.T, reply <-chan report, limit time.Duration) report {
	t.Helper()
	select {
	case r := <-reply:
		return r
	case <-time.After(limit):
		return report{Outcome: "silent", Error: fmt.Sprintf("no answer within %v", limit)}
	}
}

func (p *process) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	must(t, p.cmd.Process.Signal(sig))
}
