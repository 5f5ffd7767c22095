package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/secret"
)

// question is what one request asks, before the client puts its name to it.
type question struct {
	op       string            // of the TokenError
	field    string            // the definition's field with the URL
	url      string            // that URL, a template
	extra    map[string]string // parameters of the definition's field extraIn, templates
	extraIn  string
	standard map[string]string // parameters by their standard names
	silent   bool              // an answer of success needs no body
}

// asker sends the questions of one method call.
type asker struct {
	scheme     OAuth2
	call       TokenCall
	client     Client
	cred       Credential
	parameters map[string]string // of the templates
}

// asker makes one for a credential, which may bring a client of its own.
func (s OAuth2) asker(call TokenCall, c Credential) asker {
	return asker{scheme: s, call: call, client: call.clientFor(c), cred: c, parameters: call.Parameters}
}

func (a asker) now() time.Time {
	if a.call.Now != nil {
		return a.call.Now()
	}
	return time.Now()
}

// made is a request that can be sent.
type made struct {
	request *http.Request
	secrets knownSecrets
}

// request makes the one request of q. Every error is an *Error.
func (a asker) request(ctx context.Context, q question) (made, error) {
	if a.call.HTTP == nil {
		return made{}, a.bad("http", "there is no HTTP client to ask with; set TokenCall.HTTP")
	}
	target, params, headers, err := a.expand(q)
	if err != nil {
		return made{}, err
	}
	standard := maps.Clone(q.standard)
	inQuery := map[string]string{}
	basic, err := a.authenticate(standard, inQuery)
	if err != nil {
		return made{}, err
	}
	secrets := a.secrets(standard, inQuery, params, headers)
	a.renamed(params, standard)
	query := map[string]string{}
	a.renamed(query, inQuery)
	r, err := a.write(ctx, q.field, joinQuery(target, a.scheme.pairs(query, "", "%20")), params)
	if err != nil {
		return made{}, err
	}
	for name, v := range headers {
		setHeader(r, name, v)
	}
	if basic != "" {
		r.Header.Set("Authorization", basic)
	}
	if r, err = a.present(r); err != nil {
		return made{}, err
	}
	return made{request: r, secrets: secrets}, nil
}

// expand gives what the definition says about a question.
func (a asker) expand(q question) (target string, params, headers map[string]string, err error) {
	if target, err = expandURL(q.field, q.url, a.parameters); err != nil {
		return "", nil, nil, err
	}
	if params, err = expandMap(q.extraIn, template.Text, q.extra, a.parameters); err != nil {
		return "", nil, nil, err
	}
	headers, err = expandMap("token_headers", template.Header, a.scheme.TokenHeaders, a.parameters)
	return target, params, headers, err
}

// renamed puts standard parameters, under the provider's names, over what is in params.
func (a asker) renamed(params, standard map[string]string) {
	for name, v := range standard {
		if name, ok := a.scheme.rename(name); ok {
			params[name] = v
		}
	}
}

// authenticate adds what proves who the client is, and gives the Authorization header if that is the way.
func (a asker) authenticate(params, inQuery map[string]string) (basic string, err error) {
	id, key := a.client.ID, a.client.Secret.Reveal()
	how := a.scheme.clientAuth()
	if id == "" {
		if how == ClientAuthNone {
			return "", nil
		}
		return "", a.bad("client.id", "is missing; give the client that is registered with the provider, to a gateway with PutApp")
	}
	if key == "" && (how == ClientAuthBasic || how == ClientAuthBasicRaw) {
		how = ClientAuthNone
	}
	switch how {
	case ClientAuthBasic:
		return basicValue(url.QueryEscape(id), url.QueryEscape(key)), nil
	case ClientAuthBasicRaw:
		if strings.Contains(id, ":") || strings.ContainsFunc(id+key, isControl) {
			return "", a.bad("client.id", "has a colon, or it or the secret a control character, which basic_raw can't carry; use basic")
		}
		return basicValue(id, key), nil
	case ClientAuthQuery:
		inQuery[paramClientID] = id
		if key != "" {
			inQuery[paramClientSecret] = key
		}
	case ClientAuthPrivateKey:
		params[paramClientID] = id
		params[paramAssertionType] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
		params[paramClientAssertion], err = a.clientAssertion()
	default:
		params[paramClientID] = id
		if key != "" && how == ClientAuthBody {
			params[paramClientSecret] = key
		}
	}
	return "", err
}

