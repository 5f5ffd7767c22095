package readers_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

const prism = bin + "prism/node_modules/@stoplight/prism-cli/dist/index.js"

// startPrism serves a document by Prism, which refuses what isn't valid, and gives its address. It ends with the test,
// and with this process: its standard input is closed then.
func startPrism(t *testing.T, path string) string {
	t.Helper()
	for _, needed := range []string{prism, path} {
		if _, err := os.Stat(needed); err != nil {
			t.Fatalf("%v: run tools/scripts/prism.sh and tools/scripts/documents.sh", err)
		}
	}
	const script = `process.stdin.resume(); process.stdin.on("end", () => process.exit());
		process.argv.splice(1, 0, "prism"); require(require("path").resolve(process.argv.pop()))`
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "node", "-e", script, "mock", "--errors", "--host", "127.0.0.1", "--port", "0", path, prism)
	_, err := cmd.StdinPipe()
	must(t, err)
	output, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = cmd.Stdout
	must(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // says that it was killed
	})
	listens := make(chan string, 1)
	go func() {
		var said strings.Builder
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if _, address, ok := strings.Cut(lines.Text(), "Prism is listening on "); ok {
				listens <- strings.TrimSpace(address)
			} else if said.Len() < 10_000 {
				said.WriteString(lines.Text() + "\n")
			}
		}
		listens <- "ended: " + said.String()
	}()
	select {
	case address := <-listens:
		if !strings.HasPrefix(address, "http://") {
			t.Fatalf("prism %s", address)
		}
		return address
	case <-time.After(3 * time.Minute):
		t.Fatal("prism doesn't listen")
	}
	return ""
}

// exchange is a request as it came, and Prism's answer.
type exchange struct {
	method, uri string
	header      http.Header
	body        []byte
	status      int
	answer      string // the beginning
	violations  string
}

// accepted says whether Prism found nothing wrong with the request. It answers with 500, and only then, where it takes the
// request but has no answer that is valid, or none at all: its examples are those of the document.
func (x exchange) accepted() bool {
	if strings.Contains(x.violations, `"location":["request"`) {
		return false
	}
	return x.status >= 200 && x.status < 300 ||
		x.status == 500 && (x.violations != "" || strings.Contains(x.answer, "#NO_RESPONSE_RESPONSE_DEFINED"))
}

func (x exchange) String() string {
	return fmt.Sprintf("%s %s %v %.600q\n\tPrism: %d %s %.1200s", x.method, x.uri, x.header, x.body, x.status, x.violations, x.answer)
}

// recorder is a server that keeps what it is asked. It hands that on to Prism, or answers with an empty object.
type recorder struct {
	*loopback.Server
	prism  *url.URL // nil: there is none
	client *http.Client

	mu   sync.Mutex
	seen []exchange
}

// record starts a recorder; prism is Prism's address, or empty.
func record(t *testing.T, prism string) *recorder {
	t.Helper()
	r := &recorder{client: &http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
	var err error
	if prism != "" {
		r.prism, err = url.Parse(prism)
		must(t, err)
	}
	r.Server, err = loopback.Start(r, loopback.Options{})
	must(t, err)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP hands a request on as it is. It is kept before it is answered: the client asks for it then.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	x := exchange{method: req.Method, uri: req.RequestURI, header: req.Header.Clone(), body: body}
	header, answer := http.Header{"Content-Type": {"application/json"}}, []byte("{}")
	x.status = http.StatusOK
	if err == nil && r.prism != nil {
		header, answer, err = r.hand(req, &x)
	}
	if err != nil {
		x.status, answer = http.StatusBadGateway, []byte(err.Error())
	}
	x.answer = string(answer[:min(len(answer), 2000)])
	r.mu.Lock()
	r.seen = append(r.seen, x)
	r.mu.Unlock()
	maps.Copy(w.Header(), header)
	w.WriteHeader(x.status)
	_, _ = w.Write(answer) // the client may be gone
}

// hand asks Prism.
func (r *recorder) hand(req *http.Request, x *exchange) (http.Header, []byte, error) {
	out, err := http.NewRequestWithContext(req.Context(), req.Method, r.prism.String(), bytes.NewReader(x.body))
	if err != nil {
		return nil, nil, err
	}
	path, query, _ := strings.Cut(req.RequestURI, "?")
	out.URL.Opaque, out.URL.RawQuery = path, query // neither is read nor written anew
	out.Header = x.header.Clone()
	resp, err := r.client.Do(out)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	x.status, x.violations = resp.StatusCode, resp.Header.Get("Sl-Violations")
	return resp.Header, answer, err
}

// take gives what came since it was called last.
func (r *recorder) take() []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}
