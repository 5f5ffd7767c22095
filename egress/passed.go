package egress

import (
	"hash/maphash"
	"net/url"
	"strings"
	"sync/atomic"
)

// passedSlots is how many origins are remembered at most; of two that fall on the same slot the later one is.
const passedSlots = 64

// passedOrigins remembers, as they are written in URLs, origins whose host the policy lets through: what is called is
// called many times, and neither the policy nor what it says of a host ever changes. The port isn't part of that, since
// a context can open it. It is made by newPassedOrigins and safe for concurrent use.
type passedOrigins struct {
	seed  maphash.Seed
	slots [passedSlots]atomic.Pointer[passedOrigin]
}

type passedOrigin struct {
	scheme, host string // as in the URL
	origin       origin
}

func newPassedOrigins() *passedOrigins { return &passedOrigins{seed: maphash.MakeSeed()} }

func (p *passedOrigins) slot(u *url.URL) *atomic.Pointer[passedOrigin] {
	return &p.slots[maphash.String(p.seed, u.Host)%passedSlots]
}

// find gives the origin of u if it is known to have passed.
func (p *passedOrigins) find(u *url.URL) (o origin, ok bool) {
	x := p.slot(u).Load()
	if x == nil || x.host != u.Host || x.scheme != u.Scheme {
		return o, false
	}
	return x.origin, true
}

// add remembers the origin of a URL that passed the whole policy. Texts are cloned, since a URL's are parts of it all.
func (p *passedOrigins) add(u *url.URL) {
	if o, ok := originOf(u); ok {
		o.host.name = strings.Clone(o.host.name)
		p.slot(u).Store(&passedOrigin{scheme: strings.Clone(u.Scheme), host: strings.Clone(u.Host), origin: o})
	}
}