// secrets knows all that the request says and nobody should see.
func (a asker) secrets(standard, inQuery, params, headers map[string]string) knownSecrets {
	k := knownSecrets{redact: (*secret.Redactor)(nil).Pair(secret.New(a.client.ID), a.client.Secret)}
	for _, m := range []map[string]string{params, headers} {
		for _, v := range m {
			k.redact = k.redact.With(secret.New(v)) // not known to be secret, and too short ones aren't
		}
	}
	for _, m := range []map[string]string{standard, inQuery} {
		for name, v := range m {
			if isSecretParam(name) {
				k = k.with(secret.New(v))
			}
		}
	}
	for name, v := range a.cred.Values {
		switch name {
		case valueClientID, valueClientKeyID, valueUser:
			k.redact = k.redact.With(v)
		default:
			k = k.with(v)
		}
	}
	return k.with(a.client.Secret, a.client.Key)
}

// write puts the parameters where the definition wants them.
func (a asker) write(ctx context.Context, field, target string, params map[string]string) (*http.Request, error) {
	scope, _ := a.scheme.rename(paramScope)
	var body []byte
	contentType := ""
	switch a.scheme.BodyFormat {
	case BodyQuery:
		target = joinQuery(target, a.scheme.pairs(params, scope, "%20"))
	case BodyJSON:
		for name, v := range params {
			if !utf8.ValidString(v) {
				return nil, a.bad("parameters."+name, "is not valid UTF-8, which no JSON body can carry")
			}
		}
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if enc.Encode(params) != nil {
			return nil, a.bad("body_format", "the parameters can't be written as JSON; use form")
		}
		body, contentType = bytes.TrimRight(out.Bytes(), "\n"), "application/json"
	default:
		body, contentType = []byte(a.scheme.pairs(params, scope, "+")), "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil { // which would quote the URL
		return nil, a.bad(field, "the URL can't be used with these parameters; correct those of the connection")
	}
	r.GetBody = nil // so that net/http can't send it again
	r.Header.Set("Accept", "application/json")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	} else {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	return r, nil
}

// present gives the request the client's certificate, if that is the way, and also beside another one: some providers ask
// for both.
func (a asker) present(r *http.Request) (*http.Request, error) {
	if a.scheme.clientAuth() != ClientAuthTLS && a.client.Certificate == "" {
		return r, nil
	}
	identity, err := egress.NewIdentity(secret.New(a.client.Certificate), a.client.Key, "")
	if err != nil {
		return nil, &Error{Op: opRequest, Scheme: a.scheme.Kind(), Field: "client.certificate", Err: err}
	}
	return r.WithContext(egress.WithIdentity(r.Context(), identity)), nil
}

func (a asker) bad(field, reason string) error {
	return &Error{Op: opRequest, Scheme: a.scheme.Kind(), Field: field, Reason: reason}
}

// random reads bytes for a JWT's id.
func (a asker) random(n int) (string, error) {
	from := a.call.Rand
	if from == nil {
		from = randReader()
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(from, raw); err != nil {
		return "", &Error{Op: opRequest, Scheme: a.scheme.Kind(), Field: "rand", Reason: "there are no random bytes", Err: err}
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// pairs writes parameters in the order of their names, spaces as said. A "+" between scopes stays as it is; scope is what
// they are called.
func (s OAuth2) pairs(params map[string]string, scope, space string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(params)) {
		v := url.QueryEscape(params[name])
		if name == scope && s.separator() == "+" {
			v = strings.ReplaceAll(v, "%2B", "+")
		} else {
			v = strings.ReplaceAll(v, "+", space)
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(strings.ReplaceAll(url.QueryEscape(name), "+", space))
		b.WriteByte('=')
		b.WriteString(v)
	}
	return b.String()
}
