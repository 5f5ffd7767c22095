package resilience

// Permit is the leave that [Breakers.Enter] gives to send one request. The zero Permit is none; one that was given must
// not be copied, nor used for another request.
type Permit struct {
	host hostTicket
	own  ticket
}

// Enter is [Breakers.Allow] for those who bring the memory: where it returns nil, p.Done must be called with the outcome,
// whatever happens.
func (b *Breakers) Enter(p *Permit, k BreakerKey, s BreakerSettings) error {
	b.follow()
	if err := b.allowHost(&p.host, k, s); err != nil {
		return err
	}
	passed := false
	defer func() {
		if !passed && p.host.c != nil { // refused, or an observer of the connection's change ended the goroutine
			p.host.giveBack()
		}
	}()
	err := b.allowConnection(&p.own, k, s)
	passed = err == nil
	return err
}

// Done reports the outcome of the request; only the first call counts.
func (p *Permit) Done(o Outcome) {
	if p.host.c != nil {
		defer p.host.done(o) // also if an observer of the other's change panics
	}
	if p.own.c != nil {
		p.own.done(o)
	}
}

// counted is how many circuits wait for the outcome.
func (p *Permit) counted() (n int) {
	if p.host.c != nil {
		n++
	}
	if p.own.c != nil {
		n++
	}
	return n
}
