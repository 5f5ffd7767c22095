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

// badInfo panics where it should describe itself.
type badInfo struct{ waygate.Action }

func (badInfo) Info() waygate.ActionInfo { panic("no info") }

// TestDefinitionErrors shows that a definition that can't work fails when it is
// registered, and that the error says where.
func TestDefinitionErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 2001)
	cases := map[string]struct {
		change func(*waygate.Integration)
		says   []string
	}{
		"no id":              {func(in *waygate.Integration) { in.ID = "" }, []string{"id"}},
		"two underscores":    {func(in *waygate.Integration) { in.ID = "a__b" }, []string{"id", "a__b"}},
		"long id":            {func(in *waygate.Integration) { in.ID = strings.Repeat("a", 41) }, []string{"id", "40"}},
		"description":        {func(in *waygate.Integration) { in.Description = long }, []string{"description", "2001", "2000"}},
		"tag":                {func(in *waygate.Integration) { in.Tags = []string{"Upper"} }, []string{"tag", "Upper"}},
		"tags":               {func(in *waygate.Integration) { in.Tags = make([]string, 11) }, []string{"tags", "10"}},
		"no base":            {func(in *waygate.Integration) { in.BaseURL = "" }, []string{"base_url"}},
		"relative base":      {func(in *waygate.Integration) { in.BaseURL = "/v1" }, []string{"base_url"}},
		"base of ftp":        {func(in *waygate.Integration) { in.BaseURL = "ftp://example.com" }, []string{"base_url"}},
		"base with query":    {func(in *waygate.Integration) { in.BaseURL = apiBase + "?x=1" }, []string{"base_url"}},
		"base with user":     {func(in *waygate.Integration) { in.BaseURL = "https://u:p@example.com" }, []string{"base_url"}},
		"base with fragment": {func(in *waygate.Integration) { in.BaseURL = apiBase + "#x" }, []string{"base_url"}},
		"undeclared in base": {func(in *waygate.Integration) { in.BaseURL = "https://{sub}.example.com" }, []string{"base_url", "{sub}"}},
		"variable in base":   {func(in *waygate.Integration) { in.BaseURL = "https://${tenant.sub}.example.com" }, []string{"base_url", "tenant.sub"}},
		"env in base":        {func(in *waygate.Integration) { in.BaseURL = apiBase + "/${env.k}" }, []string{"base_url", "env.k"}},
		"query behind a parameter": {func(in *waygate.Integration) {
			in.BaseURL, in.Parameters = "https://{sub}.example.com/v1?x=1", []waygate.ConnectionParameter{{Name: "sub"}}
		}, []string{"base_url", "query"}},
		"origin with path": {func(in *waygate.Integration) { in.Origins = []string{apiBase, apiBase + "/v1"} }, []string{"origins[1]"}},
		"origin":           {func(in *waygate.Integration) { in.Origins = []string{"example.com"} }, []string{"origins[0]"}},
		"parameter name":   {func(in *waygate.Integration) { in.Parameters = []waygate.ConnectionParameter{{Name: "a b"}} }, []string{"parameters[0]", "a b"}},
		"parameter twice":  {func(in *waygate.Integration) { in.Parameters = []waygate.ConnectionParameter{{Name: "a"}, {Name: "a"}} }, []string{"parameters[1]", "twice"}},
		"parameter pattern": {func(in *waygate.Integration) {
			in.Parameters = []waygate.ConnectionParameter{{Name: "a", Pattern: "("}}
		}, []string{"parameters[0]", "pattern"}},
		"parameter pattern's size": {func(in *waygate.Integration) {
			in.Parameters = []waygate.ConnectionParameter{{Name: "a", Pattern: strings.Repeat("a", 1025)}}
		}, []string{"parameters[0]", "pattern", "1024"}},
		"parameter default": {func(in *waygate.Integration) {
			in.Parameters = []waygate.ConnectionParameter{{Name: "a", Pattern: "[a-z]+", Default: pointer("A")}}
		}, []string{"parameters[0]", "default", "pattern"}},
		"parameter default not in enum": {func(in *waygate.Integration) {
			in.Parameters = []waygate.ConnectionParameter{{Name: "a", Enum: []string{"x", "y"}, Default: pointer("z")}}
		}, []string{"parameters[0]", "default", "x, y"}},
		"no auth":             {func(in *waygate.Integration) { in.Auth = nil }, []string{"auth", "auth.None"}},
		"bad auth":            {func(in *waygate.Integration) { in.Auth = auth.Key{} }, []string{"auth", "name"}},
		"retry":               {func(in *waygate.Integration) { in.Retry = resilience.Exponential{MaxAttempts: 11} }, []string{"retry", "max_attempts"}},
		"breaker":             {func(in *waygate.Integration) { in.Breaker = &resilience.BreakerSettings{Rate: 2} }, []string{"breaker", "rate"}},
		"limit":               {func(in *waygate.Integration) { in.Limits = []resilience.Limit{{Rate: 1}, {}} }, []string{"limits[1]", "rate"}},
		"tenant limit":        {func(in *waygate.Integration) { in.TenantLimits = []resilience.Limit{{Rate: -1}} }, []string{"tenant_limits[0]", "rate"}},
		"shared limits":       {func(in *waygate.Integration) { in.SharedLimits = make([]resilience.Limit, 17) }, []string{"shared_limits", "17"}},
		"concurrency":         {func(in *waygate.Integration) { in.Concurrency = &resilience.Concurrency{} }, []string{"concurrency", "max"}},
		"slow":                {func(in *waygate.Integration) { in.Concurrency = &resilience.Concurrency{Max: 1, Slow: 1} }, []string{"concurrency", "slow", "adaptive"}},
		"timeout":             {func(in *waygate.Integration) { in.Timeout = waygate.Duration(time.Millisecond) }, []string{"timeout", "1ms"}},
		"long timeout":        {func(in *waygate.Integration) { in.Timeout = waygate.Duration(301 * time.Second) }, []string{"timeout", "5m1s"}},
		"attempt timeout":     {func(in *waygate.Integration) { in.AttemptTimeout = -1 }, []string{"attempt_timeout"}},
		"long attempt":        {func(in *waygate.Integration) { in.AttemptTimeout = waygate.Duration(time.Hour) }, []string{"attempt_timeout", "1h"}},
		"validation":          {func(in *waygate.Integration) { in.Validation.Response = "loose" }, []string{"validation.response"}},
		"validation of input": {func(in *waygate.Integration) { in.Validation.Input = "warn" }, []string{"validation.input", "strict"}},
		"header name":         {func(in *waygate.Integration) { in.Headers = map[string]string{"a b": ""} }, []string{"headers", "a b"}},
		"header of transport": {func(in *waygate.Integration) { in.Headers = map[string]string{"x-forwarded-for": "1"} }, []string{"headers", "X-Forwarded-For"}},
		"header of scheme":    {func(in *waygate.Integration) { in.Headers = map[string]string{"authorization": "x"} }, []string{"headers", "Authorization", "scheme"}},
		"header of keys":      {func(in *waygate.Integration) { in.Headers = map[string]string{"Idempotency-Key": "x"} }, []string{"headers", "Idempotency-Key", "idempotency"}},
		"header value":        {func(in *waygate.Integration) { in.Headers = map[string]string{"X-A": "a\r\nB: c"} }, []string{"headers", "X-A"}},
		"header template":     {func(in *waygate.Integration) { in.Headers = map[string]string{"X-A": "${what.x}"} }, []string{"headers", "X-A"}},
		"env that is missing": {func(in *waygate.Integration) { in.Headers = map[string]string{"X-A": "${env.nope}"} }, []string{"X-A", "env.nope", "Config.Env"}},
		"nil action":          {func(in *waygate.Integration) { in.Actions = []waygate.Action{get("a"), nil} }, []string{"actions[1]", "nil"}},
		"action twice":        {func(in *waygate.Integration) { in.Actions = []waygate.Action{get("a"), get("a")} }, []string{"actions[1]", "twice"}},
		"panicking info":      {func(in *waygate.Integration) { in.Actions = []waygate.Action{badInfo{}} }, []string{"actions[0]", "Info", "panicked"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = map[string]string{"k": "platform-value"} })
			in := api(get("ok"))
			c.change(&in)
			err := gw.Register(t.Context(), in)
			e := failure(t, err, waygate.KindConfig)
			says(t, err, c.says...)
			if e.Op != "register" || e.Integration != in.ID || e.Hint != waygate.HintCheckIntegrationConfig {
				t.Errorf("got op %q, integration %q, hint %q", e.Op, e.Integration, e.Hint)
			}
			says(t, gw.Replace(t.Context(), in), c.says...)
			if got := gw.Actions(waygate.ActionFilter{}); len(got) != 0 {
				t.Errorf("something is registered all the same: %v", got)
			}
		})
	}
}

