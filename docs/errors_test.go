package docs_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/waygatetest"
)

// kindRow is a row of the table of errors.md, as far as it can be computed.
type kindRow struct {
	Kind, Sentinel, Category, Hint string
	Get, Post, Keyed               string // attempts of a GET, of a POST, and of a POST with an idempotency key
}

// trouble makes a call fail in one way.
type trouble struct {
	sentinel error
	answer   waygatetest.Answer // the provider's; nil for 200
	options  []waygate.Option
	input    any
	context  func(context.Context) context.Context
	before   func(*waygatetest.Gateway)
	do       func(*waygate.Tenant) error // in place of a call
}

func troubles() map[waygate.Kind]trouble {
	status := func(sentinel error, code int) trouble {
		return trouble{sentinel: sentinel, answer: waygatetest.Status(code)}
	}
	return map[waygate.Kind]trouble{
		waygate.KindNetwork:     {sentinel: waygate.ErrNetwork, answer: waygatetest.Drop()},
		waygate.KindTimeout:     {sentinel: waygate.ErrTimeout, answer: waygatetest.Hang()},
		waygate.KindAuth:        status(waygate.ErrAuth, 401),
		waygate.KindNeedsReauth: {sentinel: waygate.ErrNeedsReauth, options: []waygate.Option{waygate.Through(gone{})}},
		waygate.KindForbidden:   status(waygate.ErrForbidden, 403),
		waygate.KindRateLimited: status(waygate.ErrRateLimited, 429),
		waygate.KindInvalidInput: {sentinel: waygate.ErrInvalidInput, input: map[string]any{
			"amount": func() {}, // nothing that JSON knows
		}},
		waygate.KindRejected: status(waygate.ErrRejected, 422),
		waygate.KindMissing:  status(waygate.ErrMissing, 404),
		waygate.KindServer:   status(waygate.ErrServer, 503),
		waygate.KindClient:   status(waygate.ErrClient, 409),
		waygate.KindCircuitOpen: {sentinel: waygate.ErrCircuitOpen, before: func(gw *waygatetest.Gateway) {
			noError(gw.Breakers().Force(resilience.BreakerKey{Host: "provider.test"}, resilience.StateOpen))
		}},
		waygate.KindInvalidResponse: {sentinel: waygate.ErrInvalidResponse, answer: waygatetest.Text(200, "application/json", "<html>")},
		waygate.KindUnresolved:      {sentinel: waygate.ErrUnresolved, options: []waygate.Option{waygate.On("none")}},
		waygate.KindConflict: {sentinel: waygate.ErrConflict, do: func(acme *waygate.Tenant) error {
			_, err := acme.Connect(context.Background(), "api", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("another")})
			return err
		}},
		waygate.KindConfig: {sentinel: waygate.ErrConfig, options: []waygate.Option{waygate.Timeout(1)}},
		waygate.KindStore:  {sentinel: waygate.ErrStore, options: []waygate.Option{waygate.Through(gone{away: true})}},
		waygate.KindCanceled: {sentinel: waygate.ErrCanceled, context: func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx
		}},
	}
}

// gone is a connection whose grant is gone, or whose vault is away.
type gone struct{ away bool }

func (g gone) Info() waygate.ConnectionInfo {
	info := waygate.ConnectionInfo{Tenant: "acme", Integration: "api", ID: "gone", Slug: "gone", Status: waygate.StatusNeedsReauth}
	if g.away {
		info.Status = waygate.StatusActive
	}
	return info
}

func (gone) Credential(context.Context) (auth.Credential, error) {
	return auth.Credential{}, errors.New("the vault is away")
}

// TestKindsPage makes each kind of failure, and holds the page's table against what came of it.
func TestKindsPage(t *testing.T) {
	t.Parallel()
	var want []kindRow
	for _, kind := range kinds(t) {
		how, ok := troubles()[kind]
		if !ok {
			t.Fatalf("nothing here makes the kind %s", kind)
		}
		row := kindRow{Kind: string(kind)}
		row.Get = row.fill(t, kind, how, "api.get")
		row.Post = row.fill(t, kind, how, "api.post")
		row.Keyed = row.fill(t, kind, how, "api.post", waygate.IdempotencyKey("k-1"))
		want = append(want, row)
	}
	var got []kindRow
	for _, line := range strings.Split(files(t, "errors.md")["docs/errors.md"], "\n") {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| `") && len(cells) == 9 {
			for i := range cells {
				cells[i] = strings.Trim(cells[i], " `")
			}
			got = append(got, kindRow{cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]})
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/errors.md tells of kinds what isn't so (-so +told):\n%s", diff)
	}
}

