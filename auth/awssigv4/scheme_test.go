package awssigv4_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/authtest"
	"github.com/waygate-go/waygate/auth/awssigv4"
	"github.com/waygate-go/waygate/secret"
)

// at is the time of AWS's test suite.
func at(ctx context.Context) context.Context {
	return auth.WithSigning(ctx, auth.Signing{Now: time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)})
}

func request(t testing.TB, method, url, body string, header http.Header) *http.Request {
	t.Helper()
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, from)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	return r
}

// TestSuite has the cases of AWS's Signature Version 4 test suite that reach a signer: "aws4_testsuite", with the keys,
// the time and the service of its page "Examples of how to derive a signing key" in the IAM User Guide.
func TestSuite(t *testing.T) {
	t.Parallel()
	const (
		token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/" +
			"qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0" +
			"iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
		unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		form       = "application/x-www-form-urlencoded"
	)
	for name, tt := range map[string]struct {
		method, target, body, token string
		header                      http.Header
		signed, signature           string
	}{
		"get-header-key-duplicate": {"GET", "/", "", "", http.Header{"My-Header1": {"value2", "value2", "value1"}}, "host;my-header1;x-amz-date",
			"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
		"get-header-value-multiline": {"GET", "/", "", "", http.Header{"My-Header1": {"value1,value2,value3"}}, "host;my-header1;x-amz-date",
			"ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790"},
		"get-header-value-order": {"GET", "/", "", "", http.Header{"My-Header1": {"value4", "value1", "value3", "value2"}}, "host;my-header1;x-amz-date",
			"08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
		"get-header-value-trim": {"GET", "/", "", "", http.Header{"My-Header1": {" value1"}, "My-Header2": {` "a   b   c"`}}, "host;my-header1;my-header2;x-amz-date",
			"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
		"get-unreserved":                   {"GET", "/" + unreserved, "", "", nil, "", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		"get-vanilla":                      {"GET", "/", "", "", nil, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		"get-vanilla-empty-query-key":      {"GET", "/?Param1=value1", "", "", nil, "", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
		"get-vanilla-query-order-key-case": {"GET", "/?Param2=value2&Param1=value1", "", "", nil, "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		"get-vanilla-query-unreserved":     {"GET", "/?" + unreserved + "=" + unreserved, "", "", nil, "", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		"get-vanilla-utf8-query":           {"GET", "/?%E1%88%B4=bar", "", "", nil, "", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		"post-header-key-sort": {"POST", "/", "", "", http.Header{"My-Header1": {"value1"}}, "host;my-header1;x-amz-date",
			"c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
		"post-header-value-case": {"POST", "/", "", "", http.Header{"My-Header1": {"VALUE1"}}, "host;my-header1;x-amz-date",
			"cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
		"post-sts-header-after":            {"POST", "/", "", "", nil, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		"post-sts-header-before":           {"POST", "/", "", token, nil, "host;x-amz-date;x-amz-security-token", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
		"post-vanilla":                     {"POST", "/", "", "", nil, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		"post-vanilla-query":               {"POST", "/?Param1=value1", "", "", nil, "", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
		"post-vanilla-query-nonunreserved": {"POST", "/?%40%23%24%25%5E=&%2B=%2F%2C%3F%3E%3C%60%22%3B%3A%5C%7C%5D%5B%7B%7D", "", "", nil, "", "66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e"},
		"post-vanilla-query-space":         {"POST", "/?p=", "", "", nil, "", "e71688addb58a26418614085fb730ba3faa623b461c17f48f2fbdb9361b94a9b"},
		"post-x-www-form-urlencoded": {"POST", "/", "Param1=value1", "", http.Header{"Content-Type": {form}}, "content-type;host;x-amz-date",
			"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		"post-x-www-form-urlencoded-parameters": {"POST", "/", "Param1=value1", "", http.Header{"Content-Type": {form + "; charset=utf8"}}, "content-type;host;x-amz-date",
			"1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := awssigv4.Scheme{Service: "service", Region: "us-east-1", Headers: []string{"my-header1", "My-Header2"}}
			if tt.signed == "" {
				tt.signed = "host;x-amz-date"
			}
			r := request(t, tt.method, "https://example.amazonaws.com"+tt.target, tt.body, tt.header)
			c := awssigv4.Credential("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", tt.token)
			if err := s.Authorize(at(t.Context()), r, c); err != nil {
				t.Fatal(err)
			}
			want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + tt.signed + ", Signature=" + tt.signature
			if diff := cmp.Diff(want, r.Header.Get("Authorization")); diff != "" {
				t.Error(diff)
			}
			if r.Header.Get("X-Amz-Date") != "20150830T123600Z" || r.Header.Get("X-Amz-Security-Token") != tt.token {
				t.Errorf("headers are %v", r.Header)
			}
		})
	}
}

// TestSuiteUTF8 is the suite's get-utf8, whose path is on the wire as it is written: then it is escaped once.
func TestSuiteUTF8(t *testing.T) {
	t.Parallel()
	r := request(t, "GET", "https://example.amazonaws.com/", "", nil)
	r.URL.Opaque = "//example.amazonaws.com/\u1234"
	s := awssigv4.Scheme{Service: "service", Region: "us-east-1"}
	if err := s.Authorize(at(t.Context()), r, awssigv4.Credential("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")); err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature=8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85") {
		t.Error(got)
	}
}

// TestS3 is "Example: GET Object" of the Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
func TestS3(t *testing.T) {
	t.Parallel()
	ctx := auth.WithSigning(t.Context(), auth.Signing{Now: time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)})
	r := request(t, "GET", "https://examplebucket.s3.amazonaws.com/test.txt", "", http.Header{"Range": {"bytes=0-9"}})
	s := awssigv4.Scheme{Service: "s3", Headers: []string{"Range"}}
	if err := s.Authorize(ctx, r, awssigv4.Credential("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "")); err != nil {
		t.Fatal(err)
	}
	want := "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " +
		"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
	if diff := cmp.Diff(want, r.Header.Get("Authorization")); diff != "" {
		t.Error(diff)
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	good := awssigv4.Credential("AKID-0123456789", "secret-0123456789", "")
	temporary := awssigv4.Credential("AKID-0123456789", "secret-0123456789", "session-0123456789")
	elsewhere := good.Clone()
	elsewhere.Extra = map[string]string{"region": "eu-west-1"}
	nowhere := good.Clone()
	nowhere.Extra = map[string]string{"region": "Not A Region"}
	o := authtest.Options{Good: []auth.Credential{good, temporary, elsewhere}, Kinds: awssigv4.Kinds(), Varies: true,
		Bad: []auth.Credential{auth.Token("token-0123456789"), awssigv4.Credential("a", "", ""), awssigv4.Credential("a\n", "b", "")}}
	for name, s := range map[string]awssigv4.Scheme{
		"sqs": {Service: "sqs"}, "s3": {Service: "s3", Region: "eu-west-1", UnsignedPayload: true, Headers: []string{"X-Other"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := o
			if s.Region == "" {
				o.Bad = append(slices.Clone(o.Bad), nowhere)
			}
			authtest.Scheme(t, s, o)
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for field, s := range map[string]awssigv4.Scheme{
		"service":  {},
		"service ": {Service: "SQS"},
		"region":   {Service: "sqs", Region: "eu west"},
		"headers":  {Service: "sqs", Headers: []string{"User-Agent"}},
		"headers ": {Service: "sqs", Headers: make([]string, 33)},
		"headers=": {Service: "sqs", Headers: []string{"a b"}},
	} {
		var e *auth.Error
		if err := s.Validate(); !errors.As(err, &e) || e.Field != strings.Trim(field, " =") || e.Reason == "" {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestRegion(t *testing.T) {
	t.Parallel()
	withRegion := awssigv4.Credential("a", "b", "")
	withRegion.Values["region"] = secret.New("ap-south-1")
	for host, want := range map[string]string{
		"sqs.eu-west-1.amazonaws.com":               "eu-west-1",
		"SQS.EU-WEST-1.amazonaws.com:443":           "eu-west-1",
		"b.s3.us-gov-east-1.amazonaws.com":          "us-gov-east-1",
		"id.execute-api.us-east-2.amazonaws.com":    "us-east-2",
		"search-x-1.eu-central-1.es.amazonaws.com":  "eu-central-1",
		"sns.cn-north-1.amazonaws.com.cn":           "cn-north-1",
		"iam.amazonaws.com":                         "us-east-1",
		"api.example.com":                           "us-east-1",
		"eu-west-1.example.com":                     "us-east-1",
		"eu-west-1.s3.me-central-1.amazonaws.com":   "me-central-1",
		"sqs.eu-west-1.amazonaws.com.evil.test:443": "us-east-1",
	} {
		for _, tt := range []struct {
			scheme awssigv4.Scheme
			cred   auth.Credential
			want   string
		}{
			{awssigv4.Scheme{Service: "sqs"}, awssigv4.Credential("a", "b", ""), want},
			{awssigv4.Scheme{Service: "sqs"}, withRegion, "ap-south-1"},
			{awssigv4.Scheme{Service: "sqs", Region: "sa-east-1"}, withRegion, "sa-east-1"},
		} {
			r := request(t, "GET", "https://"+host+"/", "", nil)
			if err := tt.scheme.Authorize(at(t.Context()), r, tt.cred); err != nil {
				t.Fatal(err)
			}
			if got := r.Header.Get("Authorization"); !strings.Contains(got, "/20150830/"+tt.want+"/sqs/") {
				t.Errorf("%s: %s, want %s", host, got, tt.want)
			}
		}
	}
}

// TestClock signs for providers whose clocks are ten minutes off either way.
func TestClock(t *testing.T) {
	t.Parallel()
	ours := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for offset, want := range map[time.Duration]string{10 * time.Minute: "20260101T001000Z", -10 * time.Minute: "20251231T235000Z"} {
		r := request(t, "GET", "https://sqs.eu-west-1.amazonaws.com/", "", nil)
		ctx := auth.WithSigning(t.Context(), auth.Signing{Now: ours.Add(offset)})
		if err := (awssigv4.Scheme{Service: "sqs"}).Authorize(ctx, r, awssigv4.Credential("a", "b", "")); err != nil {
			t.Fatal(err)
		}
		if got := r.Header.Get("X-Amz-Date"); got != want || !strings.Contains(r.Header.Get("Authorization"), "/"+want[:8]+"/") {
			t.Errorf("signed at %s, want %s", got, want)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	sqs, cred := awssigv4.Scheme{Service: "sqs"}, awssigv4.Credential("a", "b", "")
	large := bytes.Repeat([]byte("x"), 10<<20+1)
	r := request(t, "POST", "https://sqs.eu-west-1.amazonaws.com/", string(large), nil)
	var e *auth.Error
	if err := sqs.Authorize(t.Context(), r, cred); !errors.As(err, &e) || e.Field != "body" || !strings.Contains(e.Reason, "10 MiB") {
		t.Errorf("too large: %v", err)
	}
	if err := (awssigv4.Scheme{Service: "s3", UnsignedPayload: true}).Authorize(t.Context(), r, cred); err != nil ||
		r.Header.Get("X-Amz-Content-Sha256") != "UNSIGNED-PAYLOAD" {
		t.Errorf("unsigned: %v, %v", err, r.Header)
	}
	once := request(t, "POST", "https://sqs.eu-west-1.amazonaws.com/", "body", nil)
	once.GetBody, once.ContentLength = nil, -1
	if err := sqs.Authorize(t.Context(), once, cred); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(once.Body); string(body) != "body" || err != nil || once.ContentLength != 4 {
		t.Errorf("a body that can be read once: %q, %v, length %d", body, err, once.ContentLength)
	}
	odd := request(t, "GET", "https://sqs.eu-west-1.amazonaws.com/?a=1;b=2", "", nil)
	if err := sqs.Authorize(t.Context(), odd, cred); !errors.As(err, &e) || e.Field != "query" {
		t.Errorf("a query that the signer would cut: %v", err)
	}
	plus := request(t, "GET", "https://sqs.eu-west-1.amazonaws.com/?a=b+c%2B", "", nil)
	if err := sqs.Authorize(t.Context(), plus, cred); err != nil || plus.URL.RawQuery != "a=b%20c%2B" {
		t.Errorf("a space in the query goes out as %s, %v", plus.URL.RawQuery, err)
	}
}

func FuzzScheme(f *testing.F) {
	f.Add([]byte(`{"kind":"aws_sigv4","service":"sqs","region":"eu-west-1","headers":["A"]}`), "sqs.eu-west-1.amazonaws.com", "/a%2Fb", "a=1&b", "key", "secret")
	f.Add([]byte(`{"kind":"aws_sigv4","service":"s3","unsigned_payload":true}`), "h:443", "", "a=1;b", "", "\n")
	f.Fuzz(func(t *testing.T, raw []byte, host, path, query, id, key string) {
		s, err := auth.Decode(raw, awssigv4.Kinds())
		if err != nil || s.Validate() != nil {
			return
		}
		c := awssigv4.Credential(id, key, "")
		r := request(t, "POST", "https://example.com/", "body", http.Header{"A": {"1"}})
		r.URL.Host, r.URL.Path, r.URL.RawQuery = host, path, query
		accepted := s.Accepts(c)
		if err := s.Authorize(t.Context(), r, c); accepted != nil && err == nil {
			t.Fatalf("Accepts says %v", accepted)
		} else if err != nil && len(key) >= 8 && strings.Contains(err.Error(), key) {
			t.Fatal("an error holds the secret")
		}
		if strings.ContainsAny(strings.Join(r.Header.Values("Authorization"), ""), "\r\n") {
			t.Fatal("a line break in a header")
		}
	})
}
