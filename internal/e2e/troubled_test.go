package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// troubled is an API whose answers go wrong as the path of a request says, and which keeps books of what it did.
type troubled struct {
	server *httptest.Server

	mu    sync.Mutex // guards what follows
	calls map[string]*dealings
	conns map[net.Conn]bool
	wrong []string // requests that no client may send
}

// dealings are what has happened under one id.
type dealings struct {
	arrived int             // whole requests
	effects int             // of them those that changed something
	keys    map[string]bool // that came along; not to be read without the lock
	many    int             // how many of them
}

// thing is every answer: whoever gets it can tell whether it is whole, and his.
type thing struct {
	ID, Tenant, Pad, Sum string
}

func newThing(tenant, id string) thing {
	first := sha256.Sum256([]byte(tenant + "/" + id))
	pad := strings.Repeat(hex.EncodeToString(first[:]), 1+int(first[0])%40)
	sum := sha256.Sum256([]byte(tenant + id + pad))
	return thing{ID: id, Tenant: tenant, Pad: pad, Sum: hex.EncodeToString(sum[:])}
}

func newTroubled(t *testing.T) *troubled {
	t.Helper()
	p := &troubled{calls: map[string]*dealings{}, conns: map[net.Conn]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /read/{mode}/{tenant}/{id}", p.serve)
	mux.HandleFunc("POST /write/{mode}/{tenant}/{id}", p.serve)
	p.server = httptest.NewUnstartedServer(mux)
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.server.Config.ConnState = func(c net.Conn, s http.ConnState) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.conns[c] = true; s == http.StateClosed {
			delete(p.conns, c)
		}
	}
	p.server.Start()
	t.Cleanup(p.server.Close)
	return p
}

// open is how many connections there are. Those that a handler took over are its own to close.
func (p *troubled) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// of are the dealings under an id.
func (p *troubled) of(tenant, id string) dealings {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.calls[tenant+"/"+id]; d != nil {
		return dealings{arrived: d.arrived, effects: d.effects, many: d.many}
	}
	return dealings{}
}

// waits are the forms of Retry-After, good and bad.
func waits(n int) string {
	return []string{
		"0", "1", "-1", "0.25", " 0 ", "soon", "",
		time.Now().UTC().Add(time.Second).Format(http.TimeFormat), time.Now().UTC().Add(-time.Hour).Format(http.TimeFormat),
		time.Now().UTC().Add(time.Second).Format(time.RFC850), time.Now().UTC().Format(time.ANSIC), "99999999999999999999",
	}[n%12]
}

// serve enters a request into the books, and answers it.
func (p *troubled) serve(w http.ResponseWriter, r *http.Request) {
	mode, tenant, id := r.PathValue("mode"), r.PathValue("tenant"), r.PathValue("id")
	want := newThing(tenant, id)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // it hasn't arrived
	}
	write := r.Method == http.MethodPost
	var sent thing
	if r.Header.Get("Authorization") != "Bearer "+tokenOf(tenant) || write && (json.Unmarshal(body, &sent) != nil || sent != want) {
		p.mu.Lock()
		p.wrong = append(p.wrong, r.Method+" "+r.URL.Path)
		p.mu.Unlock()
	}
	n, first := p.enter(tenant+"/"+id, r.Header.Get("Idempotency-Key"), write && changes(mode))
	switch {
	case mode == "storm" && n <= 2:
		w.Header().Set("Retry-After", waits(len(id)+n+int(want.Sum[0])))
		w.WriteHeader(http.StatusTooManyRequests)
	case mode == "busy" && n == 1, mode == "effect503" && first:
		w.Header().Set("Retry-After", waits(int(want.Sum[0])))
		w.WriteHeader(http.StatusServiceUnavailable)
	case mode == "lost" && first:
		p.answerBadly(w, "")
	case mode == "garbled" && n == 1:
		p.answerBadly(w, garbage(int(want.Sum[0]), want))
	case mode == "down":
		w.WriteHeader(http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(want)
	}
}

// changes says whether a mode changes something before it answers.
func changes(mode string) bool { return mode == "ok" || mode == "effect503" || mode == "lost" }

// enter gives the number of the request, and whether it is the first of its key. What has a key that was seen has its
// effect once.
func (p *troubled) enter(name, key string, changes bool) (n int, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.calls[name]
	if d == nil {
		d = &dealings{keys: map[string]bool{}}
		p.calls[name] = d
	}
	d.arrived++
	if first = key == "" || !d.keys[key]; first && changes {
		d.effects++
	}
	if key != "" {
		d.keys[key] = true
		d.many = len(d.keys)
	}
	return d.arrived, first
}

// garbage is what no HTTP server should send.
func garbage(n int, want thing) string {
	whole, _ := json.Marshal(want)
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	return []string{
		"", "garbage\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200", head,
		head + "Content-Length: 100000\r\n\r\n" + string(whole),
		head + "Content-Length: 10\r\nContent-Length: 20\r\n\r\n" + string(whole),
		head + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n" + string(whole) + "\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"ID\"",
		head + "Content-Encoding: gzip\r\nContent-Length: " + strconv.Itoa(len(whole)) + "\r\n\r\n" + string(whole),
		head + "Content-Length: 5\r\n\r\n" + string(whole[:5]),
	}[n%11]
}

// answerBadly sends a text as it is, and breaks the connection.
func (p *troubled) answerBadly(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(conn, text)
	_ = conn.Close()
	p.mu.Lock()
	delete(p.conns, conn)
	p.mu.Unlock()
}

func tokenOf(tenant string) string { return "secret-token-of-" + tenant }
