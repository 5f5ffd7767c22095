package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/store/memory"
)

// slug names the one connection. It is asked for by name, since an action that isn't signed would do without one, and go
// elsewhere than --base-url.
const slug = "cli"

// calling is what the flags of call say.
type calling struct {
	from, input, url string
	credential       credential
	signing          signing
	parameters       map[string]string
	dryRun, local    bool
}

func callCommand(s streams) *cobra.Command {
	var o calling
	cmd := &cobra.Command{
		Use:   "call FILE#ACTION | call ACTION --from FILE",
		Short: "Call an action of an API document or a catalogue",
		Long: `Call an action of an API document or a catalogue, and print the answer's body.

FILE is a document, a catalogue's file, or the directory of an integration. ACTION is
an action's id; of a document it may be an operationId, or a method and path, too.

The input is a JSON object: of --input, or of stdin with --input -. Nothing is kept.
With --dry-run the request is printed without its secrets, and nothing is sent.

The credential comes from the environment, never from the command line, where others
of this machine could read it. --credential-env names the variable that holds it,
--credential-kind says what it is:

` + kindsHelp(),
		Example: `  GITHUB_TOKEN=… waygate call github.json#issues/list-for-repo --auth bearer \
      --input '{"owner": "golang", "repo": "go"}' --credential-env GITHUB_TOKEN --dry-run
  waygate call 'petstore.json#GET /pets/{petId}' --input '{"petId": 7}' \
      --base-url http://127.0.0.1:4010 --local
  WAYGATE_CLIENT_ID=… WAYGATE_CLIENT_SECRET=… waygate call list_stock --from catalogue/warehouse \
      --credential-kind client_credentials`,
		Args: exactly(1, "one action"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), s, args[0]) },
	}
	o.flags(cmd)
	complete(cmd, "credential-kind", kindNames()...)
	complete(cmd, "auth", "bearer", "basic")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if o.from == "" || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault // files
		}
		return actionNames(cmd.Context(), s, o.from), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

func (o *calling) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "`file` or directory that has the action, where it doesn't stand before #")
	f.StringVar(&o.input, "input", "", "the input as `JSON`; - reads it from stdin")
	f.StringVar(&o.credential.env, "credential-env", "", "`name` of the environment variable that holds the credential")
	f.StringVar(&o.credential.kind, "credential-kind", "token", "what it is: "+strings.Join(kindNames(), ", "))
	f.StringVar(&o.signing.scheme, "auth", "", "`scheme` in the place of what FILE says: bearer or basic")
	f.StringVar(&o.signing.tokenURL, "token-url", "", "`URL` where client_credentials get a token, in the place of what FILE says")
	f.StringArrayVar(&o.signing.scopes, "scope", nil, "`scope` to ask for there; may be repeated")
	f.StringVar(&o.url, "base-url", "", "`URL` of this account's server")
	f.StringToStringVar(&o.parameters, "parameter", nil, "parameter of the connection, as `name=value`; may be repeated")
	f.BoolVar(&o.dryRun, "dry-run", false, "print the request without secrets, and send nothing")
	f.BoolVar(&o.local, "local", false, "allow plain http, and servers on this machine")
}

// named parts FILE#ACTION, unless --from says the file.
func (o *calling) named(arg string) (action string, err error) {
	if o.from != "" {
		return arg, nil
	}
	file, action, _ := strings.Cut(arg, "#")
	if file == "" || action == "" {
		return "", &failure{exitUsage, fmt.Errorf("%q: which file has the action? Write FILE#ACTION, or ACTION with --from FILE", arg)}
	}
	o.from = file
	return action, nil
}

func (o calling) run(ctx context.Context, s streams, arg string) error {
	action, err := o.named(arg)
	if err != nil {
		return err
	}
	scheme, err := o.signing.auth()
	if err != nil {
		return err
	}
	cred, err := o.credential.read(s)
	if err != nil {
		return err
	}
	in, err := o.read(s)
	if err != nil {
		return unusable(err)
	}
	api, action, err := o.find(ctx, s, action, scheme)
	if err != nil {
		return unusable(err)
	}
	if o.dryRun {
		cred, api = withoutAsking(s, cred, api)
	}
	return o.send(ctx, s, api, action, cred, in)
}

