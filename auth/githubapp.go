package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/secret"
)

const (
	kindGitHubApp = "github_app"

	gitHubURL        = "https://api.github.com"
	gitHubPath       = "/app/installations/{%}/access_tokens"
	gitHubVersion    = "2022-11-28"
	gitHubAssertion  = 9 * time.Minute  // GitHub takes up to 10
	gitHubDrift      = 60 * time.Second // by which GitHub wants iat in the past
	gitHubStatusGone = http.StatusNotFound
	gitHubName       = "installation_id"
	maxRepositories  = 500
)

// GitHubApp signs as an installation of a GitHub App. A JWT that the App's private key signs is exchanged for a token that
// lasts an hour and that requests carry. It is a [Scheme] and a [Renewer].
//
// The App is the client: the platform's, whose ID is the App's client ID or app ID and whose Key is its private key, or a
// tenant's own in a credential made by [ClientKey]. With the platform's the credential is [Installation]. Which
// installation it is says a parameter of the connection.
//
// The JWT is RS256 with iss, an iat of one minute ago and an exp in nine minutes, as "Generating a JSON Web Token (JWT) for
// a GitHub App" of GitHub's documentation has it; the exchange is "Create an installation access token for an app" of its
// REST API, version 2022-11-28.
type GitHubApp struct {
	// BaseURL is a template of the REST API's URL. Empty means https://api.github.com; a server of one's own has
	// https://{host}/api/v3.
	BaseURL string `json:"base_url,omitempty"`
	// Installation is the connection's parameter that has the installation's number. Empty means "installation_id".
	Installation string `json:"installation,omitempty"`
	// Repositories limits the token to these, by name; at most 500. Empty: all that the installation has.
	Repositories []string `json:"repositories,omitempty"`
	// Permissions limits what the token may do: {"contents": "read"}; at most 32. Empty: all that the installation may.
	Permissions map[string]string `json:"permissions,omitempty"`
	// Use is how requests carry the token. Nil means [Bearer].
	Use Scheme `json:"use,omitempty"`
}

var (
	_ Scheme     = GitHubApp{}
	_ Placer     = GitHubApp{}
	_ Identifier = GitHubApp{}
	_ Renewer    = GitHubApp{}
)

// Installation makes a credential of kind "github_app" without values, for the platform's own App.
func Installation() Credential { return Credential{Kind: kindGitHubApp} }

// Kind is "github_app".
func (GitHubApp) Kind() string { return kindGitHubApp }

// Accepts asks for kind "github_app", or for "oauth2" with what [ClientKey] makes.
func (s GitHubApp) Accepts(c Credential) error { return s.accepts(opAccept, c) }

// Authorize signs as Use does. Without a token it fails: the credential is to be renewed first.
func (s GitHubApp) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	if err := s.belongs(opAuthorize, c); err != nil {
		return err
	}
	return s.carrier().authorize(ctx, r, c)
}

// Places gives those of Use.
func (s GitHubApp) Places() []Place { return placesOf(s.members()) }

// Identity gives that of Use, unset if it has none.
func (s GitHubApp) Identity(c Credential) (certificate, key secret.String, err error) {
	return s.carrier().identity(c, s.accepts)
}

func (s GitHubApp) carrier() carrier { return carrier{kind: s.Kind(), scheme: s.Use} }

// members makes a GitHubApp a group of one, so that its Use is counted where schemes nest.
func (s GitHubApp) members() []Scheme { return s.carrier().members() }

// belongs asks for a credential of an App.
func (s GitHubApp) belongs(op string, c Credential) error {
	switch {
	case c.Kind == kindGitHubApp:
		return nil
	case c.Kind != kindOAuth2:
		return &Error{Op: op, Scheme: s.Kind(), Field: "kind", Reason: `must be "github_app" or "oauth2"; give the connection auth.Installation or auth.ClientKey`}
	}
	for _, name := range []string{valueClientID, valuePrivateKey} {
		if _, err := pick(op, s.Kind(), c, "auth.ClientKey", name); err != nil {
			return err
		}
	}
	return nil
}

func (s GitHubApp) accepts(op string, c Credential) error {
	if err := s.belongs(op, c); err != nil {
		return err
	}
	if c.Values[valueAccessToken].Reveal() == "" {
		return nil
	}
	return s.carrier().ready(op, c)
}

