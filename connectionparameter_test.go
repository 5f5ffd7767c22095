package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// parameterized is an integration with parameters; what they hold goes into a
// header, or into the host where base names them.
func parameterized(base string, params ...waygate.ConnectionParameter) waygate.Integration {
	in := api(get("a"))
	in.BaseURL, in.Parameters = base, params
	if base == "" {
		in.BaseURL = apiBase
	}
	in.Headers = map[string]string{"X-Value": "{p}"}
	return in
}

func withValue(values map[string]string) waygate.ConnectionSpec {
	return waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: values}
}

// TestParameterRules shows what each rule takes and refuses, that the field says
// which rule it was, and that the value stays out of the error.
func TestParameterRules(t *testing.T) {
	t.Parallel()
	const uuid = "123e4567-e89b-42d3-a456-426614174000"
	long := strings.Repeat("a", 63)
	for name, c := range map[string]struct {
		rule waygate.ConnectionParameter
		good []string
		bad  []string
		want string // the keyword for the bad ones
	}{
		"pattern": {waygate.ConnectionParameter{Pattern: "[a-z]{2,20}"}, []string{"eu", "oneandtwo"}, []string{"", "e", "eu1", "eu\n", " eu"}, "pattern"},
		"hostname": {waygate.ConnectionParameter{Format: "hostname"},
			[]string{"a", "A-1.example.com", "1.example.com", "123", long + ".com", "xn--bcher-kva.example"},
			[]string{"", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a b", "é.com", "a/b", "a:80", "u@h", "10.0.0.1", "0x7f.1", "[::1]", long + "a", "a\n"}, "format"},
		"uuid": {waygate.ConnectionParameter{Format: "uuid"}, []string{uuid, strings.ToUpper(uuid), strings.Repeat("0", 8) + "-0000-0000-0000-000000000000"},
			[]string{"", uuid + "0", uuid[1:], "{" + uuid + "}", "urn:uuid:" + uuid, strings.ReplaceAll(uuid, "-", ""), strings.Replace(uuid, "1", "g", 1),
				strings.Replace(uuid, "-", "0", 1), strings.Replace(uuid, "3", "-", 1), uuid + "\n"}, "format"},
		"uri": {waygate.ConnectionParameter{Format: "uri"},
			[]string{"https://eu.example.com", "HTTPS://eu.example.com/", "https://eu.example.com:8443/v1/x?a=b&c=%20", "https://[2001:db8::1]/"},
			[]string{"", "eu.example.com", "/v1", "//eu.example.com", "http://eu.example.com", "ftp://eu.example.com", "https://", "https:///v1", "https:eu",
				"https://u@eu.example.com", "https://u:p@eu.example.com", "https://eu.example.com#f", "https://eu.example.com/#", "https://eu.example.com/a b",
				"https://eu.example.com/é", `https://eu.example.com\x`, "https://eu.example.com/%zz", "https://eu.example.com/?a=%2", "https://eu.example.com/{a}",
				"https://eu.example.com/{{", "https://eu.example.com/${env.k}", "https://eu.example.com:99999", "https://eu.example.com/\n"}, "format"},
		"enum":           {waygate.ConnectionParameter{Enum: []string{"eu", "us"}}, []string{"eu", "us"}, []string{"", "EU", "eu ", "ap"}, "enum"},
		"maxLength":      {waygate.ConnectionParameter{}, []string{"", strings.Repeat("a", 1024)}, []string{strings.Repeat("a", 1025)}, "maxLength"},
		"suffix, format": {waygate.ConnectionParameter{Format: "hostname", Suffix: ".example.com"}, []string{"acme", "acme.example.com", "acme.EXAMPLE.com", "1"}, []string{"", ".example.com", "a_b.example.com"}, "format"},
		"prefix, uuid":   {waygate.ConnectionParameter{Format: "uuid", Prefix: "org_"}, []string{uuid, "org_" + uuid}, []string{"org_", "org-" + uuid, "org_org_" + uuid}, "format"},
		"suffix, pattern": {waygate.ConnectionParameter{Pattern: "[a-z]+", Prefix: "shop-", Suffix: ".example.com"},
			[]string{"acme", "shop-acme", "acme.example.com", "shop-acme.example.com"},
			[]string{"acme.example.org", "Shop-acme", "acme.EXAMPLE.com", "acme.example.com.example.com", "shop-shop-acme"}, "pattern"},
		"suffix, enum": {waygate.ConnectionParameter{Enum: []string{"eu"}, Suffix: "-1"}, []string{"eu", "eu-1"}, []string{"us-1", "eu-2", "eu-1-1"}, "enum"},
		"domains": {waygate.ConnectionParameter{Domains: []string{"example.com", "Eu.Example.org"}},
			[]string{"example.com", "EXAMPLE.com", "a.b.example.com", "x.eu.example.org"},
			[]string{"", "evil.test", "notexample.com", "example.com.evil.test", "example.org", "us.example.org", ".example.com", "a..example.com", "example.com.",
				"evil.test/example.com", "evil.test#.example.com", "evil.test\\.example.com", "x@example.com", "example.com:25"}, "format"},
		"domains of a uri": {waygate.ConnectionParameter{Format: "uri", Domains: []string{"example.com"}},
			[]string{"https://example.com", "https://Eu1.Example.com:8443/v1"},
			[]string{"https://evil.test/example.com", "https://evil.test/.example.com", "https://evil.test?x=.example.com", "https://notexample.com", "https://[::1]/"}, "format"},
		"domains, suffix": {waygate.ConnectionParameter{Domains: []string{"my.example.com"}, Suffix: ".my.example.com"}, []string{"acme", "acme.my.example.com"}, []string{"acme/", "a_b"}, "format"},
	} {
		c.rule.Name = "p"
		for i, v := range slices.Concat(c.good, c.bad) {
			t.Run(fmt.Sprint(name, "/", i), func(t *testing.T) {
				t.Parallel()
				gw := wired(t, always(200, `{}`))
				must(t, gw.Register(t.Context(), parameterized("", c.rule)))
				_, err := gw.Tenant("acme").Connect(t.Context(), "api", withValue(map[string]string{"p": v}))
				if i < len(c.good) {
					if err != nil {
						t.Errorf("%q: %v", v, err)
					}
					return
				}
				if err == nil {
					t.Fatalf("%q is taken", v)
				}
				e := failure(t, err, waygate.KindInvalidInput)
				if diff := cmp.Diff([]waygate.FieldError{{Pointer: "/parameters/p", Keyword: c.want}}, e.Fields); diff != "" {
					t.Errorf("%q: %v: %s", v, err, diff)
				}
			})
		}
	}
}

// TestParameterErrorsHideValues shows no value that was refused, by any rule.
func TestParameterErrorsHideValues(t *testing.T) {
	t.Parallel()
	const value = "s3cr3t-value/"
	for name, rule := range map[string]waygate.ConnectionParameter{
		"pattern": {Pattern: "[a-z]+"}, "hostname": {Format: "hostname"}, "uuid": {Format: "uuid"}, "uri": {Format: "uri"},
		"enum": {Enum: []string{"eu"}}, "domains": {Domains: []string{"example.com"}}, "length": {}, "host": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule.Name = "p"
			in, v := parameterized("", rule), value
			switch name {
			case "length":
				v = strings.Repeat(value, 100)
			case "host":
				in.BaseURL = "https://{p}.example.com"
			}
			gw := wired(t, always(200, `{}`))
			must(t, gw.Register(t.Context(), in))
			_, err := gw.Tenant("acme").Connect(t.Context(), "api", withValue(map[string]string{"p": v}))
			if failure(t, err, waygate.KindInvalidInput); strings.Contains(fmt.Sprintf("%v %+v", err, err), value) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

// TestParameterRequired shows which parameters may be left out.
func TestParameterRequired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule waygate.ConnectionParameter
		want string // what is sent; "-" if the parameter is missed
	}{
		"required": {waygate.ConnectionParameter{}, "-"},
		"optional": {waygate.ConnectionParameter{Optional: true, Format: "uuid", Enum: []string{"123e4567-e89b-42d3-a456-426614174000"}}, ""},
		"default":  {waygate.ConnectionParameter{Default: pointer("eu"), Pattern: "[a-z]+"}, "eu"},
		"both":     {waygate.ConnectionParameter{Default: pointer("eu"), Optional: true}, "eu"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.rule.Name = "p"
			w := always(200, `{}`)
			gw := wired(t, w)
			must(t, gw.Register(t.Context(), parameterized("", c.rule)))
			acme := gw.Tenant("acme")
			_, err := acme.Connect(t.Context(), "api", withValue(nil))
			if c.want == "-" {
				e := failure(t, err, waygate.KindInvalidInput)
				if diff := cmp.Diff([]waygate.FieldError{{Pointer: "/parameters/p", Keyword: "required"}}, e.Fields); diff != "" {
					t.Error(diff)
				}
				return
			}
			must(t, err)
			_, err = acme.Invoke(t.Context(), "api.a", nil)
			must(t, err)
			if got := w.last(t).header.Get("X-Value"); got != c.want {
				t.Errorf("%q is sent, want %q", got, c.want)
			}
		})
	}
}

// TestParameterDefinitions shows which rules a definition can't have.
func TestParameterDefinitions(t *testing.T) {
	t.Parallel()
	type rule = waygate.ConnectionParameter
	thousand := make([]string, 1001)
	for i := range thousand {
		thousand[i] = fmt.Sprint("v", i)
	}
	for name, c := range map[string]struct {
		base string
		rule rule
		says []string // nothing: it is taken
	}{
		"all":                   {"https://{p}", rule{Format: "hostname", Pattern: "[a-z]+", Enum: []string{"a", "b"}, Suffix: ".my.example.com", Domains: []string{"example.com"}, Default: pointer("a.my.example.com")}, nil},
		"format":                {"", rule{Format: "email"}, []string{"parameters[0]", "format", "email", "hostname"}},
		"format's case":         {"", rule{Format: "UUID"}, []string{"parameters[0]", "format"}},
		"secret":                {"", rule{Secret: true}, []string{"parameters[0]", "secret", "credential", "auth.Fields"}},
		"prefix, control":       {"", rule{Prefix: "a\n"}, []string{"parameters[0]", "prefix", "printable"}},
		"suffix, UTF-8":         {"", rule{Suffix: "\xff"}, []string{"parameters[0]", "suffix", "printable"}},
		"long suffix":           {"", rule{Suffix: strings.Repeat("a", 257)}, []string{"parameters[0]", "suffix", "256"}},
		"prefix of a uri":       {"", rule{Format: "uri", Prefix: "https://"}, []string{"parameters[0]", "format", "uri"}},
		"enum and pattern":      {"", rule{Pattern: "[a-z]+", Enum: []string{"eu", "EU"}}, []string{"parameters[0]", "enum[1]", "pattern"}},
		"enum and format":       {"", rule{Format: "uuid", Enum: []string{"eu"}}, []string{"parameters[0]", "enum[0]", "UUID"}},
		"enum and domains":      {"", rule{Domains: []string{"example.com"}, Enum: []string{"evil.test"}}, []string{"parameters[0]", "enum[0]", "example.com"}},
		"enum with the suffix":  {"", rule{Suffix: ".example.com", Enum: []string{"eu.example.com"}}, []string{"parameters[0]", "enum[0]", "suffix"}},
		"long enum":             {"", rule{Enum: thousand}, []string{"parameters[0]", "enum", "1001", "1000"}},
		"long value in enum":    {"", rule{Enum: []string{strings.Repeat("a", 1025)}}, []string{"parameters[0]", "enum[0]", "1024"}},
		"default and format":    {"", rule{Format: "hostname", Default: pointer("a/b")}, []string{"parameters[0]", "default", "host name"}},
		"default and domains":   {"", rule{Domains: []string{"example.com"}, Default: pointer("evil.test")}, []string{"parameters[0]", "default", "example.com"}},
		"default, bare":         {"", rule{Pattern: "[a-z]+", Suffix: "-1", Default: pointer("eu")}, nil},
		"public suffix":         {"", rule{Domains: []string{"example.com", "co.uk"}}, []string{"parameters[0]", "domains[1]", "co.uk"}},
		"top level":             {"", rule{Domains: []string{"com"}}, []string{"parameters[0]", "domains[0]"}},
		"shared host":           {"", rule{Domains: []string{"github.io"}}, []string{"parameters[0]", "domains[0]"}},
		"wildcard":              {"", rule{Domains: []string{"*.example.com"}}, []string{"parameters[0]", "domains[0]"}},
		"dotted domain":         {"", rule{Domains: []string{".example.com"}}, []string{"parameters[0]", "domains[0]"}},
		"address":               {"", rule{Domains: []string{"10.0.0.1"}}, []string{"parameters[0]", "domains[0]"}},
		"empty domain":          {"", rule{Domains: []string{""}}, []string{"parameters[0]", "domains[0]"}},
		"long domains":          {"", rule{Domains: thousand}, []string{"parameters[0]", "domains", "1000"}},
		"domains of a uuid":     {"", rule{Format: "uuid", Domains: []string{"example.com"}}, []string{"parameters[0]", "domains", "uuid"}},
		"suffix ends the host":  {"https://{p}", rule{Suffix: "example.com"}, []string{"parameters[0]", "suffix", "dot"}},
		"no dot in the suffix":  {"https://{p}", rule{Suffix: "-eu"}, []string{"parameters[0]", "suffix", "dot"}},
		"public suffix's mix":   {"https://{p}", rule{Suffix: "-eu.co.uk"}, []string{"parameters[0]", "suffix", "dot"}},
		"alternative's suffix":  {"https://{p|p:-x.example.com}", rule{Suffix: "example.com"}, []string{"parameters[0]", "suffix", "dot"}},
		"label and domain":      {"https://{p}", rule{Suffix: "-eu.example.com"}, nil},
		"suffix in the middle":  {"https://{p}.example.com", rule{Suffix: "-eu"}, nil},
		"suffix in the path":    {apiBase + "/{p}", rule{Suffix: "example.com"}, nil},
		"undeclared other":      {"https://{p|other}.example.com", rule{}, []string{"base_url", "{other}"}},
		"two values in a label": {"https://{p}{p}", rule{Domains: []string{"example.com"}}, []string{"base_url", "label"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.rule.Name = "p"
			err := wired(t, always(200, `{}`)).Register(t.Context(), parameterized(c.base, c.rule))
			if c.says == nil {
				must(t, err)
				return
			}
			failure(t, err, waygate.KindConfig)
			says(t, err, c.says...)
		})
	}
}

// TestParameterAffixes shows that prefix and suffix are there once, wherever the
// value is used and however it was given, and that listings show what was given.
func TestParameterAffixes(t *testing.T) {
	t.Parallel()
	for value, host := range map[string]string{
		"acme":                          "acme.my.example.com",
		"acme.my.example.com":           "acme.my.example.com",
		"acme.MY.Example.com":           "acme.my.example.com",
		"evil.test":                     "evil.test.my.example.com",
		"acme.my.example.com.evil.test": "acme.my.example.com.evil.test.my.example.com",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			gw := wired(t, w)
			in := parameterized("https://{p}/{q}/v1",
				waygate.ConnectionParameter{Name: "p", Format: "hostname", Suffix: ".my.example.com"},
				waygate.ConnectionParameter{Name: "q", Prefix: "org-", Suffix: "!"}, waygate.ConnectionParameter{Name: "r", Prefix: "x", Optional: true})
			in.Headers["X-Connection"] = "${connection.q} {r}"
			must(t, gw.Register(t.Context(), in))
			acme := gw.Tenant("acme")
			info, err := acme.Connect(t.Context(), "api", withValue(map[string]string{"p": value, "q": "7", "r": ""}))
			must(t, err)
			if info.Parameters["p"] != value {
				t.Errorf("%q is listed", info.Parameters["p"])
			}
			_, err = acme.Invoke(t.Context(), "api.a", nil)
			must(t, err)
			got := w.last(t)
			if got.host != host || got.path != "/org-7%21/v1/a" || got.header.Get("X-Value") != host || got.header.Get("X-Connection") != "org-7! " {
				t.Errorf("got %s%s, %q, %q", got.host, got.path, got.header.Get("X-Value"), got.header.Get("X-Connection"))
			}
		})
	}
}

