package providers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A script is a file wire/NAME.txt: what is asked of the gateway, and what has to be on the wire. Before the first section,
// lines that begin with # name the pages of the provider's documentation. A section begins with a line "== NAME":
//
//	== setup              JSON, see [setup]
//	== authorize          the URL that the person is sent to
//	== token request      raw, in the order of their arrival, each with a name of its own
//	== token answer       what the provider answers; without it, 200 with {}
//	…
//	== call request       required: what the action sends
//	== refresh request    what follows when the call is made again and answered with a 401
//	== again request      the call once more, with the new token
//
// In URLs and requests {state}, {verifier} and {challenge} stand for what is drawn anew for each flow, and
// Content-Length: {length} for the length of the body below.
type script struct {
	docs      []string // URLs
	setup     setup
	authorize string
	exchanges []exchange
}

// exchange is one request and its answer.
type exchange struct{ name, request, answer string }

// setup is what a host does, and what a person brings.
type setup struct {
	// Now is the clock at the beginning. Empty: 2026-11-02T12:00:00Z.
	Now time.Time `json:"now"`
	// Client is the platform's OAuth client, if ID is set. Certificate says that it has the test's client certificate, Origins
	// which hosts may have the secret beside those that the definition fixes.
	Client struct {
		ID, Secret, Key string
		Certificate     bool
		Origins         []string
	} `json:"client"`
	// Redirect is the app's redirect URL. Empty: https://app.example.com/oauth/NAME.
	Redirect string `json:"redirect"`
	// Credential is what is connected where there is no authorize section; {client_certificate} and {client_key} stand for the
	// test's.
	Credential struct {
		Kind   string            `json:"kind"`
		Values map[string]string `json:"values"`
	} `json:"credential"`
	BaseURL    string            `json:"base_url"`
	Parameters map[string]string `json:"parameters"`
	// Callback are the parameters that the browser comes back with, beside state.
	Callback map[string]string `json:"callback"`
	// CallbackHMAC is a further one: the HMAC-SHA256 of the others, as Shopify signs them.
	CallbackHMAC string `json:"callback_hmac"`
	// Env is Config.Env.
	Env map[string]string `json:"env"`
	// Action is called with Input.
	Action string `json:"action"`
	Input  any    `json:"input"`
	// Captured are the connection's parameters in the end, where that is worth telling.
	Captured map[string]string `json:"captured"`
	// NoRefresh says why a scheme that can renew isn't seen doing it.
	NoRefresh string `json:"no_refresh"`
}

// parseScript reads a file.
func parseScript(text string) (script, error) {
	s := script{}
	head, rest, _ := strings.Cut("\n"+text, "\n== ")
	for line := range strings.Lines(strings.TrimPrefix(head, "\n")) {
		if !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
			return s, fmt.Errorf("before the first section is a line without #: %s", line)
		}
		for word := range strings.FieldsSeq(line) {
			if strings.HasPrefix(word, "https://") {
				s.docs = append(s.docs, word)
			}
		}
	}
	for section := range strings.SplitSeq(rest, "\n== ") {
		name, body, _ := strings.Cut(section, "\n")
		if err := s.section(name, strings.TrimRight(body, "\n")); err != nil {
			return s, err
		}
	}
	if len(s.docs) == 0 {
		return s, fmt.Errorf("no page of the documentation is named before the first section")
	}
	return s, nil
}

func (s *script) section(name, body string) error {
	what, kind, _ := strings.Cut(name, " ")
	last := len(s.exchanges) - 1
	switch {
	case name == "setup":
		d := json.NewDecoder(bytes.NewReader([]byte(body)))
		d.DisallowUnknownFields()
		if err := d.Decode(&s.setup); err != nil {
			return fmt.Errorf("setup: %w", err)
		}
	case name == "authorize":
		s.authorize = body
	case kind == "request":
		s.exchanges = append(s.exchanges, exchange{name: what, request: body})
	case kind == "answer" && last >= 0 && s.exchanges[last].name == what:
		s.exchanges[last].answer = body
	default:
		return fmt.Errorf("section %q: want setup, authorize, NAME request, or NAME answer right after its request", name)
	}
	return nil
}

// has says whether there is such a request.
func (s *script) has(name string) bool {
	for _, x := range s.exchanges {
		if x.name == name {
			return true
		}
	}
	return false
}

// expected is the transcript that a run has to give, with values in the place of names.
func (s *script) expected(values []string) string {
	fill := strings.NewReplacer(values...)
	want := script{authorize: fill.Replace(s.authorize)}
	for _, x := range s.exchanges {
		x.request = fill.Replace(x.request)
		_, body, _ := strings.Cut(x.request, "\n\n")
		x.request = strings.Replace(x.request, "{length}", strconv.Itoa(len(body)), 1)
		want.exchanges = append(want.exchanges, x)
	}
	return want.String()
}

// String writes URL and requests.
func (s *script) String() string {
	var b strings.Builder
	if s.authorize != "" {
		fmt.Fprintf(&b, "== authorize\n%s\n", s.authorize)
	}
	for _, x := range s.exchanges {
		fmt.Fprintf(&b, "== %s request\n%s\n", x.name, x.request)
	}
	return b.String()
}
