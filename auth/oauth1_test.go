package auth_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

// requestOf makes one with headers as "Name: value" lines.
func requestOf(t testing.TB, method, url, body string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return r
}

const formType = "Content-Type: application/x-www-form-urlencoded"

// testPrincipal is the RSA key of the OAuth community's page "TestCases", section 9.3.
const testPrincipal = `-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALRiMLAh9iimur8V
A7qVvdqxevEuUkW4K+2KdMXmnQbG9Aa7k7eBjK1S+0LYmVjPKlJGNXHDGuy5Fw/d
7rjVJ0BLB+ubPK8iA/Tw3hLQgXMRRGRXXCn8ikfuQfjUS1uZSatdLB81mydBETlJ
hI6GH4twrbDJCR2Bwy/XWXgqgGRzAgMBAAECgYBYWVtleUzavkbrPjy0T5FMou8H
X9u2AC2ry8vD/l7cqedtwMPp9k7TubgNFo+NGvKsl2ynyprOZR1xjQ7WgrgVB+mm
uScOM/5HVceFuGRDhYTCObE+y1kxRloNYXnx3ei1zbeYLPCHdhxRYW7T0qcynNmw
rn05/KO2RLjgQNalsQJBANeA3Q4Nugqy4QBUCEC09SqylT2K9FrrItqL2QKc9v0Z
zO2uwllCbg0dwpVuYPYXYvikNHHg+aCWF+VXsb9rpPsCQQDWR9TT4ORdzoj+Nccn
qkMsDmzt0EfNaAOwHOmVJ2RVBspPcxt5iN4HI7HNeG6U5YsFBb+/GZbgfBT3kpNG
WPTpAkBI+gFhjfJvRw38n3g/+UeAkwMI2TJQS4n8+hid0uus3/zOjDySH3XHCUno
cn1xOJAyZODBo47E+67R4jV1/gzbAkEAklJaspRPXP877NssM5nAZMU0/O/NGCZ+
3jPgDUno6WbJn5cqm8MqWhW1xGkImgRk+fkDBquiq4gPiT898jusgQJAd5Zrr6Q8
AO/0isr/3aa6O6NLQxISLKcPDk2NOccAfS/xOtfOz4sJYM3+Bs4Io9+dZGSDCA54
Lw03eHTNQghS0A==
-----END PRIVATE KEY-----
`

