package auth_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/waygate-go/waygate/auth"
)

// FuzzLoginAnswer reads any answer in any format: what comes of it is a credential that can be kept and used, or an error
// that says nothing of the token.
func FuzzLoginAnswer(f *testing.F) {
	for format, body := range []string{
		`{"a":{"token":"new-token-0123"},"until":60}`,
		`<a x="1"><token>new-token-0123</token><until>2026-05-04T13:00:00Z</until></a>`,
		" new-token-0123\n",
	} {
		f.Add(200, body, uint8(format), "a.token", "until", uint8(0), "sid=c; Max-Age=60")
	}
	f.Add(200, `<?xml version="1.0" encoding="ISO-8859-1"?><a><b/><b c="d">t</b></a>`, uint8(1), "a.b[1]", "a.b[1]['@c']", uint8(3), "")
	f.Add(500, `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, uint8(1), "a", "", uint8(1), "sid=")
	f.Add(200, strings.Repeat("<a>", 5000), uint8(1), "a.a", "a", uint8(2), "sid=a; Expires=x")
	f.Add(200, `<a>`+strings.Repeat("<b/>", 300)+`</a>`, uint8(1), "a.b[299]", "a", uint8(2), "")
	f.Add(401, `{"code":"new-token-0123","a":"new-token-0123"}`, uint8(0), "a", "code", uint8(4), "")
	formats := []auth.LoginFormat{auth.FormatJSON, auth.FormatXML, auth.FormatText}
	forms := []auth.ExpiryForm{"", auth.ExpiryEpoch, auth.ExpiryEpochMillis, auth.ExpiryISO, auth.ExpiryDuration, auth.ExpiryJWT}
	f.Fuzz(func(t *testing.T, status int, body string, format uint8, path, expires string, form uint8, cookie string) {
		s := plainLogin()
		s.Steps[0].Answer = auth.LoginAnswer{
			Format: formats[int(format)%3], Values: append(token(path), auth.LoginValue{Name: "sid", From: auth.FromCookie, Path: "sid", Keep: true, Optional: true},
				auth.LoginValue{Name: "code", From: auth.FromRedirect, Path: "sid", Keep: true, Optional: true}),
			Expires: &auth.LoginExpiry{Path: expires, Form: forms[int(form)%6]}, Error: "code", Description: "text",
		}
		if format%3 == 2 {
			s.Steps[0].Answer.Error, s.Steps[0].Answer.Description = "", ""
		}
		if s.Validate() != nil || status < 200 || status > 599 {
			return
		}
		p := &script{replies: []reply{{status: status, headers: []string{"Set-Cookie: " + cookie, "Location: https://app.example.com/?" + cookie}, body: body}}}
		got, err := s.Renew(t.Context(), p.call(), auth.UserPassword("somebody@example.com", "a-password"))
		if err != nil {
			var e *auth.TokenError
			if !errors.As(err, &e) || e.Cause == "" || len(e.Code) > 64 || len(e.Description) > 200 {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "a-password") {
				t.Fatalf("the error says the password: %v", err)
			}
			return
		}
		if _, err := got.Encode(); err != nil {
			t.Fatalf("the credential can't be kept: %v", err)
		}
		if !got.Expires.IsZero() && got.Expires.Year() > 9999 {
			t.Fatalf("expires at %v", got.Expires)
		}
		if err := s.Accepts(got); err != nil && !strings.Contains(err.Error(), "header Authorization") {
			t.Fatalf("the credential can't be used: %v", err)
		}
	})
}

// FuzzLoginValues sends any values in every kind of body and finds them again with a reader of that kind.
func FuzzLoginValues(f *testing.F) {
	for _, v := range []string{"plain", `"}],{`, "</a><b>", "]]>&amp;", "a&b=c%20+", "{credential.user}${env.X}{{", "\r\n\t", "ä\u2028", "\ufffe", "\x00", "\xff", ""} {
		f.Add(v, "second")
	}
	body := func(t *testing.T, step auth.LoginStep, user, password string) (string, bool) {
		step.URL, step.Answer = "https://id.example.com/", auth.LoginAnswer{Values: token("t")}
		s := auth.Login{Steps: []auth.LoginStep{step}}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		p := &script{replies: []reply{{status: 200, body: `{"t":"a-token"}`}}}
		_, err := s.Renew(t.Context(), p.call(), auth.UserPassword(user, password))
		if err != nil {
			return "", false
		}
		_, text, _ := strings.Cut(p.wire.asked[0], "\n\n")
		return text, true
	}
	f.Fuzz(func(t *testing.T, user, password string) {
		if !utf8.ValidString(user + password) {
			return
		}
		if text, ok := body(t, auth.LoginStep{JSON: json.RawMessage(`{"u":["{credential.user}"],"p":"<{credential.password}>"}`)}, user, password); ok {
			var got struct {
				U []string `json:"u"`
				P string   `json:"p"`
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.U) != 1 || got.U[0] != user || got.P != "<"+password+">" {
				t.Fatalf("JSON: %q (%v)", text, err)
			}
		}
		if text, ok := body(t, auth.LoginStep{Form: map[string]string{"u": "{credential.user}", "p": "{credential.password}"}}, user, password); ok {
			got, err := url.ParseQuery(text)
			if err != nil || len(got) != 2 || got.Get("u") != user || got.Get("p") != password {
				t.Fatalf("form: %q (%v)", text, err)
			}
		}
		if text, ok := body(t, auth.LoginStep{XML: `<a u="{credential.user}">{credential.password}</a>`}, user, password); ok {
			var got struct {
				U string `xml:"u,attr"`
				P string `xml:",chardata"`
			}
			dec := xml.NewDecoder(strings.NewReader(text))
			if err := dec.Decode(&got); err != nil || got.U != user || got.P != password {
				t.Fatalf("XML: %q is %q (%v)", text, got, err)
			}
			if _, err := dec.Token(); !errors.Is(err, io.EOF) {
				t.Fatalf("XML: %q goes on", text)
			}
		}
	})
}