// TestParameterAlternatives shows that the first parameter that is given fills
// its place, and what stands there when none is.
func TestParameterAlternatives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base   string
		values map[string]string
		want   string // the host; empty if there is none
	}{
		"first":        {"https://{p|q}.example.com", map[string]string{"p": "a", "q": "b"}, "a.example.com"},
		"second":       {"https://{p|q}.example.com", map[string]string{"q": "b"}, "b.example.com"},
		"empty first":  {"https://{p|q}.example.com", map[string]string{"p": "", "q": "b"}, "b.example.com"},
		"default":      {"https://{p|q:-www}.example.com", nil, "www.example.com"},
		"default host": {"https://{p|q:-api.example.com}", nil, "api.example.com"},
		"none":         {"https://{p|q}.example.com", nil, ""},
		"bad second":   {"https://{p|q}.example.com", map[string]string{"q": "evil.test/"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			gw := wired(t, w)
			must(t, gw.Register(t.Context(), parameterized(c.base, waygate.ConnectionParameter{Name: "p", Optional: true}, waygate.ConnectionParameter{Name: "q", Optional: true})))
			acme := gw.Tenant("acme")
			_, err := acme.Connect(t.Context(), "api", withValue(c.values))
			if c.want == "" {
				failure(t, err, waygate.KindInvalidInput)
				if says(t, err, "q"); c.values == nil {
					says(t, err, "{p|q}", "p, q")
				}
				return
			}
			must(t, err)
			_, err = acme.Invoke(t.Context(), "api.a", nil)
			must(t, err)
			if got := w.last(t).host; got != c.want {
				t.Errorf("the host is %s, want %s", got, c.want)
			}
		})
	}
}

