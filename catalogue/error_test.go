package catalogue_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/catalogue"
)

// badFile is a file that is refused.
type badFile struct {
	name         string // a.yaml by default
	text         string
	place        string // line:column: field
	says         string // a part of the reason, which says what to do
	beyondSchema bool   // the schema can't tell
}

// top is an integration with further members, from line 4 on.
func top(lines ...string) string { return integration("crm", lines...) }

// act is an integration whose second action begins on line 8, with further members from line 9 on.
func act(lines ...string) string {
	text := top("actions:", "  - id: ok", "    method: GET", "    path: /", "  - id: list")
	for _, l := range lines {
		text += "    " + l + "\n"
	}
	return text
}

// get is act with method and path, and further members from line 11 on.
func get(lines ...string) string {
	return act(append([]string{"method: GET", "path: /items"}, lines...)...)
}

// oauth is an integration with OAuth 2, with further members of it from line 7 on.
func oauth(lines ...string) string {
	text := "id: crm\nbase_url: https://a.example.com\nauth:\n  kind: oauth2\n  token_url: https://a.example.com/token\n  authorize_url: https://a.example.com/login\n"
	for _, l := range lines {
		text += "  " + l + "\n"
	}
	return text
}

func badFiles() map[string]badFile {
	return map[string]badFile{
		// What can't be read.
		"empty":             {text: "", place: "1:1", says: "empty", beyondSchema: true},
		"indentation":       {text: top("headers:", "    A: b", "  C: d"), place: "6:3", says: "indentation", beyondSchema: true},
		"key twice":         {text: top("name: A", "name: B"), place: "5:1: /name", says: "keep one", beyondSchema: true},
		"merge key":         {text: top("headers:", "  <<: {A: b}"), place: "5:3: /headers", says: "write the members out", beyondSchema: true},
		"tag":               {text: top("name: !!str 12"), place: "4:7: /name", says: "leave the tag out", beyondSchema: true},
		"number of a kind":  {text: top("actions:", "  - id: 007"), place: "5:9: /actions/0/id", says: "quotes", beyondSchema: true},
		"two documents":     {text: top() + "---\n" + top(), place: "5:1", says: "file of its own", beyondSchema: true},
		"json":              {name: "a.json", text: "{\n  \"id\": \"crm\",\n}", place: "3:1", says: "expected a key", beyondSchema: true},
		"json twice":        {name: "a.json", text: "{\"id\": \"crm\",\n \"headers\": {\"é\": \"1\", \"X\": \"1\",  \"X\": \"2\"}}", place: "2:35: /headers/X", says: "keep one", beyondSchema: true},
		"json too deep":     {name: "a.json", text: strings.Repeat("[", 600) + strings.Repeat("]", 600), place: "1:1", says: "512", beyondSchema: true},
		"not an object":     {text: "- id: crm\n", place: "1:1", says: "want an integration"},
		"a text":            {text: "# x\ncrm\n", place: "2:1", says: "want an integration"},
		"unknown member":    {text: top("base_uri: x"), place: "4:1: /base_uri", says: `unknown member /base_uri: did you mean "base_url"?`},
		"wrong case":        {text: top("Name: x"), place: "4:1: /Name", says: "unknown member"},
		"wrong type":        {text: top("name: [x]"), place: "4:1: /name", says: "a list stands here, want a text"},
		"number for a text": {text: top("headers:", "  X-A: 1"), place: "5:3: /headers/X-A", says: "want a text: put it into quotes"},
		"json type":         {name: "a.json", text: "{\"id\": \"crm\",\n  \"tags\": \"x\"}", place: "2:3: /tags", says: "[...]"},
		// What the integration says.
		"id":                 {text: strings.Replace(top(), "id: crm", "id: C R M", 1), place: "1:1: /id", says: "a-z"},
		"no id":              {text: "base_url: https://a.example.com\nauth: {kind: none}\n", place: "1:1: /id", says: "is missing: want 1 to 40"},
		"no auth":            {text: "id: crm\nbase_url: https://a.example.com\n", place: "1:1: /auth", says: "auth: {kind: none}"},
		"unknown scheme":     {text: "id: crm\nbase_url: https://a.example.com\nauth:\n  kind: barer\n", place: "4:3: /auth/kind", says: `did you mean "bearer"?`},
		"scheme's member":    {text: "id: crm\nbase_url: https://a.example.com\nauth:\n  kind: bearer\n  prefx: x\n", place: "5:3: /auth/prefx", says: `did you mean "prefix"?`},
		"nested scheme":      {text: "id: crm\nbase_url: https://a.example.com\nauth:\n  kind: all\n  schemes:\n    - kind: bearer\n    - kind: key\n", place: "7:7: /auth/schemes/1/name"},
		"no token url":       {text: "id: crm\nbase_url: https://a.example.com\nauth:\n  kind: oauth2\n  grant: client_credentials\n", place: "3:1: /auth/token_url", says: "is missing"},
		"no authorize url":   {text: "id: crm\nbase_url: https://a.example.com\nauth:\n  kind: oauth2\n  token_url: https://a.example.com/token\n", place: "3:1: /auth/authorize_url", says: "is missing"},
		"no device url":      {text: oauth("grant: device_code"), place: "3:1: /auth/device_url", says: "is missing"},
		"grant":              {text: oauth("grant: implicit"), place: "7:3: /auth/grant", says: "there is no such grant"},
		"client auth":        {text: oauth("client_auth: header"), place: "7:3: /auth/client_auth", says: "basic_raw"},
		"body format":        {text: oauth("body_format: xml"), place: "7:3: /auth/body_format", says: "form, json or query"},
		"scopes as text":     {text: oauth("scopes: read write"), place: "7:3: /auth/scopes", says: "give an array"},
		"expiry":             {text: oauth("answer: {expiry: minutes}"), place: "7:12: /auth/answer/expiry", says: "epoch_ms"},
		"success":            {text: oauth("answer: {success_values: [ok]}"), place: "7:12: /auth/answer/success_values", says: "answer.success"},
		"capture's pattern":  {text: oauth("capture: [{parameter: shop}]"), place: "7:13: /auth/capture/0/pattern", says: "pattern"},
		"capture's source":   {text: oauth("capture: [{parameter: shop, pattern: a, from: query}]"), place: "7:43: /auth/capture/0/from", says: "answer or callback"},
		"idle":               {text: oauth("idle: 30d"), place: "7:3: /auth/idle", says: "30s"},
		"algorithm":          {text: oauth("assertion: {algorithm: HS256}"), place: "7:15: /auth/assertion/algorithm", says: "RS256"},
		"token's scheme":     {text: oauth("use: {kind: key}"), place: "7:3: /auth/use/name"},
		"base missing":       {text: "id: crm\nauth: {kind: none}\n", place: "1:1: /base_url", says: "is missing: want an absolute URL"},
		"plain http":         {text: "id: crm\nbase_url: http://a.example.com\nauth: {kind: none}\n", place: "2:1: /base_url", says: "AllowHTTP", beyondSchema: true},
		"kind as text":       {text: "id: crm\nbase_url: https://a.example.com\nauth: bearer\n", place: "3:1: /auth", says: "write auth: {kind: bearer}"},
		"misspelt as text":   {text: "id: crm\nbase_url: https://a.example.com\nauth: baerer\n", place: "3:1: /auth", says: "write auth: {kind: bearer}"},
		"retry as text":      {text: top("retry: never"), place: "4:1: /retry", says: "write retry: {kind: never}"},
		"pages as text":      {text: top("pagination: offset"), place: "4:1: /pagination", says: "write pagination: {kind: offset}"},
		"id as number":       {text: "id: 12\nbase_url: https://a.example.com\nauth: {kind: none}\n", place: "1:1: /id", says: "quotes"},
		"text for an object": {text: top("verify: /me"), place: "4:1: /verify", says: "want an object with method, path, status"},
		"no base":            {text: "id: crm\nbase_url: ''\nauth: {kind: none}\n", place: "2:1: /base_url", says: "https://", beyondSchema: true},
		"base with query":    {text: "id: crm\nbase_url: https://a.example.com?b=c\nauth: {kind: none}\n", place: "2:1: /base_url", says: "query", beyondSchema: true},
		"origin":             {text: top("origins:", "  - https://a.example.com", "  - b.example.com"), place: "6:5: /origins/1", says: "origin like", beyondSchema: true},
		"tag of two words":   {text: top("tags: [crm, Two Words]"), place: "4:13: /tags/1", says: "a-z"},
		"header":             {text: top("headers:", "  X-A: b", "  X-B: ${what.x}"), place: "6:3: /headers/X-B", says: "env", beyondSchema: true},
		"env":                {text: top("headers:", "  X-A: ${env.nope}"), place: "5:3: /headers/X-A", says: "Config.Env", beyondSchema: true},
		"parameter's member": {text: top("parameters:", "  - name: a", "    patern: a"), place: "6:5: /parameters/0/patern", says: "unknown member"},
		"retry":              {text: top("retry:", "  kind: exponential", "  max_attempts: 99"), place: "6:3: /retry/max_attempts", says: "10"},
		"breaker":            {text: top("breaker:", "  rate: 2"), place: "5:3: /breaker/rate", says: "at most 1"},
		"shared limit":       {text: top("shared_limits:", "  - rate: 0"), place: "5:5: /shared_limits/0/rate", says: "above 0"},
		"concurrency":        {text: top("concurrency: {max: 0}"), place: "4:15: /concurrency/max", says: "1 to 100000"},
		"limit":              {text: top("limits:", "  - rate: 5", "  - per: 1s"), place: "6:5: /limits/1/rate", says: "above 0"},
		"timeout":            {text: top("timeout: soon"), place: "4:1: /timeout", says: "30s"},
		"timeout as number":  {text: top("timeout: 30"), place: "4:1: /timeout", says: "30s"},
		"short timeout":      {text: top("timeout: 1ms"), place: "4:1: /timeout", says: "between", beyondSchema: true},
		"validation":         {text: top("validation:", "  response: loose"), place: "5:3: /validation/response", says: "warn"},
		"pagination":         {text: top("pagination:", "  kind: curser"), place: "5:3: /pagination/kind", says: "cursor"},
		"actions":            {text: top("actions: {}"), place: "4:1: /actions", says: "an object stands here, want a list"},
		// What an action says.
		"no action":            {text: top("actions:", "  - text"), place: "5:5: /actions/0", says: "id, method and path"},
		"unknown kind":         {text: act("kind: soap"), place: "9:5: /actions/1/kind", says: "Config.Kinds"},
		"action's member":      {text: get("methd: x"), place: "11:5: /actions/1/methd", says: `did you mean "method"?`},
		"action's id":          {text: strings.Replace(get(), "id: list", "id: List", 1), place: "8:5: /actions/1/id", says: "a-z"},
		"id twice":             {text: strings.Replace(get(), "id: list", "id: ok", 1), place: "8:5: /actions/1/id", says: "twice", beyondSchema: true},
		"method":               {text: act("method: FETCH", "path: /"), place: "9:5: /actions/1/method", says: "GET"},
		"no method":            {text: act("path: /"), place: "8:5: /actions/1/method", says: "GET"},
		"path":                 {text: act("method: GET", "path: items"), place: "10:5: /actions/1/path", says: "begin with /"},
		"template":             {text: act("method: GET", "path: /{a"), place: "10:5: /actions/1/path", beyondSchema: true},
		"place":                {text: get("parameters:", "  - name: a", "    in: nowhere"), place: "13:9: /actions/1/parameters/0/in", says: "query"},
		"no place":             {text: get("parameters:", "  - name: a"), place: "12:9: /actions/1/parameters/0/in", says: "query"},
		"not in the path":      {text: get("parameters:", "  - name: a", "    in: path"), place: "13:9: /actions/1/parameters/0/in", says: "{a}", beyondSchema: true},
		"input schema":         {text: get("input_schema:", "  type: objekt"), place: "11:5: /actions/1/input_schema", beyondSchema: true},
		"schema as text":       {text: get("output_schema: '{}'"), place: "11:5: /actions/1/output_schema"},
		"mapping":              {text: get("output_mapping:", "  fields:", "    - {from: a, to: b}", "    - {form: a, to: b}"), place: "14:12: /actions/1/output_mapping/fields/1/form", says: "correct its name"},
		"mapping's mode":       {text: get("input_mapping:", "  mode: loud", "  fields: []"), place: "12:7: /actions/1/input_mapping/mode", says: "passthrough"},
		"records":              {text: get("records: 'a['"), place: "11:5: /actions/1/records", beyondSchema: true},
		"action's pagination":  {text: get("pagination:", "  kind: curser"), place: "12:7: /actions/1/pagination/kind", says: "cursor"},
		"action's retry":       {text: get("retry:", "  kind: exponential", "  base: never"), place: "13:7: /actions/1/retry/base", says: "30s"},
		"idempotency":          {text: get("idempotency:", "  header: a b"), place: "12:7: /actions/1/idempotency/header", beyondSchema: true},
		"action's timeout":     {text: get("timeout: 2h"), place: "11:5: /actions/1/timeout", says: "between", beyondSchema: true},
		"body":                 {text: act("method: POST", "path: /", "body:", "  encodng: form"), place: "12:7: /actions/1/body/encodng", says: "unknown member"},
		"by an alias":          {text: act("&m method: FETCH", "path: /"), place: "9:5: /actions/1/method", says: "GET"},
		"in an anchored value": {text: top("actions:", "  - &a", "    id: a", "    method: FETCH", "  - *a"), place: "7:5: /actions/0/method", says: "GET"},
	}
}

// TestErrors shows where each bad file is said to be bad, and why.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, c := range badFiles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := c.name
			if file == "" {
				file = "a.yaml"
			}
			err := catalogue.Register(t.Context(), newGateway(t), files(map[string]string{file: c.text}))
			var e *catalogue.Error
			if !errors.As(err, &e) || len(joined(err)) != 1 {
				t.Fatalf("got %v", err)
			}
			place, reason, _ := strings.Cut(strings.TrimPrefix(e.Error(), file+":"), ": ")
			if e.Field != "" {
				var field string
				field, reason, _ = strings.Cut(reason, ": ")
				place += ": " + field
			}
			if place != c.place || !strings.Contains(reason, c.says) || e.File != file {
				t.Errorf("got %s: …%s…\nwant %s: …%s…", place, reason, c.place, c.says)
			}
			if strings.Contains(reason, "waygate: ") {
				t.Errorf("the operation is named beside the place: %s", reason)
			}
		})
	}
}
