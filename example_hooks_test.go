package waygate_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// What no scheme describes is a function that the definition names: here a header with the length of the path, and a
// token that is derived from the customer's.
func ExampleBeforeSign() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("X-Length"), r.Header.Get("Authorization"))
	}))
	defer provider.Close()
	stamp := func(_ context.Context, r *http.Request, c auth.Credential) (auth.Credential, error) {
		r.Header.Set("X-Length", fmt.Sprint(len(r.URL.Path)))
		c = c.Clone()
		c.Values["token"] = secret.New(strings.ToUpper(c.Values["token"].Reveal()))
		return c, nil
	}
	_, acme := connected(waygate.Config{
		Kinds: waygate.Kinds{BeforeSign: map[string]waygate.BeforeSign{"stamp": stamp}},
	}, waygate.Integration{
		ID: "odd", BaseURL: provider.URL, Auth: auth.Bearer{}, BeforeSign: "stamp",
		Actions: []waygate.Action{waygate.HTTPAction{ID: "ping", Method: "GET", Path: "/ping"}},
	})
	_, err := acme.Invoke(context.Background(), "odd.ping", nil)
	noError(err)
	// Output: 5 Bearer TOKEN-OF-ACME
}

// What a connection has to know is asked for with its new token, before it is saved.
func ExampleAfterConnect() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"path": %q, "site": "north"}`, r.URL.Path)
	}))
	defer provider.Close()
	findSite := func(ctx context.Context, c *waygate.Call) (map[string]string, error) {
		res, err := c.Invoke(ctx, "me", nil)
		if err != nil {
			return nil, err
		}
		me, err := waygate.Decode[struct {
			Site string `json:"site"`
		}](res)
		return map[string]string{"site": me.Site}, err
	}
	_, acme := connected(waygate.Config{
		Kinds: waygate.Kinds{AfterConnect: map[string]waygate.AfterConnect{"find_site": findSite}},
	}, waygate.Integration{
		ID: "wiki", BaseURL: provider.URL, Auth: auth.Bearer{}, AfterConnect: "find_site",
		Parameters: []waygate.ConnectionParameter{{Name: "site", Pattern: "[a-z]+", Optional: true}},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "me", Method: "GET", Path: "/me"},
			waygate.HTTPAction{ID: "pages", Method: "GET", Path: "/sites/${connection.site}/pages"},
		},
	})
	res, err := acme.Invoke(ctx, "wiki.pages", nil)
	noError(err)
	fmt.Println(string(res.JSON()))
	// Output: {"path":"/sites/north/pages","site":"north"}
}

// An action made of others, on the same connection. Each call has a record, which names the one that made it.
func ExampleCall_Invoke() {
	provider := newStock(0) // has three of everything
	defer provider.Close()
	in := stock(provider.URL)
	in.Actions = append(in.Actions, waygate.ActionFunc(waygate.ActionInfo{ID: "total"},
		func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
			total := 0
			for _, item := range []string{"bolt", "nut"} {
				res, err := c.Invoke(ctx, "count", map[string]any{"item": item})
				if err != nil {
					return nil, err
				}
				count, err := waygate.Decode[struct {
					Left int `json:"left"`
				}](res)
				if err != nil {
					return nil, err
				}
				total += count.Left
			}
			return &waygate.Response{Value: total}, nil
		}))
	_, acme := connected(waygate.Config{}, in)

	total, err := waygate.Invoke[int](context.Background(), acme, "stock.total", nil)
	noError(err)
	fmt.Println(total)
	page, err := acme.Records(context.Background(), waygate.RecordQuery{})
	noError(err)
	for _, r := range page.Records {
		fmt.Println(r.Action, "made by another:", r.Parent != "")
	}
	// Unordered output:
	// 6
	// total made by another: false
	// count made by another: true
	// count made by another: true
}

// An answer of a token endpoint that no definition describes is put into the form of RFC 6749.
func ExampleParseToken() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, "token=t-42;for=3600")
			return
		}
		_, _ = fmt.Fprintf(w, "%q", r.Header.Get("Authorization"))
	}))
	defer provider.Close()
	pairs := func(a auth.RawAnswer) ([]byte, error) {
		token, _, _ := strings.Cut(strings.TrimPrefix(string(a.Body), "token="), ";")
		return json.Marshal(map[string]any{"access_token": token, "expires_in": 3600})
	}
	gw, _ := connected(waygate.Config{
		Kinds: waygate.Kinds{ParseToken: map[string]waygate.ParseToken{"pairs": pairs}},
	}, waygate.Integration{ID: "none", BaseURL: provider.URL, Auth: auth.Bearer{}})
	noError(gw.Register(ctx, waygate.Integration{
		ID: "odd", BaseURL: provider.URL, ParseToken: "pairs",
		Auth:    auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: provider.URL + "/token"},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "ping", Method: "GET", Path: "/ping"}},
	}))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(ctx, "odd", waygate.ConnectionSpec{Slug: "main", Credential: auth.ClientCredentials("client", "the-client-secret")})
	noError(err)
	res, err := acme.Invoke(ctx, "odd.ping", nil)
	noError(err)
	fmt.Println(string(res.JSON()))
	// Output: "Bearer t-42"
}

// A provider that speaks XML: an encoder and a decoder of the host's own, named by the action.
func ExampleEncoder() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Header.Get("Content-Type"), string(body))
		_, _ = io.WriteString(w, `<order><state>accepted</state></order>`)
	}))
	defer provider.Close()
	type order struct {
		XMLName xml.Name `json:"-" xml:"order"`
		Item    string   `json:"item,omitempty" xml:"item,omitempty"`
		State   string   `json:"state,omitempty" xml:"state,omitempty"`
	}
	encode := func(v any) (string, []byte, error) {
		members, _ := v.(map[string]any)
		item, _ := members["item"].(string)
		body, err := xml.Marshal(order{Item: item})
		return "application/xml", body, err
	}
	decode := func(_ string, body []byte) (any, error) {
		var o order
		err := xml.Unmarshal(body, &o)
		return o, err
	}
	_, acme := connected(waygate.Config{Kinds: waygate.Kinds{
		Encoders: map[string]waygate.Encoder{"xml": encode},
		Decoders: map[string]waygate.Decoder{"xml": decode},
	}}, waygate.Integration{
		ID: "shop", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "order", Method: "POST", Path: "/orders", Body: &waygate.Body{Encoding: "xml"}, Response: "xml",
		}},
	})
	res, err := acme.Invoke(context.Background(), "shop.order", map[string]any{"item": "bolt"})
	noError(err)
	fmt.Println(string(res.JSON()))
	// Output:
	// application/xml <order><item>bolt</item></order>
	// {"state":"accepted"}
}