// TestActionErrors is the same for what an action says.
func TestActionErrors(t *testing.T) {
	t.Parallel()
	param := func(p waygate.Parameter) func(*waygate.HTTPAction) {
		return func(a *waygate.HTTPAction) { a.Parameters = []waygate.Parameter{p} }
	}
	cases := map[string]struct {
		change func(*waygate.HTTPAction)
		says   []string
	}{
		"method":               {func(a *waygate.HTTPAction) { a.Method = "get" }, []string{"method", "get"}},
		"no method":            {func(a *waygate.HTTPAction) { a.Method = "" }, []string{"method"}},
		"description":          {func(a *waygate.HTTPAction) { a.Description = strings.Repeat("a", 2001) }, []string{"description"}},
		"tag":                  {func(a *waygate.HTTPAction) { a.Tags = []string{"a"} }, []string{"tag"}},
		"relative path":        {func(a *waygate.HTTPAction) { a.Path = "items" }, []string{"path", "items"}},
		"fragment":             {func(a *waygate.HTTPAction) { a.Path = "/items#x" }, []string{"path", "fragment"}},
		"template in query":    {func(a *waygate.HTTPAction) { a.Path = "/items?q={q}" }, []string{"path", "query"}},
		"bad query":            {func(a *waygate.HTTPAction) { a.Path = "/items?a=%zz" }, []string{"path", "query"}},
		"env in path":          {func(a *waygate.HTTPAction) { a.Path = "/${env.k}" }, []string{"path", "env.k"}},
		"open brace":           {func(a *waygate.HTTPAction) { a.Path = "/{a" }, []string{"path"}},
		"space in path":        {func(a *waygate.HTTPAction) { a.Path = "/a b" }, []string{"path"}},
		"header of scheme":     {func(a *waygate.HTTPAction) { a.Headers = map[string]string{"Authorization": "x"} }, []string{"Authorization"}},
		"header without env":   {func(a *waygate.HTTPAction) { a.Headers = map[string]string{"X-A": "${env.none}"} }, []string{"X-A", "env.none"}},
		"input schema":         {func(a *waygate.HTTPAction) { a.InputSchema = json.RawMessage(`{"type":"nope"}`) }, []string{"input_schema"}},
		"output schema":        {func(a *waygate.HTTPAction) { a.OutputSchema = json.RawMessage(`{`) }, []string{"output_schema"}},
		"input mapping":        {func(a *waygate.HTTPAction) { a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{To: "x"}}} }, []string{"input_mapping", "fields[0]"}},
		"output mapping":       {func(a *waygate.HTTPAction) { a.OutputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "x"}}} }, []string{"output_mapping", "fields[0]"}},
		"records":              {func(a *waygate.HTTPAction) { a.Records = "a[" }, []string{"records"}},
		"records in places":    {func(a *waygate.HTTPAction) { a.Records = "items[*].list" }, []string{"records", "several"}},
		"mapped records":       {func(a *waygate.HTTPAction) { a.Records, a.MappedRecords = "a", "b[" }, []string{"mapped_records"}},
		"mapped records alone": {func(a *waygate.HTTPAction) { a.MappedRecords = "a" }, []string{"mapped_records", "records"}},
		"pagination":           {func(a *waygate.HTTPAction) { a.Pagination = pagination.Cursor{} }, []string{"pagination"}},
		"pagination in a body": {func(a *waygate.HTTPAction) {
			a.Pagination = pagination.Cursor{Path: "next", Param: "c", In: pagination.InBody}
		}, []string{"pagination", "body"}},
		"pagination in the path": {func(a *waygate.HTTPAction) {
			a.Pagination = pagination.Cursor{Path: "next", Param: "c", In: pagination.InPath}
		}, []string{"pagination", "path"}},
		"retry":              {func(a *waygate.HTTPAction) { a.Retry = resilience.Exponential{Base: -1} }, []string{"retry", "base"}},
		"timeout":            {func(a *waygate.HTTPAction) { a.Timeout = 1 }, []string{"timeout"}},
		"validation":         {func(a *waygate.HTTPAction) { a.Validation.Input = "x" }, []string{"validation.input"}},
		"key's header":       {func(a *waygate.HTTPAction) { a.Idempotency = &waygate.Idempotency{Header: "a b"} }, []string{"idempotency", "header"}},
		"no header for keys": {func(a *waygate.HTTPAction) { a.Idempotency = &waygate.Idempotency{} }, []string{"idempotency", "header"}},
		"reserved for keys":  {func(a *waygate.HTTPAction) { a.Idempotency = &waygate.Idempotency{Header: "Host"} }, []string{"idempotency", "Host"}},
		"key's lifetime":     {func(a *waygate.HTTPAction) { a.Idempotency = &waygate.Idempotency{Header: "X-Key", Lifetime: -1} }, []string{"idempotency", "lifetime"}},
		"key's header set, too": {func(a *waygate.HTTPAction) {
			a.Idempotency, a.Headers = &waygate.Idempotency{Header: "X-Key"}, map[string]string{"x-key": "mine"}
		}, []string{"X-Key"}},
		"nameless parameter":  {param(waygate.Parameter{In: "query"}), []string{"parameters[0]", "name"}},
		"long parameter":      {param(waygate.Parameter{Name: strings.Repeat("a", 201), In: "query"}), []string{"parameters[0]", "201"}},
		"placeless parameter": {param(waygate.Parameter{Name: "a"}), []string{"parameters[0]", "want path, query, header, cookie or body"}},
		"odd place":           {param(waygate.Parameter{Name: "a", In: "matrix"}), []string{"parameters[0]", "matrix"}},
		"not in the path":     {param(waygate.Parameter{Name: "a", In: "path"}), []string{"parameters[0]", "{a}"}},
		"header parameter":    {param(waygate.Parameter{Name: "a", In: "header", As: "Cookie2 x"}), []string{"parameters[0]", "Cookie2 x"}},
		"reserved parameter":  {param(waygate.Parameter{Name: "Proxy-Authorization", In: "header"}), []string{"parameters[0]", "Proxy-Authorization"}},
		"body of GET":         {param(waygate.Parameter{Name: "a", In: "body"}), []string{"parameters[0]", "GET"}},
		"parameter's default": {param(waygate.Parameter{Name: "a", In: "query", Default: func() {}}), []string{"parameters[0]", "default"}},
		"parameter twice": {func(a *waygate.HTTPAction) {
			a.Parameters = []waygate.Parameter{{Name: "a", In: "query"}, {Name: "a", In: "header"}}
		}, []string{"parameters[1]", "twice"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = map[string]string{"k": "platform-value"} })
			a := get("thing")
			c.change(&a)
			err := gw.Register(t.Context(), api(get("ok"), a))
			failure(t, err, waygate.KindConfig)
			says(t, err, append(c.says, "thing")...)
		})
	}
	t.Run("id", func(t *testing.T) {
		t.Parallel()
		gw := wired(t, always(200, `{}`))
		says(t, gw.Register(t.Context(), api(get("ok"), get("Not_ok"))), "actions[1]", "Not_ok")
	})
}
