package waygate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// TestFaultPointers shows that a definition which can't be used says where it is
// wrong, as a pointer into its written form; the text doesn't say it twice.
func TestFaultPointers(t *testing.T) {
	t.Parallel()
	type in = *waygate.Integration
	long := strings.Repeat("a", 2001)
	param := func(p waygate.ConnectionParameter) func(in) {
		return func(i in) { i.Parameters = []waygate.ConnectionParameter{p} }
	}
	for name, c := range map[string]struct {
		change  func(in)
		pointer string
	}{
		"id":                  {func(i in) { i.ID = "A" }, "/id"},
		"description":         {func(i in) { i.Description = long }, "/description"},
		"tags":                {func(i in) { i.Tags = []string{"ok", "Not"} }, "/tags/1"},
		"many tags":           {func(i in) { i.Tags = make([]string, 11) }, "/tags"},
		"base_url":            {func(i in) { i.BaseURL = "/v1" }, "/base_url"},
		"base_url query":      {func(i in) { i.BaseURL = apiBase + "?a=1" }, "/base_url"},
		"base_url parameter":  {func(i in) { i.BaseURL = "https://{sub}.example.com" }, "/base_url"},
		"base_url variable":   {func(i in) { i.BaseURL = apiBase + "/${tenant.x}" }, "/base_url"},
		"origins":             {func(i in) { i.Origins = []string{apiBase, "x"} }, "/origins/1"},
		"auth":                {func(i in) { i.Auth = nil }, "/auth"},
		"auth name":           {func(i in) { i.Auth = auth.Key{} }, "/auth/name"},
		"auth within":         {func(i in) { i.Auth = auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "x", In: "y"}}} }, "/auth/schemes/1/in"},
		"headers":             {func(i in) { i.Headers = map[string]string{"Host": "x"} }, "/headers/Host"},
		"header's value":      {func(i in) { i.Headers = map[string]string{"X~A": "a\nb"} }, "/headers/X~0A"},
		"header's env":        {func(i in) { i.Headers = map[string]string{"X-A": "${env.none}"} }, "/headers/X-A"},
		"errors.message":      {func(i in) { i.Errors = &waygate.ErrorFormat{Message: []string{"a", "b["}} }, "/errors/message/1"},
		"errors.code":         {func(i in) { i.Errors = &waygate.ErrorFormat{Code: []string{"a[*]"}} }, "/errors/code/0"},
		"parameter name":      {param(waygate.ConnectionParameter{Name: "a b"}), "/parameters/0/name"},
		"parameter pattern":   {param(waygate.ConnectionParameter{Name: "a", Pattern: "("}), "/parameters/0/pattern"},
		"parameter format":    {param(waygate.ConnectionParameter{Name: "a", Format: "x"}), "/parameters/0/format"},
		"parameter enum":      {param(waygate.ConnectionParameter{Name: "a", Enum: []string{"b", "1"}, Pattern: "[a-z]"}), "/parameters/0/enum/1"},
		"parameter default":   {param(waygate.ConnectionParameter{Name: "a", Enum: []string{"b"}, Default: pointer("c")}), "/parameters/0/default"},
		"parameter domains":   {param(waygate.ConnectionParameter{Name: "a", Domains: []string{"com"}}), "/parameters/0/domains/0"},
		"parameter secret":    {param(waygate.ConnectionParameter{Name: "a", Secret: true}), "/parameters/0/secret"},
		"parameter twice":     {func(i in) { i.Parameters = []waygate.ConnectionParameter{{Name: "a"}, {Name: "a"}} }, "/parameters/1/name"},
		"retry":               {func(i in) { i.Retry = resilience.Exponential{MaxAttempts: 11} }, "/retry/max_attempts"},
		"breaker":             {func(i in) { i.Breaker = &resilience.BreakerSettings{Rate: 2} }, "/breaker/rate"},
		"limits":              {func(i in) { i.Limits = []resilience.Limit{{Rate: 1}, {}} }, "/limits/1/rate"},
		"pagination":          {func(i in) { i.Pagination = pagination.Cursor{Path: "x"} }, "/pagination/param"},
		"validation.input":    {func(i in) { i.Validation.Input = "warn" }, "/validation/input"},
		"validation.response": {func(i in) { i.Validation.Response = "x" }, "/validation/response"},
		"timeout":             {func(i in) { i.Timeout = 1 }, "/timeout"},
		"attempt_timeout":     {func(i in) { i.AttemptTimeout = waygate.Duration(time.Hour) }, "/attempt_timeout"},
		"nil action":          {func(i in) { i.Actions = append(i.Actions, nil) }, "/actions/1"},
		"action twice":        {func(i in) { i.Actions = append(i.Actions, get("ok")) }, "/actions/1/id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def := api(get("ok"))
			c.change(&def)
			faultAt(t, def, c.pointer)
		})
	}
}

