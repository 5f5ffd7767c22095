package waygate_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// endpoint is one that logins ask.
type endpoint = func(*shapeProvider, *http.Request, []byte) (status int, body string)

// jsonLogin asks for a challenge, and answers it with an HMAC whose key is the password.
func jsonLogin() shape {
	return shape{
		scheme: auth.Login{
			Steps: []auth.LoginStep{
				{URL: shapeBase + "/login/start", JSON: json.RawMessage(`{"auth":{"user":"{credential.user}","tenant":"{company}"}}`),
					Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "challenge", Path: "data.challenge"}, {Name: "flow", From: auth.FromHeader, Path: "X-Flow", Optional: true}}}},
				{Method: "PUT", URL: shapeBase + "/login/finish", JSON: json.RawMessage(`{"challenge":"{captured.challenge}","proof":"{hmac('sha256', credential.password, captured.challenge, company)}"}`),
					Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", Path: "session.id"}}, Expires: &auth.LoginExpiry{Path: "session.valid", Form: auth.ExpiryDuration},
						Error: "error.code", Description: "error.text", RefusedCodes: []string{"BAD_PROOF"}}},
			},
			Use: auth.Key{Name: "Authorization", Prefix: "Session ", Field: "access_token"},
		},
		parameters: map[string]string{"company": "Acme & \"Sons\""},
		good:       auth.UserPassword("ada", `a-"password"\0123`), wrong: mistaken(auth.UserPassword("ada", "another-password-0123")),
		kind: waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: sessionLapses,
		paths: map[string]endpoint{"/login/start": jsonStart, "/login/finish": jsonFinish},
		check: sessionIn("Authorization", "Session "),
	}
}

func jsonStart(p *shapeProvider, _ *http.Request, body []byte) (int, string) {
	var in struct{ Auth struct{ User, Tenant string } }
	if json.Unmarshal(body, &in) != nil || in.Auth.User != p.known["user"] || in.Auth.Tenant != p.shape.parameters["company"] {
		return 400, `{}`
	}
	p.known["challenge"] = rand.Text()
	return 200, `{"data":{"challenge":"` + p.known["challenge"] + `"}}`
}

func jsonFinish(p *shapeProvider, r *http.Request, body []byte) (int, string) {
	var in struct{ Challenge, Proof string }
	if r.Method != http.MethodPut || json.Unmarshal(body, &in) != nil || in.Challenge != p.known["challenge"] {
		return 400, `{}`
	}
	p.known["challenge"] = rand.Text() // which is good once
	mac := hmac.New(sha256.New, []byte(p.known["password"]))
	mac.Write([]byte(in.Challenge + p.shape.parameters["company"]))
	if in.Proof != hex.EncodeToString(mac.Sum(nil)) {
		return 403, `{"error":{"code":"BAD_PROOF","text":"no password of ` + p.known["user"] + `'s makes ` + in.Proof + `"}}`
	}
	return 200, `{"session":{"id":"` + p.begin("json") + `","valid":"1h"}}`
}

// sessionIn checks a session in a header.
func sessionIn(header, prefix string) func(*shapeProvider, *http.Request, []byte) string {
	return func(p *shapeProvider, r *http.Request, _ []byte) string {
		got, ok := strings.CutPrefix(r.Header.Get(header), prefix)
		if !ok || !p.open(got) || len(r.Header.Values(header)) != 1 {
			return "no open session"
		}
		return ""
	}
}