// TestParameterPortDefault shows that a default with a colon doesn't make a
// tenant's port the definition's own.
func TestParameterPortDefault(t *testing.T) {
	t.Parallel()
	for value, opened := range map[string]bool{"443": true, "25": false} {
		gw := wired(t, always(200, `{}`))
		must(t, gw.Register(t.Context(), parameterized("https://mail.example.com:{p:-443}", waygate.ConnectionParameter{Name: "p"})))
		_, err := gw.Tenant("acme").Connect(t.Context(), "api", withValue(map[string]string{"p": value}))
		if opened != (err == nil) {
			t.Errorf("port %s: %v", value, err)
		}
	}
}

// TestParameterDomainsAreCopied shows that a definition is the gateway's own.
func TestParameterDomainsAreCopied(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	domains := []string{"example.com"}
	must(t, gw.Register(t.Context(), parameterized("https://{p}", waygate.ConnectionParameter{Name: "p", Domains: domains})))
	domains[0] = "evil.test"
	_, err := gw.Tenant("acme").Connect(t.Context(), "api", withValue(map[string]string{"p": "a.evil.test"}))
	failure(t, err, waygate.KindInvalidInput)
	_, err = gw.Tenant("acme").Connect(t.Context(), "api", withValue(map[string]string{"p": "a.example.com"}))
	must(t, err)
}

