package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// The variables that a client is read from, where --credential-env names none.
const (
	envClientID     = "WAYGATE_CLIENT_ID"
	envClientSecret = "WAYGATE_CLIENT_SECRET"
)

// kind is a way to read a credential of an environment variable's text.
type kind struct {
	name, help string
	read       func(text string) (auth.Credential, bool)
}

func kinds() []kind {
	return []kind{
		{"token", "a bearer token", func(s string) (auth.Credential, bool) { return auth.Token(s), true }},
		{"api_key", "an API key", func(s string) (auth.Credential, bool) { return auth.APIKey(s), true }},
		{"user_password", "user:password", pair(auth.UserPassword)},
		{"fields", "a JSON object of texts, for a scheme with names of its own", fields},
		{"access_token", "an OAuth 2 access token that you have already", func(s string) (auth.Credential, bool) {
			return auth.Grant(s, "", time.Time{}), true
		}},
		{"client_credentials", "an OAuth 2 client, client_id:client_secret, with which a token is got first", pair(auth.ClientCredentials)},
	}
}

func kindNames() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

func kindsHelp() string {
	var b strings.Builder
	for _, k := range kinds() {
		_, _ = fmt.Fprintf(&b, "  %-19s %s\n", k.name, k.help)
	}
	return b.String() + `
A client is read from ` + envClientID + ` and ` + envClientSecret + ` where
--credential-env isn't given. The token is asked for at the token URL of FILE, or at
--token-url, with --scope; not in a dry run.`
}

func pair(credential func(a, b string) auth.Credential) func(string) (auth.Credential, bool) {
	return func(text string) (auth.Credential, bool) {
		a, b, ok := strings.Cut(text, ":")
		return credential(a, b), ok && a != ""
	}
}

func fields(text string) (auth.Credential, bool) {
	var values map[string]string
	if json.Unmarshal([]byte(text), &values) != nil || len(values) == 0 {
		return auth.Credential{}, false
	}
	return auth.Fields(values), true
}

// credential says where a credential is, and what.
type credential struct{ env, kind string }

// read takes it from the environment; the zero credential if none is named. No error repeats any of it.
func (c credential) read(s streams) (auth.Credential, error) {
	usage := func(format string, args ...any) (auth.Credential, error) {
		return auth.Credential{}, &failure{exitUsage, fmt.Errorf(format, args...)}
	}
	for _, k := range kinds() {
		switch {
		case k.name != c.kind:
			continue
		case c.env == "" && k.name == "client_credentials":
			id, secret := s.env(envClientID), s.env(envClientSecret)
			if id == "" || secret == "" {
				return usage("the environment has no %s, or no %s: set both, or name a variable with --credential-env", envClientID, envClientSecret)
			}
			return auth.ClientCredentials(id, secret), nil
		case c.env == "":
			return auth.Credential{}, nil
		}
		text := s.env(c.env)
		if text == "" {
			return usage("--credential-env: the environment has no %s, or it is empty", c.env)
		}
		cred, ok := k.read(text)
		if !ok {
			return usage("%s: write it as --credential-kind %s has it: %s", c.env, k.name, k.help)
		}
		return cred, nil
	}
	return usage("--credential-kind: %q is none: %s", c.kind, strings.Join(kindNames(), ", "))
}

// signing is how requests are signed, in the place of what a file says.
type signing struct {
	scheme, tokenURL string
	scopes           []string
}

// auth is the scheme; nil if the file's is taken.
func (o signing) auth() (auth.Scheme, error) {
	switch {
	case o.tokenURL == "" && len(o.scopes) > 0:
		return nil, &failure{exitUsage, fmt.Errorf("--scope is for --token-url: give that, too")}
	case o.tokenURL == "":
		return schemeOf(o.scheme)
	case o.scheme != "":
		return nil, &failure{exitUsage, fmt.Errorf("--auth and --token-url are two ways to sign: give one")}
	}
	scheme := auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: o.tokenURL, Scopes: o.scopes}
	if err := scheme.Validate(); err != nil {
		return nil, &failure{exitUsage, fmt.Errorf("--token-url: %w", err)}
	}
	return scheme, nil
}

// tokenURLs are where a scheme gets tokens.
func tokenURLs(s auth.Scheme) (list []string) {
	switch s := s.(type) {
	case auth.OAuth2:
		return []string{s.TokenURL}
	case auth.Any:
		for _, x := range s.Schemes {
			list = append(list, tokenURLs(x)...)
		}
	case auth.All:
		for _, x := range s.Schemes {
			list = append(list, tokenURLs(x)...)
		}
	}
	return list
}

// withoutAsking makes a dry run possible that would need what it may not ask for, or hasn't been given: a client gets no
// token, so a word stands for it; without a credential nothing is signed.
func withoutAsking(s streams, cred auth.Credential, api waygate.Integration) (auth.Credential, waygate.Integration) {
	switch {
	case cred.Kind == "" && api.Auth != nil && api.Auth.Accepts(cred) != nil:
		_, _ = fmt.Fprintln(s.err, "waygate: no --credential-env is given, so the request is shown unsigned")
		api.Auth = auth.None{}
		if h, ok := api.Actions[0].(waygate.HTTPAction); ok {
			h.Auth = nil
			api.Actions = []waygate.Action{h}
		}
	case cred.Kind == auth.ClientCredentials("", "").Kind && cred.Values["access_token"].IsZero():
		_, _ = fmt.Fprintln(s.err, "waygate: a dry run asks for no token: one would be got before this request")
		cred = auth.Grant("a-token-that-was-not-asked-for", "", time.Time{})
	}
	return cred, api
}
