package auth_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/waygate-go/waygate/auth"
)

// same is a source of bytes that are all the same.
type same byte

func (b same) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte{byte(b)}, len(p)))
	return len(p), nil
}

var _ io.Reader = same(0)

// still is a ctx in which it is always the beginning of 2026.
func still(ctx context.Context) context.Context {
	return auth.WithSigning(ctx, auth.Signing{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Random: same(0xab)})
}

// TestClocks plays a provider whose clock is ten minutes off either way, and refuses what is signed for another time than its
// own: the first request fails, and the next, signed by the Date of that answer, doesn't.
func TestClocks(t *testing.T) {
	t.Parallel()
	c := auth.Fields(map[string]string{"secret": "sec", "key": "k", "consumer_key": "ck", "consumer_secret": "cs", "token": "t", "token_secret": "ts"})
	signers := map[string]auth.Scheme{
		"signature": auth.Signature{Payload: "{timestamp}", Headers: map[string]string{"X-Time": "{timestamp}", "X-Sig": "{signature}"}},
		"now":       auth.Signature{Payload: "{header.X-Time}", Headers: map[string]string{"X-Time": "{now('unix')}", "X-Sig": "{signature}"}},
		"jwt":       auth.JWT{},
		"oauth1":    auth.OAuth1{},
		"nested":    auth.All{Schemes: []auth.Scheme{auth.Any{Schemes: []auth.Scheme{auth.OAuth1{}}}, auth.Key{Name: "X-Key"}}},
	}
	for name, s := range signers {
		for _, off := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
			t.Run(fmt.Sprint(name, " ", off), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(321 * time.Millisecond)
					call := func(offset time.Duration) (signedFor time.Duration, learned time.Duration) {
						r := requestOf(t, "GET", "https://api.example.com/", "")
						ctx := auth.WithSigning(t.Context(), auth.Signing{Now: time.Now().Add(offset)})
						sent := time.Now()
						if err := s.Authorize(ctx, r, c); err != nil {
							t.Fatal(err)
						}
						time.Sleep(150 * time.Millisecond) // the way there
						theirs := time.Now().Add(off)
						date := http.Header{"Date": {theirs.UTC().Format(http.TimeFormat)}}
						time.Sleep(50 * time.Millisecond) // and back
						learned, ok := auth.ClockOffset(date, sent, time.Now())
						if !ok {
							t.Fatal("nothing is learned from the Date")
						}
						return signedAt(t, r).Sub(theirs).Abs(), learned
					}
					first, learned := call(0)
					if first < 9*time.Minute {
						t.Fatalf("without a correction, it is %v off: the test proves nothing", first)
					}
					if second, again := call(learned); second > 3*time.Second || (again-learned).Abs() > 2*time.Second {
						t.Errorf("with the correction %v it is signed %v off; then learned %v", learned, second, again)
					}
				})
			})
		}
	}
}

// signedAt finds the time that a request was signed for.
func signedAt(t *testing.T, r *http.Request) time.Time {
	t.Helper()
	var unix int64
	header := r.Header.Get("Authorization")
	switch text := r.Header.Get("X-Time"); {
	case text != "":
		_, _ = fmt.Sscan(text, &unix)
	case strings.HasPrefix(header, "OAuth "):
		_, after, _ := strings.Cut(header, `oauth_timestamp="`)
		_, _ = fmt.Sscan(strings.ReplaceAll(after, `"`, " "), &unix)
	default:
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(header, "Bearer "), claims); err != nil {
			t.Fatal(err)
		}
		at, err := claims.GetIssuedAt()
		if err != nil {
			t.Fatal(err)
		}
		unix = at.Unix()
	}
	return time.Unix(unix, 0)
}

