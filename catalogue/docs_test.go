package catalogue_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/store/memory"
)

// documented are the files that the package's documentation shows.
func documented(t testing.TB) (texts []string) {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	block := ""
	for line := range strings.Lines(string(doc)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			block += code
			continue
		}
		if strings.HasPrefix(block, "id: ") {
			texts = append(texts, block)
		}
		block = ""
	}
	return texts
}

// TestDocumentation shows that what the documentation shows can be registered, and that the schema allows it.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	texts := documented(t)
	if len(texts) < 6 {
		t.Fatalf("%d files are documented", len(texts))
	}
	for _, text := range texts {
		if err := catalogue.Register(t.Context(), newGateway(t), files(map[string]string{"a.yaml": text})); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		if bad := compiledSchema(t).Validate(t.Context(), treeOf(t, "a.yaml", []byte(text))); len(bad) > 0 {
			t.Errorf("%+v\n%s", bad, text)
		}
	}
}

// TestDocumentedActions sends what the documentation shows to a server.
func TestDocumentedActions(t *testing.T) {
	t.Parallel()
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note := r.Method + " " + r.URL.RequestURI()
		if f, head, err := r.FormFile("file"); err == nil {
			data, _ := io.ReadAll(f)
			note += " " + head.Filename + "=" + string(data) + " note=" + r.PostFormValue("note")
		} else if len(r.PostForm) > 0 {
			note += " " + r.PostForm.Encode()
		}
		seen = append(seen, note)
		switch {
		case r.URL.Path == "/invoices.csv":
			_, _ = io.WriteString(w, "a,b\n")
		case r.URL.Path == "/invoices" && r.Method == "GET" && r.URL.Query().Get("after") == "":
			_, _ = io.WriteString(w, `{"data":[{"id":1}],"meta":{"next":"n"}}`)
		case r.URL.Path == "/invoices" && r.Method == "GET":
			_, _ = io.WriteString(w, `{"data":[{"id":2}],"meta":{}}`)
		case r.PostForm.Get("customer") == "nobody":
			w.WriteHeader(422)
			_, _ = io.WriteString(w, `{"errors":[{"detail":"no such customer"}],"error":{"code":"missing"}}`)
		default:
			_, _ = io.WriteString(w, `{}`)
		}
	}))
	t.Cleanup(s.Close)
	gw := newGateway(t, func(c *waygate.Config) {
		c.Transport = nil
		c.Egress = egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	})
	list, err := catalogue.Parse(gw, files(map[string]string{"a.yaml": documented(t)[1]}))
	if err != nil {
		t.Fatal(err)
	}
	list[0].BaseURL = s.URL
	if err := gw.Replace(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	acme := gw.Tenant("acme")
	if _, err := acme.Connect(t.Context(), "billing", waygate.ConnectionSpec{Slug: "main", Credential: auth.APIKey("key-of-acme")}); err != nil {
		t.Fatal(err)
	}
	in := map[string]any{"customer": "cus_1", "lines": []any{map[string]any{"price": 12}}}
	if _, err := acme.Invoke(t.Context(), "billing.create_invoice", in); err != nil {
		t.Error(err)
	}
	if _, err := acme.Invoke(t.Context(), "billing.upload_receipt", map[string]any{"invoice": 7, "note": "x", "scan": waygate.FileBytes("r.txt", "text/plain", []byte("scanned"))}); err != nil {
		t.Error(err)
	}
	res, err := acme.Invoke(t.Context(), "billing.export", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Stream())
	if closed := res.Stream().Close(); err != nil || closed != nil || string(text) != "a,b\n" {
		t.Errorf("%q, %v, %v", text, err, closed)
	}
	all, err := acme.Collect(t.Context(), "billing.list_invoices", nil)
	if err != nil || string(all.JSON()) != `[{"id":1},{"id":2}]` {
		t.Errorf("%v, %s", err, all.JSON())
	}
	_, err = acme.Invoke(t.Context(), "billing.create_invoice", map[string]any{"customer": "nobody"})
	if e, ok := err.(*waygate.Error); !ok || e.Message != "no such customer" || e.Code != "missing" {
		t.Errorf("got %v", err)
	}
	want := []string{"GET /me", "POST /invoices customer=cus_1&lines%5B0%5D%5Bprice%5D=12", "POST /invoices/7/receipts r.txt=scanned note=x",
		"GET /invoices.csv", "GET /invoices", "GET /invoices?after=n", "POST /invoices customer=nobody"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

// A definition of the catalogue, led to a server of a test.
func ExampleParse_testServer() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"data":[{"name":"Ann"}]}`)
	}))
	defer server.Close()
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{ // in a test: waygatetest.New(t)
		Store:  memory.New(),
		Egress: egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = gw.Shutdown(ctx) }()
	list, err := catalogue.Parse(gw, crm())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, in := range list {
		in.BaseURL = server.URL
		if err := gw.Replace(ctx, in); err != nil {
			fmt.Println(err)
		}
	}
	acme := gw.Tenant("acme")
	if _, err := acme.Connect(ctx, "crm", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("any")}); err != nil {
		fmt.Println(err)
		return
	}
	res, err := acme.Invoke(ctx, "crm.list_contacts", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(res.JSON()))
	// Output: [{"name":"Ann"}]
}
