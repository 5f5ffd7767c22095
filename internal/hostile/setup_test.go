package hostile_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// canary is the credential of every connection here; it is looked for wherever it must not be.
const canary = "canary-token-0123456789-abcdefghij"

// childEnv is set in a process that a test started to run one scenario.
const childEnv = "WAYGATE_HOSTILE_CHILD"

// What one process may take at its peak, in MiB: the scenario's provider included, and with no limit for the garbage
// collector. The race detector, for which twice as much is allowed, multiplies what is used.
const (
	tight = 80
	roomy = 200
)

// quick repeats as the default does, without the waits.
func quick() resilience.Policy { return resilience.Exponential{Base: time.Millisecond} }

// TestMain lets more of the tests run at a time than there are processors: most of them wait, or have a process that
// does.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	m.Run()
}

// inChild runs a test in a process of its own: a crash, a fatal error and the peak of memory, in MiB, are seen from
// outside.
func inChild(t *testing.T, most int, run func(t *testing.T)) {
	t.Helper()
	if os.Getenv(childEnv) != "" {
		run(t)
		fmt.Printf("peak=%d\n", peak(t))
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	path := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run="+path, "-test.timeout=100s", "-test.v") // which says what ran last
	// The race detector would wait for a second before it lets the process go.
	cmd.Env = append(without(os.Environ(), "GOMEMLIMIT="), childEnv+"=1", "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	text := string(out)
	if len(text) > 8000 {
		text = text[:6000] + "\n…\n" + text[len(text)-2000:]
	}
	if strings.Contains(string(out), canary) {
		t.Errorf("the process printed the credential:\n%s", text)
	}
	if err != nil {
		t.Fatalf("the process ended with %v:\n%s", err, text)
	}
	found := regexp.MustCompile(`peak=(\d+)`).FindStringSubmatch(string(out))
	if found == nil {
		t.Fatalf("the process ran no test:\n%s", text)
	}
	if raceEnabled {
		most *= 2
	}
	kib, _ := strconv.Atoi(found[1])
	if t.Logf("peak %d MiB, cpu %s", kib>>10, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()); kib > most<<10 {
		t.Errorf("the process took %d MiB at its peak, more than %d", kib>>10, most)
	}
}

func without(env []string, prefix string) []string {
	var out []string
	for _, e := range env {
		if !strings.HasPrefix(e, prefix) {
			out = append(out, e)
		}
	}
	return out
}

// peak is the most memory that this process had, in KiB.
func peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	must(t, err)
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("no VmHWM in /proc/self/status: these tests need Linux")
	}
	kib, err := strconv.Atoi(string(found[1]))
	must(t, err)
	return kib
}

// quiet waits until no goroutine of the gateway's, or of an HTTP client, is left.
func quiet(t *testing.T) {
	t.Helper()
	var left []string
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if left = working(); len(left) == 0 {
			return
		}
	}
	t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
}

// working are the goroutines that aren't the tests' own.
func working() []string {
	buf := make([]byte, 64<<10) // which is asked for often, and dear under the race detector
	n := runtime.Stack(buf, true)
	for ; n == len(buf); n = runtime.Stack(buf, true) {
		buf = make([]byte, 2*n)
	}
	buf = buf[:n]
	var out []string
	for _, g := range strings.Split(string(buf), "\n\n") {
		ours := strings.Contains(g, "internal/hostile_test.")
		client := strings.Contains(g, "\nnet/http.") || strings.Contains(g, "\nnet/http/internal") ||
			strings.Contains(g, "\ngithub.com/waygate-go/waygate")
		if client && !ours {
			out = append(out, g)
		}
	}
	return out
}

// policy lets requests go to this machine's ports. All that may be in flight is one body of the largest size, so that
// a byte which is never given back shows.
func policy(ports ...uint16) egress.Policy {
	return egress.Policy{
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true, Ports: ports,
		MaxInFlightBytes: largest, MaxTenantBytes: largest, MaxBodyBytes: largest, IdleConnTimeout: 20 * time.Millisecond,
	}
}

// largest is the limit of a body, as it is by default.
const largest = 10 << 20

// gateway makes a gateway; the test shuts it down with the returned function, or at its end.
func gateway(t *testing.T, p egress.Policy, change ...func(*waygate.Config)) (*waygate.Gateway, func()) {
	t.Helper()
	cfg := waygate.Config{Store: memory.New(), Egress: p, Retry: quick()}
	for _, c := range change {
		c(&cfg)
	}
	gw, err := waygate.New(cfg)
	must(t, err)
	down := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := gw.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	}
	t.Cleanup(down)
	return gw, down
}

// connect gives a tenant a connection "main".
func connect(t *testing.T, gw *waygate.Gateway, tenant, integration string, c auth.Credential) *waygate.Tenant {
	t.Helper()
	x := gw.Tenant(tenant)
	_, err := x.Connect(t.Context(), integration, waygate.ConnectionSpec{Slug: "main", Credential: c})
	must(t, err)
	return x
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kindOf is the kind of a failure, and "" of nil.
func kindOf(t testing.TB, err error) waygate.Kind {
	t.Helper()
	var e *waygate.Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &e):
		t.Fatalf("%v is no *Error", err)
	}
	return e.Kind
}

// clean tests that nothing of an error shows the credential.
func clean(t testing.TB, err error) {
	t.Helper()
	for _, text := range errorTexts(err) {
		if strings.Contains(text, canary) {
			t.Errorf("the error shows the credential: %.300s", text)
		}
	}
}

// errorTexts are all that an error says.
func errorTexts(err error) []string {
	var out []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		out = append(out, fmt.Sprintf("%v", e), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e))
	}
	var e *waygate.Error
	if errors.As(err, &e) {
		out = append(out, string(e.Body), e.Message, e.Code)
	}
	return out
}