// faultAt registers what can't be, and compares the place.
func faultAt(t *testing.T, def waygate.Integration, pointer string) {
	t.Helper()
	err := wired(t, always(200, `{}`)).Register(t.Context(), def)
	e := failure(t, err, waygate.KindConfig)
	if len(e.Fields) != 1 || e.Fields[0].Pointer != pointer || e.Fields[0].Keyword != "definition" {
		t.Errorf("fields %+v, want %s: %v", e.Fields, pointer, err)
	}
	if strings.Contains(err.Error(), "; /") {
		t.Errorf("the place is said twice: %v", err)
	}
}

// TestActionFaultPointers is the same for what an action says.
func TestActionFaultPointers(t *testing.T) {
	t.Parallel()
	type act = *waygate.HTTPAction
	param := func(p waygate.Parameter) func(act) {
		return func(a act) { a.Parameters = []waygate.Parameter{{Name: "ok", In: "query"}, p} }
	}
	body := func(b waygate.Body) func(act) { return func(a act) { a.Method, a.Body = "POST", &b } }
	const p1 = "/parameters/1"
	for name, c := range map[string]struct {
		change  func(act)
		pointer string
	}{
		"id":           {func(a act) { a.ID = "A" }, "/id"},
		"description":  {func(a act) { a.Description = strings.Repeat("a", 2001) }, "/description"},
		"tags":         {func(a act) { a.Tags = []string{"a"} }, "/tags/0"},
		"method":       {func(a act) { a.Method = "get" }, "/method"},
		"layout":       {func(a act) { a.Layout = "nested" }, "/layout"},
		"path":         {func(a act) { a.Path = "x" }, "/path"},
		"path query":   {func(a act) { a.Path = "/x?a={a}" }, "/path"},
		"path env":     {func(a act) { a.Path = "/${env.k}" }, "/path"},
		"path brace":   {func(a act) { a.Path = "/{a" }, "/path"},
		"headers":      {func(a act) { a.Headers = map[string]string{"Authorization": "x"} }, "/headers/Authorization"},
		"header's env": {func(a act) { a.Headers = map[string]string{"X-A": "${env.none}"} }, "/headers/X-A"},
		"header of the key": {func(a act) {
			a.Idempotency, a.Headers = &waygate.Idempotency{Header: "X-K"}, map[string]string{"x-k": "y"}
		}, "/headers/X-K"}, // as it is sent
		"input_schema":  {func(a act) { a.InputSchema = json.RawMessage(`{"type":"x"}`) }, "/input_schema"},
		"output_schema": {func(a act) { a.OutputSchema = json.RawMessage(`{`) }, "/output_schema"},
		"input_mapping": {func(a act) {
			a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "a", To: "b"}, {To: "x"}}}
		}, "/input_mapping/fields/1/from"},
		"output_mapping":     {func(a act) { a.OutputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "a"}}} }, "/output_mapping/fields/0/to"},
		"records":            {func(a act) { a.Records = "a[*]" }, "/records"},
		"mapped_records":     {func(a act) { a.MappedRecords = "a" }, "/mapped_records"},
		"pagination":         {func(a act) { a.Pagination = pagination.Cursor{Path: "a"} }, "/pagination/param"},
		"pagination's place": {func(a act) { a.Pagination = pagination.Cursor{Path: "a", Param: "b", In: "body"} }, "/pagination"},
		"pagination's path":  {func(a act) { a.Pagination = pagination.Cursor{Path: "a", Param: "b", In: "path"} }, "/pagination"},
		"pagination, no room": {func(a act) {
			body(waygate.Body{Encoding: "text"})(a)
			a.Pagination = pagination.Cursor{Path: "a", Param: "b", In: "body"}
		}, "/pagination"},
		"retry":             {func(a act) { a.Retry = resilience.Exponential{Base: -1} }, "/retry/base"},
		"timeout":           {func(a act) { a.Timeout = 1 }, "/timeout"},
		"validation":        {func(a act) { a.Validation.Response = "x" }, "/validation/response"},
		"idempotency":       {func(a act) { a.Idempotency = &waygate.Idempotency{Header: "Host"} }, "/idempotency/header"},
		"lifetime":          {func(a act) { a.Idempotency = &waygate.Idempotency{Header: "X-K", Lifetime: -1} }, "/idempotency/lifetime"},
		"response":          {func(a act) { a.Response = "xml" }, "/response"},
		"body of GET":       {func(a act) { a.Body = &waygate.Body{} }, "/body"},
		"body of HEAD":      {func(a act) { a.Method, a.Body = "HEAD", &waygate.Body{} }, "/body"},
		"encoding":          {body(waygate.Body{Encoding: "xml"}), "/body/encoding"},
		"member of a form":  {body(waygate.Body{Encoding: "form", Member: "a"}), "/body/member"},
		"member, grouped":   {func(a act) { body(waygate.Body{Member: "a"})(a); a.Layout = "grouped" }, "/body/member"},
		"objects of JSON":   {body(waygate.Body{Objects: "dots"}), "/body/objects"},
		"arrays of JSON":    {body(waygate.Body{Arrays: "comma"}), "/body/arrays"},
		"objects":           {body(waygate.Body{Encoding: "form", Objects: "x"}), "/body/objects"},
		"arrays":            {body(waygate.Body{Encoding: "form", Arrays: "x"}), "/body/arrays"},
		"type":              {body(waygate.Body{Type: "x y"}), "/body/type"},
		"type of parts":     {body(waygate.Body{Encoding: "multipart", Type: "a/b"}), "/body/type"},
		"nameless":          {param(waygate.Parameter{In: "query"}), p1 + "/name"},
		"declared twice":    {param(waygate.Parameter{Name: "ok", In: "header"}), p1 + "/name"},
		"no place":          {param(waygate.Parameter{Name: "a"}), p1 + "/in"},
		"not in the path":   {param(waygate.Parameter{Name: "a", In: "path"}), p1 + "/in"},
		"not in GET":        {param(waygate.Parameter{Name: "a", In: "body"}), p1 + "/in"},
		"style":             {param(waygate.Parameter{Name: "a", In: "query", Style: "x"}), p1 + "/style"},
		"style of a header": {param(waygate.Parameter{Name: "a", In: "header", Style: "deepObject"}), p1 + "/style"},
		"style of JSON": {func(a act) {
			body(waygate.Body{})(a)
			param(waygate.Parameter{Name: "a", In: "body", Style: "form"})(a)
		}, p1 + "/style"},
		"type of a query": {param(waygate.Parameter{Name: "a", In: "query", Type: "a/b"}), p1 + "/type"},
		"type of a part": {func(a act) {
			body(waygate.Body{Encoding: "multipart"})(a)
			param(waygate.Parameter{Name: "a", In: "body", Type: "x"})(a)
		}, p1 + "/type"},
		"default":          {param(waygate.Parameter{Name: "a", In: "query", Default: func() {}}), p1 + "/default"},
		"reserved in path": {param(waygate.Parameter{Name: "a", In: "header", AllowReserved: true}), p1 + "/allow_reserved"},
		"slash in query":   {param(waygate.Parameter{Name: "a", In: "query", AllowSlash: true}), p1 + "/allow_slash"},
		"reserved header":  {param(waygate.Parameter{Name: "a", In: "header", As: "Host"}), p1 + "/as"},
		"scheme's header":  {param(waygate.Parameter{Name: "Authorization", In: "header"}), p1 + "/name"},
		"key's header": {func(a act) {
			a.Idempotency = &waygate.Idempotency{Header: "X-K"}
			param(waygate.Parameter{Name: "x-k", In: "header"})(a)
		}, p1},
		"undeclared key":   {param(waygate.Parameter{Name: "Idempotency-Key", In: "header"}), p1 + "/name"},
		"cookie":           {param(waygate.Parameter{Name: "a", In: "cookie", As: "a;b"}), p1 + "/as"},
		"beside the whole": {func(a act) { body(waygate.Body{Member: "all"})(a); param(waygate.Parameter{Name: "a", In: "body"})(a) }, p1 + "/in"},
		"beside a text": {func(a act) {
			body(waygate.Body{Encoding: "text"})(a)
			param(waygate.Parameter{Name: "a", In: "body"})(a)
		}, p1 + "/in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := get("a")
			c.change(&a)
			faultAt(t, api(get("ok"), a), "/actions/1"+c.pointer)
		})
	}
}