// send makes the call with a gateway of its own.
func (o calling) send(ctx context.Context, s streams, api waygate.Integration, action string, cred auth.Credential, in any) error {
	gw, err := o.gateway(api)
	if err != nil {
		return unusable(err)
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	if err := gw.Register(ctx, api); err != nil {
		return unusable(err)
	}
	tenant := gw.Tenant("cli")
	if _, err := tenant.Connect(ctx, api.ID, waygate.ConnectionSpec{
		Slug: slug, Credential: cred, BaseURL: o.url, Parameters: o.parameters, Unverified: true,
	}); err != nil {
		return o.connectFailed(err, api, cred)
	}
	if o.dryRun {
		return o.preview(ctx, s, tenant, api.ID+"."+action, in)
	}
	res, err := tenant.Invoke(ctx, api.ID+"."+action, in, waygate.On(slug))
	if err != nil {
		return failed(err)
	}
	return tellBody(s, res)
}

// connectFailed says what a flag can do about it.
func (o calling) connectFailed(err error, api waygate.Integration, cred auth.Credential) error {
	if !errors.Is(err, waygate.ErrInvalidInput) && !errors.Is(err, waygate.ErrConfig) {
		return failed(err)
	}
	switch {
	case cred.Kind == "" && api.Auth != nil && api.Auth.Accepts(cred) != nil:
		err = fmt.Errorf("%w; name the environment variable that holds it with --credential-env, and what it is with --credential-kind", err)
	case api.Auth != nil && api.Auth.Accepts(cred) != nil:
		err = fmt.Errorf("%w; --credential-kind says what it is, --auth and --token-url how to sign with it", err)
	case !o.local && o.url != "":
		err = fmt.Errorf("%w; with --local plain http and this machine are allowed", err)
	case strings.Contains(api.BaseURL, "{"):
		err = fmt.Errorf("%w; give parameters with --parameter name=value, or --base-url", err)
	}
	return &failure{exitInput, err}
}

// find reads the integration, as far as it is needed, and the id of the action.
func (o calling) find(ctx context.Context, s streams, name string, scheme auth.Scheme) (waygate.Integration, string, error) {
	var none waygate.Integration
	gw, err := waygate.New(waygate.Config{Store: memory.New()}) // for reading
	if err != nil {
		return none, "", err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	from, err := open(ctx, s, gw, o.from)
	if err != nil {
		return none, "", err
	}
	return from.action(ctx, name, scheme)
}

// gateway is one for a single call. In a dry run nothing gets out, whatever asks for it.
func (o calling) gateway(api waygate.Integration) (*waygate.Gateway, error) {
	cfg := waygate.Config{Store: memory.New()}
	if o.local {
		cfg.Egress = egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
		for _, text := range append(tokenURLs(api.Auth), o.url, api.BaseURL) {
			if port := portOf(text); port > 0 && !slices.Contains(cfg.Egress.Ports, port) {
				cfg.Egress.Ports = append(cfg.Egress.Ports, port)
			}
		}
	}
	if o.dryRun {
		cfg.Transport = func(http.RoundTripper) http.RoundTripper { return silent{} }
		cfg.Egress.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errSilent }
	}
	return waygate.New(cfg)
}

// portOf is the port that a URL names; 0 if it names none.
func portOf(text string) uint16 {
	u, err := url.Parse(text)
	if err != nil {
		return 0
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(port)
}

var errSilent = errors.New("a dry run sends nothing")

// silent sends nothing.
type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errSilent
}

func (o calling) preview(ctx context.Context, s streams, tenant *waygate.Tenant, action string, in any) error {
	p, err := tenant.Preview(ctx, action, in, waygate.On(slug))
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
