package fullway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	kaptinlin "github.com/kaptinlin/jsonschema"
	"github.com/ohler55/ojg/jp"
	"github.com/ohler55/ojg/oj"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/santhosh"
)

// placed is what both ways make of an order.
type placed struct {
	Ref    string `json:"ref"`
	Status string `json:"status"`
	Dates  struct {
		Placed string `json:"placed"`
	} `json:"dates"`
	Buyer struct {
		Key   int64  `json:"key"`
		Email string `json:"email"`
	} `json:"buyer"`
	Ship struct {
		City     string `json:"city"`
		Tracking string `json:"tracking"`
	} `json:"ship"`
	Sum float64 `json:"sum"`
}

// eight are the values: where the answer has them and where they go.
func eight() mapping.Mapping {
	return mapping.Mapping{Fields: []mapping.Field{
		{From: "reference", To: "ref"},
		{From: "state", To: "status"},
		{From: "placed_at", To: "dates.placed"},
		{From: "customer.id", To: "buyer.key"},
		{From: "customer.email", To: "buyer.email"},
		{From: "customer.delivery.city", To: "ship.city"},
		{From: "shipment.tracking", To: "ship.tracking"},
		{From: "total.amount", To: "sum"},
	}}
}

// answering answers each request with one body.
type answering []byte

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(a)),
		Body: io.NopCloser(bytes.NewReader(a))}, nil
}

func file(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// size is one that orders have, both ways.
type size struct{ name, request, answer string }

func sizes() []size {
	return []size{{"1KB", "request.json", "small.json"}, {"50KB", "answer.json", "answer.json"}}
}

// input is the order that is sent, as a caller has it.
func input(tb testing.TB, name string) map[string]any {
	tb.Helper()
	tree, err := oj.Parse(file(tb, name))
	object, ok := tree.(map[string]any)
	if err != nil || !ok {
		tb.Fatal(err)
	}
	return object
}

// rival is an engine, and its library alone.
type rival struct {
	name   string
	engine validation.Engine
	valid  func(tb testing.TB, schema []byte) func(map[string]any) bool
}

func rivals() []rival {
	return []rival{
		{"kaptinlin", validation.Kaptinlin{}, func(tb testing.TB, text []byte) func(map[string]any) bool {
			tb.Helper()
			c := kaptinlin.NewCompiler()
			c.Loaders = map[string]func(string) (io.ReadCloser, error){}
			s, err := c.Compile(text)
			if err != nil {
				tb.Fatal(err)
			}
			return func(tree map[string]any) bool { return s.ValidateMap(tree).IsValid() }
		}},
		{"santhosh", santhosh.Engine{}, func(tb testing.TB, text []byte) func(map[string]any) bool {
			tb.Helper()
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				tb.Fatal(err)
			}
			c := jsonschema.NewCompiler()
			if err := c.AddResource("schema://order/", doc); err != nil {
				tb.Fatal(err)
			}
			s, err := c.Compile("schema://order/")
			if err != nil {
				tb.Fatal(err)
			}
			return func(tree map[string]any) bool { return s.Validate(tree) == nil }
		}},
	}
}

// through makes the call by a gateway.
func through(tb testing.TB, engine validation.Engine, request, answer string) func(context.Context) (placed, error) {
	tb.Helper()
	gw, err := waygate.New(waygate.Config{
		Store: memory.New(memory.RecordLimit(1000)), Engine: engine,
		Transport: func(http.RoundTripper) http.RoundTripper { return answering(file(tb, answer)) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	schema, fields := json.RawMessage(file(tb, "order.schema.json")), eight()
	err = gw.Register(tb.Context(), waygate.Integration{ID: "shop", BaseURL: "https://shop.example.com/v1", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "place", Method: "POST", Path: "/orders",
			InputSchema: schema, OutputSchema: schema, OutputMapping: &fields,
			Validation: waygate.Validation{Response: validation.Strict}}}})
	if err != nil {
		tb.Fatal(err)
	}
	acme := gw.Tenant("acme")
	if _, err = acme.Connect(tb.Context(), "shop", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("a-token")}); err != nil {
		tb.Fatal(err)
	}
	in := input(tb, request)
	return func(ctx context.Context) (placed, error) { return waygate.Invoke[placed](ctx, acme, "shop.place", in) }
}

// send is the exchange alone: net/http, and the body read.
func send(ctx context.Context, client *http.Client, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://shop.example.com/v1/orders", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer a-token")
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

// byHand makes it with net/http, ojg and the library of an engine.
func byHand(tb testing.TB, valid func(map[string]any) bool, request, answer string) func(context.Context) (placed, error) {
	tb.Helper()
	var paths []jp.Expr
	for _, f := range eight().Fields {
		paths = append(paths, jp.MustParseString("$."+f.From))
	}
	client, in := &http.Client{Transport: answering(file(tb, answer))}, input(tb, request)
	return func(ctx context.Context) (p placed, err error) {
		if !valid(in) {
			return p, errors.New("the request is invalid")
		}
		body, err := json.Marshal(in)
		if err != nil {
			return p, err
		}
		data, err := send(ctx, client, body)
		if err != nil {
			return p, err
		}
		tree, err := oj.Parse(data)
		if err != nil {
			return p, err
		}
		object, ok := tree.(map[string]any)
		if !ok || !valid(object) {
			return p, errors.New("the answer is invalid")
		}
		var found [8]any
		for i, x := range paths {
			got := x.Get(tree)
			if len(got) != 1 {
				return p, fmt.Errorf("%s: %d values", x, len(got))
			}
			found[i] = got[0]
		}
		return filled(found)
	}
}

// filled gives the eight values their types.
func filled(v [8]any) (p placed, err error) {
	var ok [8]bool
	p.Ref, ok[0] = v[0].(string)
	p.Status, ok[1] = v[1].(string)
	p.Dates.Placed, ok[2] = v[2].(string)
	p.Buyer.Key, ok[3] = v[3].(int64)
	p.Buyer.Email, ok[4] = v[4].(string)
	p.Ship.City, ok[5] = v[5].(string)
	p.Ship.Tracking, ok[6] = v[6].(string)
	p.Sum, ok[7] = v[7].(float64)
	if ok != [8]bool{true, true, true, true, true, true, true, true} {
		err = errors.New("a value is of another type")
	}
	return p, err
}

// noCall is net/http with encoding/json: nothing validated, all of the answer decoded.
func noCall(tb testing.TB, request, answer string) func(context.Context) (placed, error) {
	tb.Helper()
	client, in := &http.Client{Transport: answering(file(tb, answer))}, input(tb, request)
	return func(ctx context.Context) (p placed, err error) {
		body, err := json.Marshal(in)
		if err != nil {
			return p, err
		}
		data, err := send(ctx, client, body)
		if err != nil {
			return p, err
		}
		var all map[string]any
		return p, json.Unmarshal(data, &all)
	}
}

// TestFullWay holds that the two ways that are compared give the same.
func TestFullWay(t *testing.T) {
	t.Parallel()
	for _, r := range rivals() {
		for _, size := range sizes() {
			want, err := byHand(t, r.valid(t, file(t, "order.schema.json")), size.request, size.answer)(t.Context())
			if err != nil || want.Ref == "" {
				t.Fatal(err)
			}
			if got, err := through(t, r.engine, size.request, size.answer)(t.Context()); got != want || err != nil {
				t.Errorf("%s, %s: %+v, %v, want %+v", r.name, size.name, got, err, want)
			}
		}
	}
}
