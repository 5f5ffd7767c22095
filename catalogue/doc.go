// Package catalogue reads integrations from files, YAML or JSON, and writes them back.
//
// A catalogue is a file system: a directory, or files embedded in the program.
//
//	//go:embed integrations
//	var integrations embed.FS
//
//	err := catalogue.Register(ctx, gw, integrations)
//
// Each file that ends in .yaml, .yml or .json holds one integration, in the written form of [waygate.Integration]; an
// action without kind is a [waygate.HTTPAction], and a schema stands as YAML, too:
//
//	id: crm
//	base_url: https://api.crm.example.com/v2
//	auth: {kind: bearer}
//	actions:
//	  - id: list_contacts
//	    method: GET
//	    path: /contacts
//	    records: data
//	    input_schema: {type: object, properties: {owner: {type: string}}}
//
// A directory with a file integration.yaml (or .yml, .json) is one integration: each other file in it, and in the
// directories below that have no integration of their own, holds an action or a list of actions. They are added to those
// of the main file in the order of their paths. Files are taken in the order of the bytes of their paths; names that
// begin with . or _ are left out, other endings too. A symbolic link to a file is that file; one to a directory is refused.
//
// The YAML is that of version 1.2 as far as JSON can say the same: yes, no and dates are text, anchors and aliases may
// be used to repeat a value, and what could be read in two ways is refused. A file has at most 1 MiB of YAML, or 16 MiB
// of JSON.
//
// [Parse] gives the integrations, [Register] registers all of them or none; without a file that is [ErrEmpty]. What is
// wrong is an [Error] with file, line and column, for each bad file one:
//
//	crm.yaml:7:5: /actions/0/method: actions[0]: action list_contacts: method "get": want GET, HEAD, POST, …
//
// [YAML] and [JSON] write an integration, the same bytes each time; [Files] writes one as a directory.
//
// # Bodies, answers, errors, proof
//
// What a member does is told by the Go type of the same name: [waygate.Integration], [waygate.HTTPAction],
// [waygate.Parameter], [waygate.Body], [waygate.Verification], [waygate.ErrorFormat]. A scheme, a retry policy and a
// strategy of pagination are objects with a kind, of the packages auth, resilience and pagination:
//
//	id: billing
//	base_url: https://api.billing.example.com/v1
//	auth: {kind: key, in: header, name: X-Api-Key}
//	verify: {path: /me}                  # sent before a credential is saved; status: [200, 204] to say which are good
//	errors:                              # where the provider says what was wrong: Error.Message and Error.Code
//	  message: [error.message, "errors[0].detail"]
//	  code: [error.code]
//	retry: {kind: exponential, max_attempts: 4}
//	actions:
//	  - id: create_invoice               # a form: customer=cus_1&lines[0][price]=12
//	    method: POST
//	    path: /invoices
//	    body: {encoding: form}           # arrays: repeat writes a=1&a=2
//	    idempotency: {header: Idempotency-Key}
//	  - id: upload_receipt               # multipart: members that are a waygate.File are files, the others texts
//	    method: POST
//	    path: /invoices/{invoice}/receipts
//	    body: {encoding: multipart}
//	    parameters:
//	      - {name: scan, in: body, as: file, required: true}
//	  - id: export                       # passed on while it comes: Result.Stream, to be closed
//	    method: GET
//	    path: /invoices.csv
//	    response: stream
//	  - id: list_invoices                # page after page, until the answer holds no cursor
//	    method: GET
//	    path: /invoices
//	    records: data
//	    pagination: {kind: cursor, path: meta.next, param: after}
//	  - id: list_customers               # counted, until X-Total-Count is reached
//	    method: GET
//	    path: /customers
//	    records: data
//	    pagination: {kind: offset, param: skip, total_header: X-Total-Count, limit: 100, limit_param: take}
//
// # OAuth
//
// A scheme of kind oauth2 is an OAuth2 of package auth. Here each shop has a host of its own, which the person names before
// [waygate.Tenant.Authorize]; the answer that brings the token tells the account's number, which becomes a parameter:
//
//	id: shop
//	base_url: https://{shop}.example.com/api
//	auth:
//	  kind: oauth2                       # grant: authorization_code, with PKCE
//	  authorize_url: https://{shop}.example.com/oauth/authorize
//	  token_url: https://{shop}.example.com/oauth/token
//	  revoke_url: https://{shop}.example.com/oauth/revoke
//	  scopes: [read_orders, write_orders]
//	  scope_separator: ","
//	  client_auth: basic                 # id and secret of the client in a header; in the body by default
//	  authorize_parameters: {prompt: consent}
//	  capture:                           # what comes from outside is taken only if all of it matches
//	    - {parameter: account, path: owner.account_id, pattern: "[0-9]{1,20}"}
//	  lookup:                            # what the answer doesn't tell is asked for with the new token
//	    - method: GET
//	      url: https://{shop}.example.com/me
//	      headers: {Authorization: "Bearer {credential.access_token}"}
//	      answer: {values: [{name: region, path: "regions[0].id"}]}
//	parameters:
//	  - {name: shop, title: Your shop, description: what stands before .example.com, pattern: "[a-z0-9-]{1,63}"}
//	  - {name: account}                  # captured, so the person isn't asked
//	  - {name: region, pattern: "[a-z]{2}"}
//	actions:
//	  - id: list_orders
//	    method: GET
//	    path: /accounts/${connection.account}/orders
//	    records: orders
//
// The client's id and secret are in no file: see [waygate.Gateway.PutApp]. Where a machine asks in its own name, each
// connection brings its own client, auth.ClientCredentials, and the first token is got when it is connected:
//
//	id: warehouse
//	base_url: https://api.warehouse.example.com
//	auth:
//	  kind: oauth2
//	  grant: client_credentials
//	  token_url: https://login.warehouse.example.com/token
//	  scopes: [stock.read]
//	  token_parameters: {audience: "https://api.warehouse.example.com"}
//	  answer: {access_token: data.token, expires_in: data.expires_at, expiry: epoch}   # the names of RFC 6749 by default
//	  lifetime: 30m                      # for an answer that doesn't tell
//	actions:
//	  - {id: list_stock, method: GET, path: /stock}
//
// # Logins
//
// A scheme of kind login is a Login of package auth: requests of the provider's own that bring a token. What the person logs
// in with is the connection's credential, auth.UserPassword or auth.Fields. Here a form of XML answers with a ticket, with
// which a second request gets a session that lasts half an hour:
//
//	id: ledger
//	base_url: https://{company}.ledger.example.com/api
//	auth:
//	  kind: login
//	  steps:
//	    - url: https://{company}.ledger.example.com/login
//	      xml: <login user="{credential.user}"><password>{credential.password}</password></login>
//	      answer:
//	        format: xml
//	        values: [{name: ticket, path: login.ticket}]
//	        error: login.fault.code
//	        refused_codes: [BAD_PASSWORD]     # the credential is wrong, so it isn't tried again
//	    - url: https://{company}.ledger.example.com/session
//	      json: {ticket: "{captured.ticket}", device: {name: waygate}}
//	      answer:
//	        values: [{name: access_token, from: header, path: X-Session}]
//	        expires: {path: valid_for, form: duration}   # "30m"
//	  lifetime: 30m                      # for an answer that doesn't tell
//	  use: {kind: key, name: X-Session, field: access_token}
//	parameters:
//	  - {name: company, pattern: "[a-z0-9-]{1,63}"}
//	actions:
//	  - {id: list_accounts, method: GET, path: /accounts}
//
// # Waits, quotas, and what answers mean
//
// How long a provider wants to be left alone, what it still grants, and which answers are not what their status says, is
// declared with a Wait, a Remaining and an Answer of package resilience. Times are capped, see [waygate.Integration]:
//
//	id: tickets
//	base_url: https://api.tickets.example.com
//	auth: {kind: bearer}
//	retry: {kind: linear, max_attempts: 4, step: 2s}   # or exponential, schedule, until, never
//	waits:                               # beside Retry-After; the longest wins
//	  - {header: X-RateLimit-Reset, form: epoch}         # or seconds, milliseconds, epoch_ms, http_date, iso, duration
//	  - {path: error.retry_in, form: duration}           # {"error": {"retry_in": "1m30s"}}
//	  - {pattern: "try again in ([0-9.]+)s", form: seconds}
//	remaining:                           # at 0, calls are held back before they are refused
//	  - {standard: ietf}                 # RateLimit, of the IETF's drafts
//	  - {header: X-Burst-Left, reset: X-Burst-Reset, form: seconds, per: action}
//	answers:                             # the first that matches counts
//	  - {status: [403], path: message, contains: secondary rate limit, means: rate_limited, wait: 1m}
//	  - {status: [400], path: "errors[*].extensions.code", equals: RATELIMITED, means: rate_limited}
//	  - {status: [200], path: error, equals: token_expired, means: refresh_then_retry}
//	  - {status: [200], path: ok, equals: "false", means: fail}
//	  - {status: [423], means: retry}
//	actions:
//	  - id: close_ticket
//	    method: DELETE
//	    path: /tickets/{id}
//	    retry: {kind: schedule, waits: [1m, 5m, 15m, 1h]}
//	    answers:                         # in the place of those of the integration
//	      - {status: [404], means: ignore}               # closed before
//
// # A test server
//
// A definition is a value until it is registered, so a test gives it another address. [waygate.Config].Egress has to
// allow that, as the gateways of package waygatetest do for the loopback addresses:
//
//	list, err := catalogue.Parse(gw, integrations)
//	for _, in := range list {
//		in.BaseURL = server.URL // of net/http/httptest
//		err = gw.Replace(ctx, in)
//	}
//
// Where each customer has an address of their own, [waygate.ConnectionSpec].BaseURL or a parameter in base_url says it.
//
// # Editors
//
// The file schema.json beside this package's code, also given by [Schema], is a JSON Schema by which editors complete and
// check what is typed. Copy it into the catalogue, under a name that begins with _ so that it isn't taken for an
// integration, and let the first line of a YAML file name it, relative to that file:
//
//	cp "$(go list -m -f '{{.Dir}}' github.com/waygate-go/waygate)/catalogue/schema.json" integrations/_schema.json
//
//	# yaml-language-server: $schema=_schema.json
//
// The YAML language server reads that comment; the YAML extensions of common editors use it. JSON files have no place for
// it: the editor's settings say which schema belongs to which files.
package catalogue