// Validate checks the URL, the names and Use.
func (s GitHubApp) Validate() error {
	bad := func(field, why string) error {
		return &Error{Op: opValidate, Scheme: s.Kind(), Field: field, Reason: why}
	}
	if why := templateFault(compileFor(true, 0, s.url())); why != "" || strings.Contains(s.BaseURL, "?") {
		return bad("base_url", "must be an absolute URL without a query, which may hold {parameters} of the connection: "+why)
	}
	if s.Installation != "" && !isName(s.Installation) {
		return bad("installation", "must be the name of a parameter, 1 to 64 of a-z, 0-9 and _")
	}
	if len(s.Repositories) > maxRepositories || slices.ContainsFunc(s.Repositories, notRepository) {
		return bad("repositories", "has more than 500, or one that isn't a name of letters, digits, -, _ and .")
	}
	if len(s.Permissions) > maxExtras {
		return bad("permissions", "has more than 32; name those alone that the token needs")
	}
	for name, may := range s.Permissions {
		if !isName(name) || !isName(may) {
			return bad("permissions."+written.Quote(name), `must be like {"contents": "read"}`)
		}
	}
	return s.carrier().validate()
}

func notRepository(name string) bool {
	const others = "-_."
	return name == "" || len(name) > maxName*2 || strings.ContainsFunc(name, func(r rune) bool {
		return r > 0x7f || !isAlnum(byte(r)) && !strings.ContainsRune(others, r)
	})
}

// url is where a token is asked for.
func (s GitHubApp) url() string {
	base, name := s.BaseURL, s.Installation
	if base == "" {
		base = gitHubURL
	}
	if name == "" {
		name = gitHubName
	}
	return strings.TrimRight(base, "/") + strings.Replace(gitHubPath, "%", name, 1)
}

// Endpoints gives the one URL that is asked for tokens.
func (s GitHubApp) Endpoints() []Endpoint {
	return []Endpoint{{Name: "base_url", Template: s.url(), Client: true, Grant: true}}
}

// Renewal is possible with any credential of an App, and spends nothing.
func (s GitHubApp) Renewal(c Credential) Renewal {
	return Renewal{Possible: s.belongs(opRenew, c) == nil}
}

// Renew asks for a token, once. That the installation is gone is [TokenRefused], that the App isn't known or its key is
// another [TokenApp].
func (s GitHubApp) Renew(ctx context.Context, call TokenCall, c Credential) (Credential, error) {
	if err := s.belongs(opRenew, c); err != nil {
		return Credential{}, err
	}
	assertion, why := s.assertion(call.clientFor(c), asker{call: call}.now())
	if why != "" {
		return Credential{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "client.key", Reason: why}
	}
	r := newLoginRun(s.Kind(), opToken, call, c, map[string]string{"assertion": assertion}, []LoginStep{s.step()}, 0)
	r.secrets = r.secrets.with(call.Client.Key, call.Client.Secret)
	got, err := r.renew(ctx, "token")
	var failed *TokenError
	if errors.As(err, &failed) && failed.Cause == TokenRejected && failed.Status == http.StatusUnauthorized {
		failed.Cause = TokenApp
	}
	return got, err
}

// step is the exchange.
func (s GitHubApp) step() LoginStep {
	p := LoginStep{
		URL: s.url(),
		Headers: map[string]string{"Accept": "application/vnd.github+json", "Authorization": "Bearer {client.assertion}",
			"X-GitHub-Api-Version": gitHubVersion},
		Answer: LoginAnswer{
			Values:          []LoginValue{{Name: valueAccessToken, Path: "token"}},
			Expires:         &LoginExpiry{Path: "expires_at", Form: ExpiryISO},
			Description:     "message",
			RefusedStatuses: []int{gitHubStatusGone},
		},
	}
	if len(s.Repositories)+len(s.Permissions) > 0 {
		// Strings alone, which can always be written; none has a brace, which would make it a template.
		p.JSON, _ = json.Marshal(struct {
			Permissions  map[string]string `json:"permissions,omitempty"`
			Repositories []string          `json:"repositories,omitempty"`
		}{s.Permissions, s.Repositories})
	}
	return p
}

// assertion makes the JWT that says who the App is.
func (s GitHubApp) assertion(client Client, now time.Time) (text, why string) {
	if client.ID == "" {
		return "", "can't be used without the client's ID; give the App's client ID"
	}
	key, why := signingKey(client.Key.Reveal(), jwt.SigningMethodRS256)
	if why != "" {
		return "", why
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": client.ID, "iat": now.Add(-gitHubDrift).Unix(), "exp": now.Add(gitHubAssertion).Unix(),
	}).SignedString(key)
	if err != nil { // which may say something of the key
		return "", "can't sign with RS256; give the App's private key"
	}
	return text, ""
}

// gitHubAppPlain is a GitHubApp without methods.
type gitHubAppPlain GitHubApp

// MarshalJSON writes {"kind":"github_app"} and the fields that are set. It fails if Use has no written form.
func (s GitHubApp) MarshalJSON() ([]byte, error) {
	if err := s.carrier().marshalable(); err != nil {
		return nil, err
	}
	return written.Marshal(s.Kind(), gitHubAppPlain(s))
}
