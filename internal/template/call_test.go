package template_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/template"
)

// env is a clock that stands still, and bytes that are all the same.
func env() template.Env {
	return template.Env{
		Now:    time.Date(2026, 3, 9, 18, 5, 7, 89_000_000, time.FixedZone("x", 3600)),
		Random: strings.NewReader(strings.Repeat("\xab", 1000)),
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	m := map[string]string{"user": "Aladdin", "password": "open sesame", "key": "Jefe", "data": "what do ya want for nothing?",
		"abc": "abc", "empty": "", "bad": "{abc}${env.X}{now('unix')}\n", "slash": "a/b?"}
	for _, tc := range []struct {
		name, src string
		place     template.Place
		want      string
	}{
		{"base64 of a pair, RFC 7617", "Basic {base64(user, ':', password)}", template.Header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"spaces mean nothing", "{ base64 ( user,\n\t\":\" ,password ) }", template.Text, "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"base64 of nothing", "[{base64(empty)}]", template.Text, "[]"},
		{"sha256, FIPS 180-2 B.1", "{sha256(abc)}", template.Text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"texts are joined", "{sha256('a', 'b', 'c')}", template.Text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"hmac-sha256, RFC 4231 2", "{hmac('sha256', key, data)}", template.Text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"hmac-sha1, RFC 2202 2", "{hmac('sha1', key, data)}", template.Text, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{"hmac-sha384, RFC 4231 2", "{hmac('sha384', key, data)}", template.Text, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
		{"hmac-sha512, RFC 4231 2", "{hmac('sha512', key, data)}", template.Text, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
		{"base64 of a digest has its bytes", "{base64(sha256(abc))}", template.Text, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
		{"in a query it is escaped", "{base64(sha256(abc))}", template.Query, "ungWv48Bz%2BpBQUDeXa4iI7ADYaOWF3qctBD%2FYfIAFa0%3D"},
		{"in a path too", "/{base64(slash)}/{base64(sha256(abc))}", template.Path, "/YS9iPw%3D%3D/ungWv48Bz%2BpBQUDeXa4iI7ADYaOWF3qctBD%2FYfIAFa0%3D"},
		{"base64 of a digest beside text has its digits", "{base64(sha256(abc), '')}", template.Text,
			"YmE3ODE2YmY4ZjAxY2ZlYTQxNDE0MGRlNWRhZTIyMjNiMDAzNjFhMzk2MTc3YTljYjQxMGZmNjFmMjAwMTVhZA=="},
		{"a digest in a digest has its digits", "{sha256(sha256(abc))}", template.Text, "dfe7a23fefeea519e9bbfdd1a6be94c4b2e4529dd6b7cbea83f9959c2621b13c"},
		{"a digest as a key has its bytes", "{hmac('sha256', hmac('sha256', key, data), abc)}", template.Text, "ab5e144c25188f8ce1497ee9c4eb2065aed7f0e807f966ccd95d02939dc655c2"},
		{"times", "{now('unix')} {now('unix_ms')} {now('iso')} {now('iso_ms')} {now('iso_basic')} {now('http')} {now('20060102')}", template.Text,
			"1773075907 1773075907089 2026-03-09T17:05:07Z 2026-03-09T17:05:07.089Z 20260309T170507Z Mon, 09 Mar 2026 17:05:07 GMT 20260309"},
		{"random", "{random(2)}-{random('3')}", template.Text, "abab-ababab"},
		{"quotes", `{base64('a"', "b'", '}', '\'\\\n', "\t\"")}`, template.Text, "YSJiJ30nXAoJIg=="},
		{"a value is never read again", "{sha256(bad)}|{base64(bad)}", template.Text,
			"0bb2db9f8fa400d49fdc11ee18db08f219fc6f2f76cd49dbb06e216ff125f022|e2FiY30ke2Vudi5YfXtub3coJ3VuaXgnKX0K"},
		{"beside references and literals", "{{{abc}:{sha256(abc)}}}", template.Text, "{abc:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad}"},
		{"four deep", "{base64(base64(base64(base64(abc))))}", template.Text, "VjFaa1MyRm5QVDA9"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := template.CompileCalls(tc.src, tc.place)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.ExpandCalls(env(), values(m))
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
			if text, ok := tmpl.Literal(); ok {
				t.Errorf("Literal = %q", text)
			}
			if _, err := template.Compile(tc.src, tc.place); err == nil || !strings.Contains(err.Error(), "functions can't be called here") {
				t.Errorf("Compile lets a call pass: %v", err)
			}
		})
	}
}

func TestCallsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ src, want string }{
		{"{md5(a)}", "base64, now, random, hmac and sha256"},
		{"{base64(a, sha1(b))}", "no function of that name"},
		{"{Base64(a)}", "no function of that name"},
		{"{base64()}", "takes other arguments: write base64(text, …)"},
		{"{sha256()}", "write sha256(text, …)"},
		{"{hmac('sha256', key)}", "write hmac('sha256', key, text, …)"},
		{"{hmac(key, a, b)}", "its hash first"},
		{"{hmac('md5', a, b)}", "its hash first"},
		{"{hmac(sha256(a), a, b)}", "its hash first"},
		{"{now()}", "write now('unix')"},
		{"{now('unix', 'iso')}", "write now('unix')"},
		{"{now('unixx')}", "wants a format"},
		{"{now('')}", "wants a format"},
		{"{now(a)}", "wants a format"},
		{"{random(0)}", "from 1 to 64"},
		{"{random(65)}", "from 1 to 64"},
		{"{random(99999999999999999999)}", "from 1 to 64"},
		{"{random(a)}", "from 1 to 64"},
		{"{base64(a)", "a call ends with ) and }"},
		{"{base64(a):-x}", "no default"},
		{"{base64(a)|b}", "no alternatives"},
		{"{base64(a", "a comma or )"},
		{"{base64(", "an argument is"},
		{"{base64(a b)}", "a comma or )"},
		{"{base64(a,)}", "an argument is"},
		{"{base64(,a)}", "an argument is"},
		{"{base64(-a)}", "an argument is"},
		{"{base64(1a)}", "an argument is"},
		{"{base64(${env.x})}", "an argument is"},
		{"{base64('a)}", "has no end"},
		{`{base64("a\q")}`, `after a \`},
		{`{base64("a\`, `after a \`},
		{"${base64(a)}", "unknown scope"},
		{"{base64(base64(base64(base64(base64(a)))))}", "four deep"},
		{"{base64(" + strings.Repeat("a,", 16) + "a)}", "16 arguments"},
	} {
		_, err := template.CompileCalls(tc.src, template.Text)
		var e *template.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.src, err, tc.want)
		}
	}
	if _, err := template.CompileCalls("{base64(a)}.example.com", template.Authority); err == nil {
		t.Error("a host may be computed")
	}
	if _, err := template.CompileURL("https://h.test/{base64(a)}"); err == nil {
		t.Error("a URL may be computed")
	}
}

func TestCallsFail(t *testing.T) {
	t.Parallel()
	known := map[string]string{"a": "canary-0123456789", "empty": "", "long": strings.Repeat("x", 64<<10+1)}
	dead := env()
	dead.Random = iotest.ErrReader(errors.New("no bytes"))
	for _, tc := range []struct {
		src  string
		env  template.Env
		name string // of the Ref in the error
		want string
	}{
		{"{now('unix')}", template.Env{}, "now()", "no clock"},
		{"{random(4)}", template.Env{Now: time.Unix(1, 0)}, "random()", "no source"},
		{"{random(4)}", dead, "random()", "fails"},
		{"{base64(a, sha256(b))}", env(), "b", "give the parameter b"},
		{"{hmac('sha256', b, a)}", env(), "b", "give the parameter b"},
		{"{hmac('sha256', empty, a)}", env(), "hmac()", "key is empty"},
		{"{base64(long)}", env(), "base64()", "64 KiB"},
		{"{base64(a, long)}", env(), "base64()", "64 KiB"},
	} {
		tmpl, err := template.CompileCalls(tc.src, template.Text)
		if err != nil {
			t.Fatal(err)
		}
		text, err := tmpl.ExpandCalls(tc.env, values(known))
		var e *template.Error
		if !errors.As(err, &e) || text != "" || e.Ref.Name != tc.name || !strings.Contains(e.Reason, tc.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %q, %v", tc.src, text, err)
		}
		if _, err := tmpl.ExpandCalls(tc.env, nil); err == nil {
			t.Errorf("%s: no error without values", tc.src)
		}
	}
	tmpl, err := template.CompileCalls("{now('\n15')}", template.Header)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := tmpl.ExpandCalls(env(), nil); err == nil {
		t.Errorf("what a call gives isn't checked for its place: %q", text)
	}
}

func TestCallsRefs(t *testing.T) {
	t.Parallel()
	tmpl, err := template.CompileCalls("{b}{base64(a, 'text }', hmac('sha256', key, b))}{sha256('only text', 7)}", template.Text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]template.Ref{{Name: "b"}, {Name: "a"}, {Name: "key"}}, tmpl.Refs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"text }", "sha256", "only text", "7"}, tmpl.LiteralTexts()); diff != "" {
		t.Error(diff)
	}
	// A call without names is no literal: it is asked again each time.
	alone, err := template.CompileCalls("{now('unix')}", template.Text)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := alone.ExpandCalls(env(), nil); text != "1773075907" || err != nil || len(alone.Refs()) != 0 {
		t.Errorf("%q, %v, %v", text, err, alone.Refs())
	}
}

// FuzzCalls: any source compiles or gives an *Error; what compiles expands or gives an *Error, twice alike, and in a
// header never to a line break.
func FuzzCalls(f *testing.F) {
	for _, s := range []string{"{base64(a, ':', b)}", "{hmac('sha256',a,b)}", "{now('2006\\n')}", "{random(3)}{sha256(sha256('x'))}", "{a(", "{base64('",
		"{base64(base64(base64(base64(base64(a)))))}", "{{{a}}}{now( 'http' )}", "{base64(a|b)}", "{base64(a):-x}", "{hmac('sha1','','')}"} {
		f.Add(s, "va\r\nlue")
	}
	f.Fuzz(func(t *testing.T, src, value string) {
		for place := range template.XML + 2 {
			tmpl, err := template.CompileCalls(src, place)
			var e *template.Error
			if err != nil {
				if !errors.As(err, &e) || tmpl != nil {
					t.Fatalf("%v, %v: want an *Error and no template", tmpl, err)
				}
				continue
			}
			expand := func() (string, error) {
				return tmpl.ExpandCalls(env(), func(template.Ref) (string, bool) { return value, true })
			}
			got, err := expand()
			again, err2 := expand()
			if got != again || (err == nil) != (err2 == nil) || err != nil && !errors.As(err, &e) {
				t.Fatalf("%q, %v and %q, %v", got, err, again, err2)
			}
			if place == template.Header && strings.ContainsAny(got, "\r\n") {
				t.Fatalf("%q gives a line break in a header", src)
			}
		}
	})
}