func TestOAuth1Vectors(t *testing.T) {
	t.Parallel()
	const body = "c2&a3=2+q"
	keys := func(consumer, token string) auth.Credential {
		return auth.Fields(map[string]string{"consumer_key": "unused", "consumer_secret": consumer, "token": "unused", "token_secret": token})
	}
	rfc := [][2]string{{"oauth_consumer_key", "9djdj82h48djs9d2"}, {"oauth_token", "kkk9d7dh3k39sjv7"}, {"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", "137131201"}, {"oauth_nonce", "7d8f3e4a"}}
	photos := func(timestamp, nonce string, more ...[2]string) [][2]string {
		return append([][2]string{{"oauth_consumer_key", "dpf43f3p2l4k3l03"}, {"oauth_signature_method", "HMAC-SHA1"},
			{"oauth_timestamp", timestamp}, {"oauth_nonce", nonce}}, more...)
	}
	const rfcBase = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26" +
		"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26" +
		"oauth_token%3Dkkk9d7dh3k39sjv7"
	rfcRequest := func() *http.Request {
		return requestOf(t, "POST", "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", body, formType)
	}
	oauthlib := keys("ECrDNoq1VYzzzzzzzzzyAK7TwZNtPnkqatqZZZZ", "just-a-string    asdasd")
	for name, tt := range map[string]struct {
		scheme          auth.OAuth1
		r               *http.Request
		c               auth.Credential
		parameters      [][2]string
		base, signature string // not compared if empty
	}{
		"RFC 5849, 3.4.1.1": {auth.OAuth1{}, rfcRequest(), keys("s", "t"), rfc, rfcBase, ""},
		"RFC 5849, 1.2, initiate": {auth.OAuth1{Method: auth.OAuth1HMACSHA1, NoToken: true}, requestOf(t, "POST", "https://photos.example.net/initiate", ""),
			keys("kd94hf93k423kf44", ""), photos("137131200", "wIjqoS", [2]string{"oauth_callback", "http://printer.example.com/ready"}), "", "74KNZJeDHnMBp0EMJ9ZHt/XKycU="},
		"RFC 5849, 1.2, token": {auth.OAuth1{Method: auth.OAuth1HMACSHA1}, requestOf(t, "POST", "https://photos.example.net/token", ""),
			keys("kd94hf93k423kf44", "hdhd0244k9j7ao03"), photos("137131201", "walatlh", [2]string{"oauth_token", "hh5s93j4hdidpola"},
				[2]string{"oauth_verifier", "hfdp7dh39dks9884"}), "", "gKgrFCywp7rO0OXSjdot/IHF7IU="},
		"RFC 5849, 1.2, photos": {auth.OAuth1{Method: auth.OAuth1HMACSHA1}, requestOf(t, "GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", ""),
			keys("kd94hf93k423kf44", "pfkkdhi9sl3r4s00"), photos("137131202", "chapoH", [2]string{"oauth_token", "nnch734d00sl2jdk"}), "", "MdpQcU8iPSUjWoN/UDMsK2sui9I="},
		"Twitter, Creating a signature": {auth.OAuth1{Method: auth.OAuth1HMACSHA1},
			requestOf(t, "post", "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
				"status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21", formType),
			keys("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
			[][2]string{{"oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"}, {"oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"},
				{"oauth_signature_method", "HMAC-SHA1"}, {"oauth_timestamp", "1318622958"},
				{"oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"}, {"oauth_version", "1.0"}}, "", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="},
		"OAuth TestCases, 9.3": {auth.OAuth1{Method: auth.OAuth1RSASHA1, NoToken: true}, requestOf(t, "GET", "http://photos.example.net/photos?file=vacaction.jpg&size=original", ""),
			auth.Fields(map[string]string{"consumer_key": "unused", "private_key": testPrincipal}),
			[][2]string{{"oauth_consumer_key", "dpf43f3p2l4k3l03"}, {"oauth_signature_method", "RSA-SHA1"}, {"oauth_timestamp", "1196666512"},
				{"oauth_nonce", "13917289812797014437"}, {"oauth_version", "1.0"}}, "",
			"jvTp/wX1TYtByB1m+Pbyo0lnCOLIsyGCH7wke8AUs3BpnwZJtAuEJkvQL2/9n4s5wUmUl4aCI4BwpraNx4RtEXMe5qg5T1LVTGliMRpKasKsW//e+RinhejgCuzoH26dyF8iY2ZZ/5D1ilgeijhV/vBka5twt399mXwaYdCwFYE="},
		"oauthlib, SHA-1":   {auth.OAuth1{Method: auth.OAuth1HMACSHA1}, rfcRequest(), oauthlib, rfc, rfcBase, "wsdNmjGB7lvis0UJuPAmjvX/PXw="},
		"oauthlib, SHA-256": {auth.OAuth1{}, rfcRequest(), oauthlib, rfc, rfcBase, "wdfdHUKXHbOnOGZP8WFAWMSAmWzN3EVBWWgXGlC/Eo4="},
		"oauthlib, SHA-512": {auth.OAuth1{Method: auth.OAuth1HMACSHA512}, rfcRequest(), oauthlib, rfc, rfcBase,
			"u/vlyZFDxOWOZ9UUXwRBJHvq8/T4jCA74ocRmn2ECnjUBTAeJiZIRU8hDTjS88Tz1fGONffMpdZxUkUTW3k1kg=="},
		"RFC 5849, 2.1, plaintext": {auth.OAuth1{Method: auth.OAuth1Plaintext}, rfcRequest(), keys("ja893SD9", "xyz4992k83j47x0b"), rfc, "", "ja893SD9&xyz4992k83j47x0b"},
		"RFC 5849, 3.4.1.2, port": {auth.OAuth1{}, requestOf(t, "GET", "http://EXAMPLE.COM:80/r%20v/X?id=123", ""), keys("s", "t"), nil,
			"GET&http%3A%2F%2Fexample.com%2Fr%2520v%2FX&id%3D123", ""},
		"RFC 5849, 3.4.1.2, other port": {auth.OAuth1{}, requestOf(t, "GET", "https://www.example.net:8080/?q=1", ""), keys("s", "t"), nil,
			"GET&https%3A%2F%2Fwww.example.net%3A8080%2F&q%3D1", ""},
		"a body that is no form": {auth.OAuth1{}, requestOf(t, "PUT", "https://h.test", "a=1", "Content-Type: text/plain"), keys("s", "t"), nil, "PUT&https%3A%2F%2Fh.test%2F&", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, signature, err := auth.OAuth1Vector(tt.scheme, tt.r, tt.c, tt.parameters)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.base, base); tt.base != "" && diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.signature, signature); tt.signature != "" && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOAuth1OnTheWire shows the header of a token-based variant, as NetSuite describes it ("The Authorization Headers",
// SuiteTalk REST Web Services API Guide), and the query.
func TestOAuth1OnTheWire(t *testing.T) {
	t.Parallel()
	c := auth.Fields(map[string]string{"consumer_key": "ck", "consumer_secret": "cs", "token": "t/k", "token_secret": "ts", "account": "1234567_SB1"})
	for name, tt := range map[string]struct {
		scheme auth.OAuth1
		want   string
	}{
		"header": {auth.OAuth1{Realm: "{account}"}, `/r?a=1|Authorization: OAuth realm="1234567_SB1", oauth_consumer_key="ck", ` +
			`oauth_nonce="abababababababababababababababab", oauth_signature="SIG", oauth_signature_method="HMAC-SHA256", ` +
			`oauth_timestamp="1767225600", oauth_token="t%2Fk", oauth_version="1.0"||`},
		"query": {auth.OAuth1{In: auth.InQuery, NoVersion: true, NoToken: true, Method: auth.OAuth1Plaintext},
			"/r?a=1&oauth_consumer_key=ck&oauth_nonce=abababababababababababababababab&oauth_signature=cs%26&" +
				"oauth_signature_method=PLAINTEXT&oauth_timestamp=1767225600||"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := requestOf(t, "GET", "https://api.example.com/r?a=1", "")
			r.Header["User-Agent"] = nil
			if err := tt.scheme.Authorize(still(t.Context()), r, c); err != nil {
				t.Fatal(err)
			}
			got := regexp.MustCompile(`oauth_signature="[^"]*"`).ReplaceAllString(sent(t, r), `oauth_signature="SIG"`)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOAuth1Refuses(t *testing.T) {
	t.Parallel()
	for field, s := range map[string]auth.OAuth1{
		"method": {Method: "HMAC-MD5"}, "in": {In: auth.InBody}, "realm": {Realm: "{path}"}, "realm ": {Realm: "{", In: auth.InHeader},
		"realm=": {Realm: "x", In: auth.InQuery},
	} {
		var e *auth.Error
		if err := s.Validate(); !errors.As(err, &e) || e.Field != strings.Trim(field, " =") || e.Op != "validate" {
			t.Errorf("%+v: %v", s, err)
		}
	}
	c := auth.Fields(map[string]string{"consumer_key": "ck", "consumer_secret": "cs", "token": "t", "token_secret": "ts", "account": `a"b`})
	for field, r := range map[string]*http.Request{
		"query": requestOf(t, "GET", "https://h.test/?a=%zz", ""), "body": requestOf(t, "POST", "https://h.test/", "%zz", formType),
		"body ": requestOf(t, "POST", "https://h.test/", strings.Repeat("x", 10<<20+1), formType),
	} {
		var e *auth.Error
		if err := (auth.OAuth1{}).Authorize(t.Context(), r, c); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := (auth.OAuth1{Realm: "{account}"}).Accepts(c); err == nil {
		t.Error("a quotation mark gets into the realm")
	}
}