// fill makes the trouble, puts into the row what the error says, and gives the number of attempts.
func (row *kindRow) fill(t *testing.T, kind waygate.Kind, how trouble, action string, options ...waygate.Option) (attempts string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		calls, err := how.make(t, action, options...)
		var e *waygate.Error
		if !errors.As(err, &e) || e.Kind != kind || !errors.Is(err, how.sentinel) {
			t.Fatalf("wanted %s, got %v", kind, err)
		}
		if how.do == nil {
			if len(calls) != 1 || calls[0].Kind != kind || len(calls[0].Attempts) != e.Attempts || calls[0].Error == "" {
				t.Errorf("%s: the records say %+v", kind, calls)
			}
			attempts = fmt.Sprint(e.Attempts)
		}
		name, _ := strings.CutPrefix(kindName(t, kind), "Kind")
		row.Sentinel, row.Category, row.Hint = "Err"+name, string(e.Category()), string(e.Hint)
	})
	return attempts
}

// make sets up a provider and a gateway, and fails.
func (how trouble) make(t *testing.T, action string, options ...waygate.Option) ([]waygate.CallRecord, error) {
	p := waygatetest.NewProvider(t, waygatetest.OverPipe())
	gw := waygatetest.New(t, waygatetest.WithProvider(p))
	answer := how.answer
	if answer == nil {
		answer = waygatetest.JSON(200, map[string]any{})
	}
	p.On("GET /", answer)
	p.On("POST /", answer)
	must(t, gw.Register(t.Context(), waygate.Integration{
		ID: "api", BaseURL: p.URL(), Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "get", Method: "GET", Path: "/"},
			waygate.HTTPAction{ID: "post", Method: "POST", Path: "/", Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"}},
		},
	}))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-acme")})
	must(t, err)
	if how.before != nil {
		how.before(gw)
	}
	if how.do != nil {
		return nil, how.do(acme)
	}
	ctx := t.Context()
	if how.context != nil {
		ctx = how.context(ctx)
	}
	_, err = acme.Invoke(ctx, action, how.input, append(options, how.options...)...)
	return gw.Calls(), err
}

// kinds gives the kinds in the order of their constants.
func kinds(t *testing.T) []waygate.Kind {
	t.Helper()
	var list []waygate.Kind
	for _, spec := range kindConstants(t) {
		list = append(list, waygate.Kind(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)))
	}
	return list
}

func kindName(t *testing.T, kind waygate.Kind) string {
	t.Helper()
	for _, spec := range kindConstants(t) {
		if spec.Values[0].(*ast.BasicLit).Value == fmt.Sprintf("%q", kind) {
			return spec.Names[0].Name
		}
	}
	t.Fatalf("no constant is %s", kind)
	return ""
}

func kindConstants(t *testing.T) []*ast.ValueSpec {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../errors.go", nil, parser.SkipObjectResolution)
	must(t, err)
	var list []*ast.ValueSpec
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(s.Names[0].Name, "Kind") {
			list = append(list, s)
		}
		return true
	})
	return list
}

// TestErrorTypesPage finds every exported error type and sentinel of the released packages on the page.
func TestErrorTypesPage(t *testing.T) {
	t.Parallel()
	told := files(t, "errors.md")["docs/errors.md"]
	found := 0
	for _, file := range production(t) {
		for _, full := range errorNames(file) {
			short := strings.TrimPrefix(full, "waygate.")
			if !strings.Contains(told, "`"+short+"`") && !strings.Contains(told, "`*"+full+"`") {
				t.Errorf("docs/errors.md doesn't tell of %s", full)
			}
			found++
		}
	}
	if found < 40 {
		t.Errorf("found %d error types and sentinels only", found)
	}
}

// errorNames gives the exported types of a file that are errors, and its sentinels.
func errorNames(file *ast.File) []string {
	var names []string
	add := func(name string) {
		if ast.IsExported(name) {
			names = append(names, file.Name.Name+"."+name)
		}
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil && d.Name.Name == "Error" && len(d.Type.Params.List) == 0 {
				recv, _ := receiver(d.Recv.List[0].Type)
				add(recv)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR && strings.HasPrefix(v.Names[0].Name, "Err") {
					add(v.Names[0].Name)
				}
			}
		}
	}
	return names
}