// TestParseFaultPointers shows the same for what can't be read.
func TestParseFaultPointers(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	for text, pointer := range map[string]string{
		`{"id":"a","colour":1}`:                     "/colour",
		`{"ID":"a"}`:                                "/ID",
		`{"id":1}`:                                  "/id",
		`{"id":"a","id":"b"}`:                       "/id",
		`{"tags":"a"}`:                              "/tags",
		`{"tags":["a",1]}`:                          "/tags/1",
		`{"base_url":[]}`:                           "/base_url",
		`{"origins":{}}`:                            "/origins",
		`{"headers":{"X/A":1}}`:                     "/headers/X~1A",
		`{"timeout":"soon"}`:                        "/timeout",
		`{"timeout":5}`:                             "/timeout",
		`{"attempt_timeout":true}`:                  "/attempt_timeout",
		`{"not_processed":"yes"}`:                   "/not_processed",
		`{"tls":{"key":1}}`:                         "/tls/key",
		`{"tls":{"secret":1}}`:                      "/tls/secret",
		`{"verify":{"status":[200,"x"]}}`:           "/verify/status/1",
		`{"verify":{"url":"x"}}`:                    "/verify/url",
		`{"errors":{"message":"$.m"}}`:              "/errors/message",
		`{"errors":{"text":[]}}`:                    "/errors/text",
		`{"parameters":[{"name":"a"},{"nam":"b"}]}`: "/parameters/1/nam",
		`{"parameters":[{"default":1}]}`:            "/parameters/0/default",
		`{"validation":{"output":"off"}}`:           "/validation/output",
		`{"breaker":{"rate":"x"}}`:                  "/breaker/rate",
		`{"limits":[{"rate":1},{"speed":1}]}`:       "/limits/1/speed",
		`{"auth":{"kind":"none","x":1}}`:            "/auth/x",
		`{"auth":{"kind":"nothing"}}`:               "/auth/kind",
		`{"auth":{}}`:                               "/auth/kind",
		`{"auth":{"kind":"all","schemes":[{"kind":"bearer"},{"kind":"key","nam":"x"}]}}`: "/auth/schemes/1/nam",
		`{"retry":{"kind":"x"}}`:                                       "/retry/kind",
		`{"retry":{"kind":"exponential","times":3}}`:                   "/retry/times",
		`{"pagination":{"kind":"cursor","pram":"x"}}`:                  "/pagination/pram",
		`{"actions":{}}`:                                               "/actions",
		`{"actions":[1]}`:                                              "/actions/0",
		`{"actions":[{"kind":"grpc"}]}`:                                "/actions/0/kind",
		`{"actions":[{},{"verb":"GET"}]}`:                              "/actions/1/verb",
		`{"actions":[{"method":1}]}`:                                   "/actions/0/method",
		`{"actions":[{"parameters":[{"name":"a","where":"query"}]}]}`:  "/actions/0/parameters/0/where",
		`{"actions":[{"parameters":[{"name":"a","explode":"yes"}]}]}`:  "/actions/0/parameters/0/explode",
		`{"actions":[{"body":{"encodng":"form"}}]}`:                    "/actions/0/body/encodng",
		`{"actions":[{"body":"form"}]}`:                                "/actions/0/body",
		`{"actions":[{"idempotency":{"header":"X","lifetime":"1d"}}]}`: "/actions/0/idempotency/lifetime",
		`{"actions":[{"effects":{"readonly":true}}]}`:                  "/actions/0/effects/readonly",
		`{"actions":[{"pagination":{"kind":"cursor","param":1}}]}`:     "/actions/0/pagination/param",
		`{"actions":[{"retry":{"kind":"exponential","base":5}}]}`:      "/actions/0/retry/base",
		`{"actions":[{"output_mapping":{"fields":[{"frm":"a"}]}}]}`:    "/actions/0/output_mapping/fields/0/frm",
		`{"actions":[{"metadata":{"a":1}}]}`:                           "/actions/0/metadata/a",
		`{"actions":[{"metadata":{"a":"1","a":"2"}}]}`:                 "/actions/0/metadata/a",
	} {
		_, err := gw.ParseIntegration([]byte(text))
		e := failure(t, err, waygate.KindConfig)
		if len(e.Fields) != 1 || e.Fields[0].Pointer != pointer {
			t.Errorf("%s: fields %+v, want %s: %v", text, e.Fields, pointer, err)
		}
	}
	for _, text := range []string{``, `{`, `[]`, `"x"`, `null`, `{"id":"a"} x`, "\xff"} {
		_, err := gw.ParseIntegration([]byte(text))
		if err == nil {
			t.Errorf("%q is taken", text)
			continue
		}
		if failure(t, err, waygate.KindConfig); strings.Contains(err.Error(), ": : ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
