package main

import (
	"context"
	"errors"

	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/santhosh"
)

// newBench sets all clients up against the provider at url.
func newBench(ctx context.Context, url string) (*bench, error) {
	b := &bench{url: url, gateways: map[string]*gateway{}, chains: map[string]*chain{}}
	engines := map[string]validation.Engine{engineFirst: validation.Kaptinlin{}, engineSecond: santhosh.Engine{}}
	compilers := map[string]func([]byte) (func(any) error, error){engineFirst: compileKaptinlin, engineSecond: compileSanthosh}
	for name, engine := range engines {
		g, err := newGateway(ctx, url, engine, ratePerConn)
		if err != nil {
			return nil, errors.Join(err, b.stop())
		}
		b.gateways[name] = g
		if b.chains[name], err = newChain(url, compilers[name]); err != nil {
			return nil, errors.Join(err, b.stop())
		}
	}
	b.peers = []*peer{httpPeer(url), retryablePeer(url), failsafePeer(url), restyPeer(url), b.gateways[engineFirst].peer(nameWaygate)}
	return b, nil
}

// wholeWay fails unless all calls of all gateways left a record.
func (b *bench) wholeWay(ctx context.Context) error {
	for _, g := range b.gateways {
		if err := g.wholeWay(ctx); err != nil {
			return err
		}
	}
	return nil
}

// stop ends the gateways.
func (b *bench) stop() error {
	var err error
	for _, g := range b.gateways {
		err = errors.Join(err, g.stop())
	}
	return err
}
