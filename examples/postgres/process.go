package main

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

// settings are what the processes have to agree on. DSN and Key are secret.
type settings struct {
	DSN, Schema string
	Key         string // what one process seals, another opens with the same key
	Provider    netip.AddrPort
	Process     int
}

// process is an instance of the service.
type process struct {
	settings
	pool *pgxpool.Pool
	gw   *waygate.Gateway
}

// open makes a gateway. There is nothing to tell it of the other processes.
func open(ctx context.Context, s settings) (*process, error) {
	key, err := secret.ParseKey(s.Key)
	if err != nil {
		return nil, err
	}
	keyring, err := secret.NewKeyring(ctx, secret.StaticKeys{key})
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, s.DSN)
	if err != nil {
		return nil, err
	}
	gw, err := waygate.New(waygate.Config{
		Store:   postgres.New(pool, postgres.Schema(s.Schema)),
		Keyring: keyring,
		Egress:  onlyTo(s.Provider), // without it: the public https internet, as a service wants it
	})
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &process{s, pool, gw}, nil
}

func onlyTo(addr netip.AddrPort) egress.Policy {
	return egress.Policy{Allow: []netip.Prefix{netip.PrefixFrom(addr.Addr(), 32)}, Ports: []uint16{addr.Port()}, AllowHTTP: true}
}

// serve makes calls for all tenants until ctx ends; those under way then are
// finished. Run follows what other processes change, and writes records.
func (p *process) serve(ctx context.Context) (err error) {
	var all sync.WaitGroup
	all.Go(func() { err = p.gw.Run(ctx) })
	all.Go(func() { p.call(ctx, tenants[0], "crm.export") }) // takes a while
	for _, tenant := range tenants {
		all.Go(func() {
			for ctx.Err() == nil {
				p.call(ctx, tenant, "crm.get_account")
				time.Sleep(25 * time.Millisecond)
			}
		})
	}
	all.Wait()
	return err
}

// call is a call whose result nobody needs: that it was made, or failed, is on
// record.
func (p *process) call(ctx context.Context, tenant, action string) {
	in := map[string]any{"account": tenant, "process": p.Process}
	_, _ = p.gw.Tenant(tenant).Invoke(context.WithoutCancel(ctx), action, in, waygate.On(slug), waygate.Timeout(20*time.Second))
}

// close comes after serve. It writes the records that are still held.
func (p *process) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer p.pool.Close()
	return p.gw.Shutdown(ctx)
}