// TestParameterWritten holds the written form.
func TestParameterWritten(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]waygate.ConnectionParameter{
		`{"name":"p"}`: {Name: "p"},
		`{"name":"p","title":"T","description":"d","pattern":"a","format":"hostname","enum":["a"],"prefix":"x","suffix":"y",` +
			`"domains":["example.com"],"default":"","optional":true,"secret":true}`: {Name: "p", Title: "T", Description: "d", Pattern: "a",
			Format: "hostname", Enum: []string{"a"}, Prefix: "x", Suffix: "y", Domains: []string{"example.com"}, Default: pointer(""), Optional: true, Secret: true},
	} {
		got, err := json.Marshal(p)
		must(t, err)
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Error(diff)
		}
		var back waygate.ConnectionParameter
		must(t, json.Unmarshal(got, &back))
		if diff := cmp.Diff(p, back); diff != "" {
			t.Error(diff)
		}
	}
}

// A customer gives the whole host or the part that is theirs, and can't lead
// requests to anyone else's.
func ExampleConnectionParameter_suffix() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{
		Store:     memory.New(),
		Transport: func(http.RoundTripper) http.RoundTripper { return anyHost{} },
	})
	noError(err)
	noError(gw.Register(ctx, waygate.Integration{
		ID: "crm", BaseURL: "https://{instance|region:-www.example.com}/api", Auth: auth.Bearer{},
		Parameters: []waygate.ConnectionParameter{
			{Name: "instance", Format: "hostname", Suffix: ".my.example.com", Optional: true},
			{Name: "region", Enum: []string{"eu", "us"}, Suffix: ".example.com", Optional: true},
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "leads", Method: "GET", Path: "/leads"}},
	}))
	acme := gw.Tenant("acme")
	for slug, values := range []map[string]string{
		{"instance": "acme"}, {"instance": "acme.my.example.com"}, {"region": "eu"}, nil, {"instance": "evil.test/"},
	} {
		spec := waygate.ConnectionSpec{Slug: fmt.Sprint("c", slug), Credential: auth.Token("token-of-acme"), Parameters: values}
		if _, err := acme.Connect(ctx, "crm", spec); err != nil {
			var e *waygate.Error
			fmt.Println(errors.As(err, &e), e.Fields[0].Pointer, e.Fields[0].Keyword)
			continue
		}
		_, err = acme.Invoke(ctx, "crm.leads", nil, waygate.On(spec.Slug))
		noError(err)
	}
	// Output:
	// GET https://acme.my.example.com/api/leads
	// GET https://acme.my.example.com/api/leads
	// GET https://eu.example.com/api/leads
	// GET https://www.example.com/api/leads
	// true /parameters/instance format
}