const soapOpen, soapClose = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>`, `</s:Body></s:Envelope>`

// xmlLogin is SOAP in two steps: a nonce, and a login whose digest holds nonce, time and password, as the username token
// of WS-Security has it.
func xmlLogin() shape {
	soap := func(action, body string, answer auth.LoginAnswer) auth.LoginStep {
		answer.Format, answer.Error, answer.Description = auth.FormatXML, "Envelope.Body.Fault.faultcode", "Envelope.Body.Fault.faultstring"
		answer.RefusedCodes = []string{"Client.Authentication"}
		return auth.LoginStep{URL: shapeBase + "/soap", Headers: map[string]string{"SOAPAction": action}, XML: soapOpen + body + soapClose, Answer: answer}
	}
	return shape{
		scheme: auth.Login{
			Steps: []auth.LoginStep{
				soap("GetNonce", `<GetNonce user="{credential.user}"/>`, auth.LoginAnswer{Values: []auth.LoginValue{
					{Name: "nonce", Path: "Envelope.Body.Nonce"}, {Name: "created", Path: "Envelope.Body.Nonce['@created']"}}}),
				soap("Login", `<Login><User>{credential.user}</User><Nonce created="{captured.created}">{captured.nonce}</Nonce>`+
					`<Digest>{base64(sha256(captured.nonce, captured.created, credential.password))}</Digest></Login>`,
					auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", Path: "Envelope.Body.Session[1].Id"}},
						Expires: &auth.LoginExpiry{Path: "Envelope.Body.Session[1].Until", Form: auth.ExpiryISO}}),
			},
			Use: auth.Key{In: auth.InCookie, Name: "SID", Field: "access_token"},
		},
		good: auth.UserPassword(`<ada> & "co"`, `a-<password>&0123`), wrong: mistaken(auth.UserPassword(`<ada> & "co"`, "another-password-0123")),
		kind: waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: sessionLapses,
		paths: map[string]endpoint{"/soap": soapServe},
		check: func(p *shapeProvider, r *http.Request, _ []byte) string {
			if c, err := r.Cookie("SID"); err != nil || !p.open(c.Value) {
				return "no open session"
			}
			return ""
		},
	}
}

// soapEnvelope is what the SOAP endpoint is sent.
type soapEnvelope struct {
	GetNonce *struct {
		User string `xml:"user,attr"`
	} `xml:"Body>GetNonce"`
	Login *struct {
		User, Digest string
		Nonce        struct {
			Created string `xml:"created,attr"`
			Text    string `xml:",chardata"`
		}
	} `xml:"Body>Login"`
}

func soapServe(p *shapeProvider, r *http.Request, body []byte) (int, string) {
	var in soapEnvelope
	if err := xml.Unmarshal(body, &in); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") {
		return 500, soapOpen + `<s:Fault><faultcode>Client</faultcode></s:Fault>` + soapClose
	}
	switch action := r.Header.Get("SOAPAction"); {
	case action == "GetNonce" && in.GetNonce != nil && in.GetNonce.User == p.known["user"]:
		p.known["nonce"], p.known["created"] = rand.Text()+"&<", p.now().UTC().Format(time.RFC3339)
		return 200, soapOpen + `<Nonce created="` + p.known["created"] + `"> ` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(p.known["nonce"]) + "\n</Nonce>" + soapClose
	case action == "Login" && in.Login != nil:
		digest := sha256.Sum256([]byte(p.known["nonce"] + p.known["created"] + p.known["password"]))
		if in.Login.Digest != base64.StdEncoding.EncodeToString(digest[:]) || in.Login.Nonce.Text != p.known["nonce"] ||
			in.Login.Nonce.Created != p.known["created"] || in.Login.User != p.known["user"] || !p.once(p.known["nonce"]) {
			return 500, soapOpen + `<s:Fault><faultcode>Client.Authentication</faultcode><faultstring>not ` + in.Login.Digest + `</faultstring></s:Fault>` + soapClose
		}
		session := p.begin("xml")
		return 200, soapOpen + `<Session><Id>none</Id></Session><Session><Id>` + session + `</Id><Until>` + p.ends.UTC().Format(time.RFC3339) + `</Until></Session>` + soapClose
	}
	return 400, ""
}

// headerToken is OAuth 2 whose tokens go into a header of the provider's own.
func headerToken() shape {
	return shape{
		scheme: auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: shapeBase + "/token", ClientAuth: auth.ClientAuthBasic, Scopes: []string{"things:write"},
			Use: auth.Key{Name: "X-Shop-Access-Token", Field: "access_token"}},
		good: auth.ClientCredentials("client-of-acme", "secret of+acme/0123"), wrong: mistaken(auth.ClientCredentials("client-of-acme", "another-secret-0123")),
		kind: waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: sessionLapses,
		paths: map[string]endpoint{"/token": func(p *shapeProvider, r *http.Request, body []byte) (int, string) {
			id, key, _ := r.BasicAuth()
			id, _ = url.QueryUnescape(id) // RFC 6749, section 2.3.1
			key, _ = url.QueryUnescape(key)
			form, err := url.ParseQuery(string(body))
			switch {
			case err != nil || form.Get("grant_type") != "client_credentials" || form.Get("scope") != "things:write" || form.Has("client_secret"):
				return 400, `{"error":"invalid_request"}`
			case id != p.known["client_id"] || key != p.known["client_secret"]:
				return 401, `{"error":"invalid_client","error_description":"the secret isn't ` + key + `"}`
			}
			return 200, `{"access_token":"` + p.begin("token") + `","token_type":"bearer","expires_in":"3600"}`
		}},
		check: func(p *shapeProvider, r *http.Request, body []byte) string {
			if r.Header.Get("Authorization") != "" {
				return "an Authorization, too"
			}
			return sessionIn("X-Shop-Access-Token", "")(p, r, body)
		},
	}
}

// gitHubInstallation is GitHub's: a JWT of the App's for a token of the installation's, of an hour.
func gitHubInstallation(known, other *rsa.PrivateKey) shape {
	return shape{
		scheme:     auth.GitHubApp{BaseURL: shapeBase + "/api", Permissions: map[string]string{"contents": "read"}},
		parameters: map[string]string{"installation_id": "42"},
		app:        platformApp(keyOf("Iv1.0123456789", pemOf(known))),
		good:       auth.Installation(),
		wrong: func(w *shapeWorld) auth.Credential {
			_, err := w.gw.PutApp(w.Context(), *platformApp(keyOf("Iv1.0123456789", pemOf(other))))
			must(w, err)
			w.secrets = append(w.secrets, pemOf(other))
			return auth.Installation()
		},
		kind: waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: sessionLapses,
		paths: map[string]endpoint{"/api/app/installations/42/access_tokens": func(p *shapeProvider, r *http.Request, body []byte) (int, string) {
			var in struct{ Permissions map[string]string }
			if json.Unmarshal(body, &in) != nil || in.Permissions["contents"] != "read" || r.Header.Get("Accept") != "application/vnd.github+json" {
				return 422, `{"message":"Unprocessable"}`
			}
			token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			if why := checkGitHubJWT(p, token, &known.PublicKey); why != "" {
				return 401, `{"message":"` + why + ": " + token + `"}`
			}
			token = p.begin("ghs")
			return 201, `{"token":"` + token + `","expires_at":"` + p.ends.UTC().Format(time.RFC3339) + `"}`
		}},
		check: sessionIn("Authorization", "Bearer "),
	}
}

func checkGitHubJWT(p *shapeProvider, token string, key *rsa.PublicKey) string {
	header, claims, signed, signature, why := openJWT(token)
	digest := sha256.Sum256([]byte(signed))
	iat, _ := claims["iat"].(float64)
	exp, _ := claims["exp"].(float64)
	switch now := p.now(); {
	case why != "":
		return why
	case header["alg"] != "RS256" || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil:
		return "a JSON web token could not be decoded"
	case claims["iss"] != "Iv1.0123456789":
		return "no such app"
	case time.Unix(int64(iat), 0).After(now), time.Unix(int64(exp), 0).Before(now), time.Unix(int64(exp), 0).After(now.Add(10 * time.Minute)):
		return "a claim of time is wrong"
	}
	return ""
}

// twoSecrets are a key in a header and one in another, of which the provider knows both.
func twoSecrets() shape {
	renewed := auth.Fields(map[string]string{"api_key": "renewed-api-key-0123", "app_key": "renewed-app-key-0123"})
	return shape{
		scheme: auth.Headers{Values: map[string]string{"DD-API-KEY": "api_key", "DD-APPLICATION-KEY": "app_key"}},
		good:   auth.Fields(map[string]string{"api_key": "an-api-key-0123", "app_key": "an-app-key-0123"}),
		wrong:  mistaken(auth.Fields(map[string]string{"api_key": "an-api-key-0123", "app_key": "another-app-key-0123"})),
		kind:   waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: keysLapse(renewed),
		check: func(p *shapeProvider, r *http.Request, _ []byte) string {
			return sameSecrets(p, map[string]string{"api_key": r.Header.Get("DD-API-KEY"), "app_key": r.Header.Get("DD-APPLICATION-KEY")})
		},
	}
}

// secretsApart are a pair in Authorization, a key in the query and another in the body.
func secretsApart() shape {
	fields := func(which string) auth.Credential {
		return auth.Fields(map[string]string{"user": "ada", "password": which + "-pässword-0123", "api_key": which + "&key=0123", "app_key": which + "-\"app\"-0123"})
	}
	return shape{
		scheme: auth.All{Schemes: []auth.Scheme{auth.Basic{}, auth.Key{In: auth.InQuery, Name: "api_key", Field: "api_key"}, auth.Key{In: auth.InBody, Name: "app_key", Field: "app_key"}}},
		good:   fields("first"), wrong: mistaken(fields("wrong")),
		kind: waygate.KindAuth, hint: waygate.HintRefreshCredentials, lapse: keysLapse(fields("second")),
		check: func(p *shapeProvider, r *http.Request, body []byte) string {
			var in map[string]any
			if err := json.Unmarshal(body, &in); err != nil || in["name"] != "thïng" {
				return "no such body"
			}
			key, _ := in["app_key"].(string)
			user, password, _ := r.BasicAuth()
			return sameSecrets(p, map[string]string{"user": user, "password": password, "api_key": r.URL.Query().Get("api_key"), "app_key": key})
		},
	}
}

func sameSecrets(p *shapeProvider, sent map[string]string) string {
	for name, v := range sent {
		if v == "" || subtle.ConstantTimeCompare([]byte(v), []byte(p.known[name])) != 1 {
			return name + " is wrong"
		}
	}
	return ""
}

// shapes are all of them.
func shapes(t *testing.T) map[string]shape {
	keys := newShapeKeys(t)
	return map[string]shape{
		"login in two steps, JSON":                 jsonLogin(),
		"login in two steps, XML":                  xmlLogin(),
		"token in a header of its own":             headerToken(),
		"GitHub App":                               gitHubInstallation(keys.rsa[0], keys.rsa[1]),
		"two secrets, two headers":                 twoSecrets(),
		"three secrets, header and query and body": secretsApart(),
		"HMAC over method, path, query and body":   hmacSigned(),
		"Ed25519 over time, method, path and body": ed25519Signed(keys),
		"JWT for each request, ES256":              jwtSigned("ES256", keys.ecPEM[0], keys.ecPEM[1], keys.verifyES256),
		"JWT for each request, EdDSA":              jwtSigned("EdDSA", keys.edPEM[0], keys.edPEM[1], keys.verifyEdDSA),
		"OAuth 1.0a, HMAC-SHA256 with a realm":     oauth1Signed(),
	}
}
