package resilience_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	const matched = resilience.Retry
	for name, tc := range map[string]struct {
		of     resilience.Answer
		status int
		header http.Header
		body   string
		want   bool
	}{
		"status alone":         {resilience.Answer{Status: []int{409, 423}}, 423, nil, "", true},
		"another status":       {resilience.Answer{Status: []int{409, 423}}, 424, nil, "", false},
		"equals":               {resilience.Answer{Path: "error", Equals: "ratelimited"}, 200, nil, `{"ok":false,"error":"ratelimited"}`, true},
		"not quite":            {resilience.Answer{Path: "error", Equals: "ratelimited"}, 200, nil, `{"error":"Ratelimited"}`, false},
		"elsewhere":            {resilience.Answer{Path: "error", Equals: "ratelimited"}, 200, nil, `{"text":"ratelimited","error":"other"}`, false},
		"written with escapes": {resilience.Answer{Path: "error", Equals: "rate/limited"}, 200, nil, `{"error":"\u0072ate\/limited"}`, true},
		"contains":             {resilience.Answer{Path: "message", Contains: "secondary rate"}, 200, nil, `{"message":"You hit a secondary rate limit."}`, true},
		"one of several":       {resilience.Answer{Path: "errors[*].code", Equals: "B"}, 200, nil, `{"errors":[{"code":"A"},{"code":"B"}]}`, true},
		"none of several":      {resilience.Answer{Path: "errors[*].code", Equals: "C"}, 200, nil, `{"errors":[{"code":"A"},{"code":"B"}],"C":1}`, false},
		"a number":             {resilience.Answer{Path: "code", Equals: "88"}, 200, nil, `{"code":88}`, true},
		"written another way":  {resilience.Answer{Path: "code", Equals: "100"}, 200, nil, `{"code":1e2}`, true},
		"a boolean":            {resilience.Answer{Path: "ok", Equals: "false"}, 200, nil, `{"ok":false}`, true},
		"an object":            {resilience.Answer{Path: "error", Equals: "{}"}, 200, nil, `{"error":{}}`, false},
		"something there":      {resilience.Answer{Path: "error"}, 200, nil, `{"error":{}}`, true},
		"null is nothing":      {resilience.Answer{Path: "error"}, 200, nil, `{"error":null}`, false},
		"nothing there":        {resilience.Answer{Path: "error"}, 200, nil, `{"ok":true}`, false},
		"the root of a list":   {resilience.Answer{Path: "[0].errorCode", Equals: "INVALID_SESSION_ID"}, 200, nil, `[{"errorCode":"INVALID_SESSION_ID"}]`, true},
		"no JSON":              {resilience.Answer{Path: "error", Equals: "x"}, 200, nil, `x`, false},
		"no body":              {resilience.Answer{Path: "error"}, 200, nil, ``, false},
		"anywhere in the body": {resilience.Answer{Contains: "please slow down"}, 200, nil, `<p>please slow down</p>`, true},
		"nowhere in the body":  {resilience.Answer{Contains: "please slow down"}, 200, nil, `<p>welcome</p>`, false},
		"another charset":      {resilience.Answer{Contains: "né"}, 200, http.Header{"Content-Type": {"text/plain; charset=iso-8859-1"}}, "n\xe9", true},
		"a header":             {resilience.Answer{Header: "x-reason", Equals: "quota"}, 200, http.Header{"X-Reason": {"other", " quota "}}, "", true},
		"another header":       {resilience.Answer{Header: "X-Reason", Equals: "quota"}, 200, http.Header{"X-Reason": {"quotas"}}, "", false},
		"part of a header":     {resilience.Answer{Header: "X-Reason", Contains: "quota"}, 200, http.Header{"X-Reason": {"quotas"}}, "", true},
		"any header":           {resilience.Answer{Header: "X-Reason"}, 200, http.Header{"X-Reason": {""}}, "", true},
		"no header":            {resilience.Answer{Header: "X-Reason"}, 200, nil, "", false},
	} {
		tc.of.Means = matched
		if tc.of.Status == nil {
			tc.of.Status = []int{200}
		}
		got := reader(t, nil, nil, []resilience.Answer{tc.of}).Read(tc.status, tc.header, []byte(tc.body), noon).Means
		if (got == matched) != tc.want {
			t.Errorf("%s: means %q, matched should be %v", name, got, tc.want)
		}
	}
}

func TestAnswersTogether(t *testing.T) {
	t.Parallel()
	r := reader(t, []resilience.Wait{{Header: "X-Wait", Form: resilience.FormSeconds}}, nil, []resilience.Answer{
		{Status: []int{403, 429}, Path: "code", Equals: "A", Means: resilience.RateLimited, Wait: time.Minute},
		{Status: []int{403}, Path: "code", Equals: "A", Means: resilience.Fail},
		{Status: []int{429}, Path: "code", Equals: "B", Means: resilience.Fail},
	})
	for name, tc := range map[string]struct {
		status int
		header http.Header
		body   string
		want   resilience.Reading
	}{
		"the first that matches":           {403, nil, `{"code":"A"}`, resilience.Reading{Means: resilience.RateLimited, Wait: time.Minute, Stated: true}},
		"what is stated comes first":       {403, http.Header{"X-Wait": {"5"}}, `{"code":"A"}`, resilience.Reading{Means: resilience.RateLimited, Wait: 5 * time.Second, Stated: true}},
		"a 403 that is one":                {403, http.Header{"X-Wait": {"5"}}, `{"code":"C"}`, resilience.Reading{}},
		"a 429 that is none any more":      {429, http.Header{"X-Wait": {"5"}}, `{"code":"B"}`, resilience.Reading{Means: resilience.Fail}},
		"a 429 of which nothing was found": {429, http.Header{"X-Wait": {"5"}}, `{}`, resilience.Reading{Wait: 5 * time.Second, Stated: true}},
	} {
		if got := r.Read(tc.status, tc.header, []byte(tc.body), noon); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
	if r := reader(t, nil, nil, nil); r != nil {
		t.Errorf("nothing declared gives %v", r)
	}
}

// FuzzAnswer reads any answer by any declaration. What is found in a body doesn't depend on how its text is escaped.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "error", "ratelimited", "", `{"error":"ratelimited"}`)
	f.Add(403, "errors[*].code", "", "limit", `{"errors":[{"code":"a limit"},{"code":1e400}]}`)
	f.Add(400, "$..code", "é\u2028", "", `{"code":"\u00e9\u2028"}`)
	f.Add(200, "[0]", "1", "", `[1.0]`)
	f.Fuzz(func(t *testing.T, status int, path, equals, contains, body string) {
		a := resilience.Answer{Status: []int{status}, Path: path, Equals: equals, Contains: contains, Means: resilience.Retry}
		r, err := resilience.NewReader(nil, nil, []resilience.Answer{a})
		if err != nil || r == nil {
			return
		}
		got := r.Read(status, http.Header{}, []byte(body), noon)
		var tree any
		if path == "" || json.Unmarshal([]byte(body), &tree) != nil || !json.Valid([]byte(body)) {
			return
		}
		escaped := strings.NewReplacer("a", `\u0061`, "e", `\u0065`, "i", `\u0069`, "t", `\u0074`)
		if text, ok := tree.(string); ok && body == `"`+text+`"` && !strings.Contains(text, `\`) {
			if again := r.Read(status, http.Header{}, []byte(`"`+escaped.Replace(text)+`"`), noon); again.Means != got.Means {
				t.Errorf("%s: %q, and with escapes %q", body, got.Means, again.Means)
			}
		}
	})
}
