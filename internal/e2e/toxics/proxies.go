package toxics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
)

// Trouble is what is done to the connections of one listener.
type Trouble struct {
	Name string
	// Toxics are in toxiproxy's own form. Toxicity is the share of connections that they hit.
	Toxics []string
	// Breaks says that exchanges fail by it, rather than take long.
	Breaks bool
}

// All are the troubles that a network makes, each by itself, and none.
func All() []Trouble {
	return []Trouble{
		{Name: "none"},
		{Name: "latency", Toxics: []string{`{"type":"latency","attributes":{"latency":15,"jitter":15}}`}},
		{Name: "slow_close", Toxics: []string{`{"type":"slow_close","attributes":{"delay":300}}`}},
		{Name: "reset", Breaks: true, Toxics: []string{`{"type":"reset_peer","toxicity":0.3,"attributes":{"timeout":40}}`}},
		{Name: "bandwidth", Toxics: []string{`{"type":"bandwidth","attributes":{"rate":200}}`}},
		{Name: "truncate", Breaks: true, Toxics: []string{`{"type":"limit_data","toxicity":0.5,"attributes":{"bytes":4000}}`}},
		{Name: "truncate_request", Breaks: true, Toxics: []string{`{"type":"limit_data","stream":"upstream","toxicity":0.5,"attributes":{"bytes":2500}}`}},
		{Name: "hang", Breaks: true, Toxics: []string{`{"type":"timeout","toxicity":0.05,"attributes":{"timeout":0}}`}},
		{Name: "slices", Toxics: []string{`{"type":"slicer","attributes":{"average_size":200,"size_variation":100,"delay":200}}`}},
	}
}

// Proxies are the listeners of one process.
type Proxies struct {
	command   *exec.Cmd
	in        io.Closer
	addresses map[string]netip.AddrPort
}

// Start starts the process; it ends with Close, with ctx, or with this process.
func Start(ctx context.Context, upstream string, troubles []Trouble) (*Proxies, error) {
	text, err := json.Marshal(order{Upstream: upstream, Troubles: troubles})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &Proxies{command: exec.CommandContext(ctx, self), addresses: map[string]netip.AddrPort{}}
	// What the race detector has to say of the proxy isn't ours to mend.
	p.command.Env = append(os.Environ(), variable+"="+string(text), "GORACE=exitcode=0 log_path=/dev/null")
	p.command.Stderr = os.Stderr
	in, err := p.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in = in; p.command.Start() != nil {
		return nil, errors.New("toxics: the process doesn't start")
	}
	var addresses map[string]string
	if err := json.NewDecoder(out).Decode(&addresses); err != nil {
		return nil, errors.Join(fmt.Errorf("toxics: what the process says: %w", err), p.Close())
	}
	for name, text := range addresses {
		if p.addresses[name], err = netip.ParseAddrPort(text); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

// Addr is where the listener of a trouble is; the zero value if there is none of that name.
func (p *Proxies) Addr(name string) netip.AddrPort { return p.addresses[name] }

// Close ends the process, and with it all connections.
func (p *Proxies) Close() error {
	return errors.Join(p.in.Close(), p.command.Wait())
}