func TestClockOffset(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 1, 1, 0, 0, 0, 500_000_000, time.UTC)
	received := sent.Add(2 * time.Second)
	for name, tt := range map[string]struct {
		header http.Header
		want   time.Duration
		ok     bool
	}{
		"ahead":            {http.Header{"Date": {"Thu, 01 Jan 2026 00:10:01 GMT"}}, 10 * time.Minute, true},
		"behind":           {http.Header{"Date": {"Wed, 31 Dec 2025 23:50:01 GMT"}}, -10 * time.Minute, true},
		"as sent":          {http.Header{"Date": {"Thu, 01 Jan 2026 00:00:00 GMT"}}, 0, true},
		"as received":      {http.Header{"Date": {"Thu, 01 Jan 2026 00:00:02 GMT"}}, 0, true},
		"a little ahead":   {http.Header{"Date": {"Thu, 01 Jan 2026 00:00:03 GMT"}}, 2 * time.Second, true},
		"a little behind":  {http.Header{"Date": {"Wed, 31 Dec 2025 23:59:59 GMT"}}, -2 * time.Second, true},
		"RFC 850":          {http.Header{"Date": {"Thursday, 01-Jan-26 00:10:01 GMT"}}, 10 * time.Minute, true},
		"no date":          {http.Header{}, 0, false},
		"no header":        {nil, 0, false},
		"unreadable":       {http.Header{"Date": {"yesterday"}}, 0, false},
		"two days":         {http.Header{"Date": {"Sat, 03 Jan 2026 00:10:01 GMT"}}, 0, false},
		"a year ago":       {http.Header{"Date": {"Wed, 01 Jan 2025 00:10:01 GMT"}}, 0, false},
		"from a cache":     {http.Header{"Date": {"Wed, 31 Dec 2025 23:50:01 GMT"}, "Age": {"600"}}, 0, false},
		"almost a day off": {http.Header{"Date": {"Fri, 02 Jan 2026 00:00:01 GMT"}}, 24 * time.Hour, true},
	} {
		if got, ok := auth.ClockOffset(tt.header, sent, received); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, ok, tt.want, tt.ok)
		}
	}
	if _, ok := auth.ClockOffset(http.Header{"Date": {"Thu, 01 Jan 2026 00:10:01 GMT"}}, received, sent); ok {
		t.Error("an answer before the question is believed")
	}
}

func TestSigningDefaults(t *testing.T) {
	t.Parallel()
	s := auth.SigningFrom(t.Context())
	if since := time.Since(s.Now); since < 0 || since > time.Minute || s.Random == nil {
		t.Errorf("got %+v", s)
	}
	one, two := make([]byte, 16), make([]byte, 16)
	if _, err := s.Random.Read(one); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Random.Read(two); err != nil || bytes.Equal(one, two) {
		t.Errorf("%x, %x, %v", one, two, err)
	}
}

// TestSignedAgain signs requests that carry an earlier signature, of another time and key: it leaves nothing behind, and is not
// signed along.
func TestSignedAgain(t *testing.T) {
	t.Parallel()
	values := func(v string) auth.Credential {
		return auth.Fields(map[string]string{"secret": v, "consumer_key": v, "consumer_secret": v, "token": v, "token_secret": v})
	}
	claims := map[string]any{"all": "{url}{query}{header.Authorization}"}
	for name, s := range map[string]auth.Scheme{
		"jwt header": auth.JWT{Claims: claims}, "jwt query": auth.JWT{Claims: claims, In: auth.InQuery, Name: "t k"},
		"oauth1 header": auth.OAuth1{}, "oauth1 query": auth.OAuth1{In: auth.InQuery},
		"signature": auth.Signature{Payload: "{url}{header.Authorization}", Headers: map[string]string{"Authorization": "{signature}"}, Query: map[string]string{"s g": "{signature}"}},
	} {
		alone := requestOf(t, "GET", "https://h.test/p?a=1&b", "")
		if err := s.Authorize(still(t.Context()), alone, values("now")); err != nil {
			t.Fatal(err)
		}
		again := requestOf(t, "GET", "https://h.test/p?a=1&b", "")
		if err := s.Authorize(t.Context(), again, values("before")); err != nil {
			t.Fatal(err)
		}
		if sent(t, again) == sent(t, alone) {
			t.Fatalf("%s: both signatures are the same: the test proves nothing", name)
		}
		if err := s.Authorize(still(t.Context()), again, values("now")); err != nil {
			t.Fatal(err)
		}
		if one, two := sent(t, alone), sent(t, again); one != two {
			t.Errorf("%s:\n%s\n%s", name, one, two)
		}
	}
}
