package e2e_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/awssigv4"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/waygatetest"
)

// aws is a provider that makes each signature anew, by the steps of "Create a signed AWS API request" in the IAM User
// Guide, and shares no code with what signs.
type aws struct {
	mu             sync.Mutex
	id, key, token string
	ahead          time.Duration
	calls          int
}

func (a *aws) now() time.Time { return time.Now().Add(a.ahead).UTC() }

func (a *aws) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	w.Header().Set("Date", a.now().Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	body, _ := io.ReadAll(r.Body)
	if why := a.check(r, body); why != "" {
		sent, _ := json.Marshal(map[string]any{"message": why, "header": r.Header, "body": string(body)})
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write(sent)
		return
	}
	_, _ = io.WriteString(w, `{"ok":true}`)
}

// check says what is wrong with a request, "" if nothing is.
func (a *aws) check(r *http.Request, body []byte) string {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	parts := strings.Split(given, ", ")
	if !ok || len(parts) != 3 {
		return "IncompleteSignature"
	}
	credential, names := strings.TrimPrefix(parts[0], "Credential="), strings.TrimPrefix(parts[1], "SignedHeaders=")
	at := r.Header.Get("X-Amz-Date")
	when, err := time.Parse("20060102T150405Z", at)
	if err != nil || a.now().Sub(when).Abs() > 5*time.Minute {
		return "SignatureDoesNotMatch: signature expired"
	}
	scope := at[:8] + "/eu-west-1/execute-api/aws4_request"
	if credential != a.id+"/"+scope || r.Header.Get("X-Amz-Security-Token") != a.token {
		return "UnrecognizedClient"
	}
	for _, must := range []string{"host", "content-type", "x-amz-date", "x-amz-security-token"} {
		if !slices.Contains(strings.Split(names, ";"), must) {
			return must + " is not signed"
		}
	}
	request := sum([]byte(canonical(r, names, body)))
	key := []byte("AWS4" + a.key)
	for _, part := range []string{at[:8], "eu-west-1", "execute-api", "aws4_request"} {
		key = seal(key, part)
	}
	if strings.TrimPrefix(parts[2], "Signature=") != hex.EncodeToString(seal(key, "AWS4-HMAC-SHA256\n"+at+"\n"+scope+"\n"+request)) {
		return "SignatureDoesNotMatch"
	}
	return ""
}

// canonical is the canonical request: the path is escaped once more than it is on the wire.
func canonical(r *http.Request, names string, body []byte) string {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	var pairs []string
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.PathUnescape(name)
		value, _ = url.PathUnescape(value)
		pairs = append(pairs, awsEscape(name)+"="+awsEscape(value))
	}
	slices.Sort(pairs)
	var headers strings.Builder
	for _, name := range strings.Split(names, ";") {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	return strings.Join([]string{r.Method, strings.ReplaceAll(awsEscape(path), "%2F", "/"), strings.Join(pairs, "&"), headers.String(), names, sum(body)}, "\n")
}

func sum(b []byte) string {
	digest := sha256.Sum256(b)
	return hex.EncodeToString(digest[:])
}

func seal(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// awsEscape is UriEncode of the guide.
func awsEscape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// TestShapes takes AWS's signature through a gateway, as the core's test of this name does with its own schemes: a good
// call, a clock that is off, keys that were renewed, and wrong ones.
func TestShapes(t *testing.T) {
	t.Parallel()
	t.Run("AWS Signature Version 4", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, signsForAWS)
	})
}

func signsForAWS(t *testing.T) {
	const id, key, token = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-session-token/0123+=="
	a := &aws{id: id, key: key, token: token}
	p := waygatetest.NewProvider(t, waygatetest.OverPipe(), waygatetest.TLS())
	p.On("POST /things/{id}", a.serve)
	gw := waygatetest.New(t, waygatetest.WithProvider(p), waygatetest.WithConfig(func(c *waygate.Config) { c.Retry, c.RecordBodies = resilience.Never{}, true }))
	must(t, gw.Register(t.Context(), waygate.Integration{
		ID: "api", BaseURL: p.URL(), Auth: awssigv4.Scheme{Service: "execute-api", Region: "eu-west-1"}, Errors: &waygate.ErrorFormat{Message: []string{"message"}},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "make", Method: "POST", Path: "/things/{id}", Parameters: []waygate.Parameter{{Name: "note", In: waygate.InQuery}}}},
	}))
	acme := gw.Tenant("acme")
	call := func(requests int) error {
		t.Helper()
		a.mu.Lock()
		a.calls = 0
		a.mu.Unlock()
		_, err := acme.Invoke(t.Context(), "api.make", map[string]any{"id": "a/b c", "note": "x y+z&ü*", "name": "thïng"})
		if a.mu.Lock(); a.calls != requests {
			t.Errorf("%d requests, want %d", a.calls, requests)
		}
		a.mu.Unlock()
		return err
	}
	set := func(c auth.Credential) {
		t.Helper()
		_, err := acme.SetCredential(t.Context(), "api", "main", c)
		must(t, err)
	}
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: awssigv4.Credential(id, key, token)})
	must(t, err)
	must(t, call(1))
	for _, ahead := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		a.ahead = ahead
		must(t, call(2))
		must(t, call(1))
	}
	a.token = "the-next-token/0123+=="
	refusedByAWS(t, acme, call(1), key, token)
	set(awssigv4.Credential(id, key, a.token))
	must(t, call(1))
	set(awssigv4.Credential(id, "another-secret-key-0123", a.token))
	refusedByAWS(t, acme, call(1), "another-secret-key-0123", a.token)
}

// refusedByAWS tests the error of a call, and that neither it nor the records say one of the secrets.
func refusedByAWS(t *testing.T, acme *waygate.Tenant, err error, secrets ...string) {
	t.Helper()
	var e *waygate.Error
	if !errors.As(err, &e) || e.Kind != waygate.KindForbidden || e.Hint != waygate.HintCheckIntegrationConfig {
		t.Fatalf("got %v", err)
	}
	page, err := acme.Records(t.Context(), waygate.RecordQuery{Limit: 100})
	must(t, err)
	records, err := json.Marshal(page)
	must(t, err)
	said := bytes.Join([][]byte{[]byte(e.Error()), []byte(e.Message), e.Body, records}, []byte("\n"))
	for _, s := range secrets {
		if bytes.Contains(said, []byte(s)) {
			t.Errorf("a secret is said: %s", said)
		}
	}
}
