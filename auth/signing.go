package auth

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"time"
)

// Signing is what signing schemes take from around a request: the time and
// randomness. [WithSigning] brings it.
type Signing struct {
	// Now is the time to sign with: the provider's, where it is known to differ
	// from ours; see [ClockOffset]. Zero means time.Now.
	Now time.Time
	// Random is where nonces come from. Nil means crypto/rand.
	Random io.Reader
}

// signingContext is the key of a Signing in a context.
type signingContext struct{}

// WithSigning gives a ctx under which [Signature], [JWT], [OAuth1] and whatever
// holds them sign with s. Without it they sign with this machine's clock and
// randomness. A scheme of a host's own finds it by [SigningFrom]. A gateway puts its own clock in the place of Now, and
// keeps Random: so a test can have the same bytes each time.
func WithSigning(ctx context.Context, s Signing) context.Context {
	return context.WithValue(ctx, signingContext{}, s)
}

// SigningFrom gives what [WithSigning] brought, with its defaults filled in.
func SigningFrom(ctx context.Context) Signing {
	s, _ := ctx.Value(signingContext{}).(Signing)
	if s.Now.IsZero() {
		s.Now = time.Now()
	}
	if s.Random == nil {
		s.Random = rand.Reader
	}
	return s
}

// The limits of [ClockOffset].
const (
	dateResolution = time.Second    // of the header Date
	maxOffset      = 24 * time.Hour // what is further off isn't a clock that is wrong, but no clock
)

// ClockOffset tells from an answer's Date header (RFC 9110, section 6.6.1) how far
// the provider's clock is ahead of ours: negative where it is behind. sent and
// received are ours, when the request went out and when the header came in. What
// second resolution and the way there and back can explain is 0, so that a
// signature's time isn't moved for nothing.
//
// ok is false where there is no Date, one that can't be read, one that is more
// than 24 hours off, and where the answer is older than the exchange: it has an
// Age (RFC 9111, section 5.1), so its Date is that of a cache's copy.
func ClockOffset(h http.Header, sent, received time.Time) (offset time.Duration, ok bool) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" || received.Before(sent) {
		return 0, false
	}
	// The Date was cut to seconds somewhere between the two.
	least, most := date.Sub(received), date.Add(dateResolution).Sub(sent)
	switch {
	case least > maxOffset, most < -maxOffset:
		return 0, false
	case least <= 0 && most >= 0:
		return 0, true
	}
	return least + (most-least)/2, true
}
