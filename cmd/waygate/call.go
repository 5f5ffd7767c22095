package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/store/memory"
)

// calling is what the flags of call say.
type calling struct {
	from, input, env, kind, url, auth string
	parameters                        map[string]string
	dryRun, local                     bool
}

func callCommand(s streams) *cobra.Command {
	var o calling
	cmd := &cobra.Command{
		Use:   "call ACTION --from FILE",
		Short: "Call an action of a catalogue file or an API document",
		Long: `Call an action of a catalogue file or an API document, and print the answer's body.

The input is a JSON object: of --input, or of stdin with --input -. The credential
comes from an environment variable, never from the command line, where others of
this machine could read it. Nothing is kept.

With --dry-run the request is printed without its secrets, and nothing is sent.`,
		Example: `  GITHUB_TOKEN=… waygate call list_issues --from github.yaml \
      --input '{"owner": "golang", "repo": "go"}' --credential-env GITHUB_TOKEN --dry-run
  waygate call get_pet --from petstore.json --input '{"petId": 7}' \
      --base-url http://127.0.0.1:4010 --local`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), s, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "catalogue or document `file` that has the action (required)")
	f.StringVar(&o.input, "input", "", "the input as `JSON`; - reads it from stdin")
	f.StringVar(&o.env, "credential-env", "", "`name` of the environment variable that holds the credential")
	f.StringVar(&o.kind, "credential-kind", "token", "what it is: token, api_key, user_password (user:password) or fields (a JSON object)")
	f.StringVar(&o.auth, "auth", "", "`scheme`, where a document says none or another: bearer or basic")
	f.StringVar(&o.url, "base-url", "", "`URL` of this account's server")
	f.StringToStringVar(&o.parameters, "parameter", nil, "parameter of the connection, as `name=value`; may be repeated")
	f.BoolVar(&o.dryRun, "dry-run", false, "print the request without secrets, and send nothing")
	f.BoolVar(&o.local, "local", false, "allow plain http, and servers on this machine")
	_ = cmd.MarkFlagRequired("from") // it is there
	return cmd
}

func (o calling) run(ctx context.Context, s streams, action string) error {
	cred, err := o.credential(s)
	if err != nil {
		return err
	}
	scheme, err := schemeOf(o.auth)
	if err != nil {
		return err
	}
	in, err := o.read(s)
	if err != nil {
		return unusable(err)
	}
	gw, err := o.gateway()
	if err != nil {
		return unusable(err)
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	api, err := integration(ctx, s, gw, o.from, scheme)
	if err != nil {
		return unusable(err)
	}
	if err := gw.Register(ctx, api); err != nil {
		return unusable(err)
	}
	tenant := gw.Tenant("cli")
	if _, err := tenant.Connect(ctx, api.ID, waygate.ConnectionSpec{
		Slug: "cli", Credential: cred, BaseURL: o.url, Parameters: o.parameters, Unverified: true,
	}); err != nil {
		return failed(err)
	}
	action = api.ID + "." + strings.TrimPrefix(action, api.ID+".")
	if o.dryRun {
		return o.preview(ctx, s, tenant, action, in)
	}
	res, err := tenant.Invoke(ctx, action, in)
	if err != nil {
		return failed(err)
	}
	return tellBody(s, res)
}

// gateway is one for a single call. In a dry run nothing gets out, whatever asks for it.
func (o calling) gateway() (*waygate.Gateway, error) {
	cfg := waygate.Config{Store: memory.New()}
	if o.local {
		cfg.Egress = egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
		if u, err := url.Parse(o.url); err == nil {
			if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
				cfg.Egress.Ports = []uint16{uint16(port)}
			}
		}
	}
	if o.dryRun {
		cfg.Transport = func(http.RoundTripper) http.RoundTripper { return silent{} }
		cfg.Egress.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errSilent }
	}
	return waygate.New(cfg)
}

var errSilent = errors.New("a dry run sends nothing")

// silent sends nothing.
type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errSilent
}

// credential is what the environment holds. No error repeats any of it.
func (o calling) credential(s streams) (auth.Credential, error) {
	if o.env == "" {
		return auth.Credential{}, nil
	}
	value := s.env(o.env)
	if value == "" {
		return auth.Credential{}, &failure{exitUsage, fmt.Errorf("--credential-env: the environment has no %s", o.env)}
	}
	switch o.kind {
	case "token":
		return auth.Token(value), nil
	case "api_key":
		return auth.APIKey(value), nil
	case "user_password":
		user, password, ok := strings.Cut(value, ":")
		if !ok {
			return auth.Credential{}, &failure{exitUsage, fmt.Errorf("%s: write it as user:password", o.env)}
		}
		return auth.UserPassword(user, password), nil
	case "fields":
		var fields map[string]string
		if json.Unmarshal([]byte(value), &fields) != nil {
			return auth.Credential{}, &failure{exitUsage, fmt.Errorf("%s: write it as a JSON object of texts", o.env)}
		}
		return auth.Fields(fields), nil
	}
	return auth.Credential{}, &failure{exitUsage, fmt.Errorf("--credential-kind: %q is none: token, api_key, user_password or fields", o.kind)}
}

// read gives the input; nil if there is none.
func (o calling) read(s streams) (any, error) {
	text := []byte(o.input)
	if o.input == "-" {
		var err error
		if text, err = io.ReadAll(s.in); err != nil {
			return nil, fmt.Errorf("--input: %w", err)
		}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	var in map[string]any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&in); err != nil {
		return nil, fmt.Errorf("--input: write a JSON object: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("--input: something follows the JSON object")
	}
	return in, nil
}

func (o calling) preview(ctx context.Context, s streams, tenant *waygate.Tenant, action string, in any) error {
	p, err := tenant.Preview(ctx, action, in)
	if err != nil {
		return failed(err)
	}
	var b bytes.Buffer
	_, _ = fmt.Fprintf(&b, "%s %s\n", p.Method, p.URL)
	_ = p.Header.Write(&b) // into memory
	if p.Body != "" {
		_, _ = fmt.Fprintf(&b, "\n%s\n", p.Body)
	}
	_, err = s.out.Write(b.Bytes())
	return unusable(err)
}

// tellBody prints an answer as it came.
func tellBody(s streams, res *waygate.Result) error {
	if stream := res.Stream(); stream != nil {
		defer func() { _ = stream.Close() }()
		_, err := io.Copy(s.out, stream)
		return failed(err)
	}
	body := res.Bytes()
	if body == nil {
		body = res.JSON()
	}
	if len(body) > 0 && body[len(body)-1] != '\n' {
		body = append(bytes.Clone(body), '\n')
	}
	_, err := s.out.Write(body)
	return unusable(err)
}

// failed tells what the caller could have written better from what went wrong with the call.
func failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, waygate.ErrInvalidInput):
		return &failure{exitInput, err}
	}
	return &failure{exitFailed, err}
}
