package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// login is a provider that people authorize: its authorization server and its API.
// Over it there is a gateway, with the client that the platform has registered.
func login(redirectURL string, observers ...waygate.Observer) (*authServer, *waygate.Gateway) {
	ctx, provider := context.Background(), newAuthServer()
	gw, err := waygate.New(waygate.Config{
		Store: memory.New(), Observers: observers,
		Transport: func(http.RoundTripper) http.RoundTripper { return provider },
	})
	noError(err)
	noError(gw.Register(ctx, waygate.Integration{
		ID: "crm", BaseURL: "https://api.example.com",
		Auth: auth.OAuth2{
			AuthorizeURL: "https://login.example.net/authorize",
			TokenURL:     "https://login.example.net/token",
			RevokeURL:    "https://login.example.net/revoke",
			Scopes:       []string{"read"},
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts"}},
	}))
	_, err = gw.PutApp(ctx, waygate.App{
		Integration: "crm", ID: "main", RedirectURLs: []string{redirectURL},
		Client: auth.Client{ID: "client-1", Secret: secret.New("the-client-secret-0123")},
	})
	noError(err)
	return provider, gw
}

// agrees plays the person who says yes, and gives the query that the browser comes
// back with.
func agrees(provider *authServer, authorizeURL string) url.Values {
	u, err := url.Parse(authorizeURL)
	noError(err)
	return provider.agree(u.Query())
}

// The two halves of the authorization code flow. The host keeps what is between them:
// a redirect, and a cookie.
func ExampleTenant_Authorize() {
	ctx := context.Background()
	provider, gw := login("https://app.example.org/oauth/crm")
	acme := gw.Tenant("acme")

	a, err := acme.Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"})
	noError(err)
	u, err := url.Parse(a.URL) // redirect the browser there, with a.Binding in a cookie
	noError(err)
	fmt.Println("go to", u.Host, "with", u.Query().Get("scope"))

	query := agrees(provider, a.URL) // it comes back with a code
	conn, err := acme.Complete(ctx, query, a.Binding)
	noError(err)
	fmt.Println("connected:", conn.Slug, conn.Status, "by", conn.App)

	res, err := acme.Invoke(ctx, "crm.list_contacts", nil)
	noError(err)
	fmt.Println(string(res.JSON()))

	_, err = acme.Complete(ctx, query, a.Binding)
	fmt.Println("a second time:", errors.Is(err, waygate.ErrInvalidInput))
	// Output:
	// go to login.example.net with read
	// connected: main active by platform/main
	// {"ok":true}
	// a second time: true
}

// What one authorization asks for in its own way: who is to sign in, and where the browser comes back to.
func ExampleAuthorizeSpec() {
	ctx := context.Background()
	provider, gw := login("https://app.example.org/oauth/crm")
	_, err := gw.PutApp(ctx, waygate.App{ // registered with the provider, for two sites of ours
		Integration: "crm", ID: "main", Client: auth.Client{ID: "client-1", Secret: secret.New("the-client-secret-0123")},
		RedirectURLs: []string{"https://app.example.org/oauth/crm", "https://eu.example.org/oauth/crm"},
	})
	noError(err)
	acme := gw.Tenant("acme")

	spec := waygate.AuthorizeSpec{
		Slug:        "main",
		RedirectURL: "https://eu.example.org/oauth/crm", // without it the first of the app's
		Scopes:      []string{"read", "write"},
		Extra:       map[string]string{"login_hint": "ann@acme.example", "prompt": "consent"},
		Metadata:    map[string]string{"invited_by": "bob"},
	}
	a, err := acme.Authorize(ctx, "crm", spec)
	noError(err)
	u, err := url.Parse(a.URL)
	noError(err)
	for _, name := range []string{"redirect_uri", "scope", "login_hint", "prompt"} {
		fmt.Println(name, u.Query().Get(name))
	}
	conn, err := acme.Complete(ctx, agrees(provider, a.URL), a.Binding)
	noError(err)
	fmt.Println(conn.Slug, conn.Status, conn.Metadata)

	spec.RedirectURL = "https://evil.example.net/oauth/crm"
	_, err = acme.Authorize(ctx, "crm", spec)
	fmt.Println("elsewhere:", errors.Is(err, waygate.ErrInvalidInput))
	// Output:
	// redirect_uri https://eu.example.org/oauth/crm
	// scope read write
	// login_hint ann@acme.example
	// prompt consent
	// main active map[invited_by:bob]
	// elsewhere: true
}

// The same as two routes of a web service. What tells the tenant is the host's own
// session; here it is always acme.
func ExampleGateway_Callback() {
	mux := http.NewServeMux()
	host := httptest.NewTLSServer(mux)
	defer host.Close()
	provider, gw := login(host.URL + "/oauth/crm")
	tenantOf := func(*http.Request) (string, error) { return "acme", nil }

	mux.HandleFunc("POST /connect/crm", func(w http.ResponseWriter, r *http.Request) {
		tenant, _ := tenantOf(r)
		a, err := gw.Tenant(tenant).Authorize(r.Context(), "crm", waygate.AuthorizeSpec{Slug: "main"})
		if err != nil {
			http.Error(w, "try again", http.StatusBadGateway)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "__Host-crm", Value: a.Binding, Path: "/", Expires: a.Expires, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, a.URL, http.StatusSeeOther)
	})
	mux.Handle("/oauth/crm", gw.Callback(waygate.CallbackConfig{
		Tenant: tenantOf,
		Binding: func(r *http.Request) (string, error) {
			cookie, err := r.Cookie("__Host-crm")
			if err != nil {
				return "", err
			}
			return cookie.Value, nil
		},
		Done: func(w http.ResponseWriter, r *http.Request, conn *waygate.ConnectionInfo, err error) {
			if err != nil {
				http.Redirect(w, r, "/accounts?failed", http.StatusSeeOther) // and a line in the log
				return
			}
			http.Redirect(w, r, "/accounts?connected="+conn.Slug, http.StatusSeeOther)
		},
	}))

	// The person's browser.
	browser := host.Client()
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := browser.Post(host.URL+"/connect/crm", "", nil)
	noError(err)
	back, err := http.NewRequest(http.MethodGet, host.URL+"/oauth/crm?"+agrees(provider, resp.Header.Get("Location")).Encode(), nil)
	noError(err)
	back.AddCookie(resp.Cookies()[0])
	resp, err = browser.Do(back)
	noError(err)
	fmt.Println(resp.StatusCode, resp.Header.Get("Location"))
	// Output: 303 /accounts?connected=main
}

// session is the host's own: who is signed in, in which browser. Its cookie is
// SameSite=Lax, as it has to come along when the provider sends the browser back.
type session struct{ ID, Customer string }

func sessionOf(*http.Request) session {
	return session{ID: "an-id-that-nobody-can-guess", Customer: "acme"}
}

// The id of the host's own session ties the flow to the browser, in place of a cookie
// for it alone.
func ExampleGateway_Callback_session() {
	mux := http.NewServeMux()
	provider, gw := login("https://app.example.org/oauth/crm")

	mux.HandleFunc("POST /connect/crm", func(w http.ResponseWriter, r *http.Request) {
		s := sessionOf(r)
		a, err := gw.Tenant(s.Customer).Authorize(r.Context(), "crm", waygate.AuthorizeSpec{Slug: "main", Binding: s.ID})
		if err != nil {
			http.Error(w, "try again later", http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, a.URL, http.StatusSeeOther)
	})
	mux.Handle("/oauth/crm", gw.Callback(waygate.CallbackConfig{
		Tenant:  func(r *http.Request) (string, error) { return sessionOf(r).Customer, nil },
		Binding: func(r *http.Request) (string, error) { return sessionOf(r).ID, nil },
		Next:    "/accounts", // a function Done is told what came of it; the logger, what failed
	}))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/connect/crm", nil))
	back := "/oauth/crm?" + agrees(provider, w.Header().Get("Location")).Encode()
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, back, nil))
	fmt.Println(w.Code, w.Header().Get("Location"))

	conn, err := gw.Tenant("acme").Connection(context.Background(), "crm", "main")
	noError(err)
	fmt.Println(conn.Slug, conn.Status)
	// Output:
	// 303 /accounts
	// main active
}

// The client that is registered with the provider: for all tenants, and of one
// tenant's own.
func ExampleGateway_PutApp() {
	ctx := context.Background()
	provider, gw := login("https://app.example.org/oauth/crm") // has put the platform's "main"
	app, err := gw.PutApp(ctx, waygate.App{                    // a new secret for it
		Integration: "crm", ID: "main", RedirectURLs: []string{"https://app.example.org/oauth/crm"},
		Client: auth.Client{ID: "client-1", Secret: secret.New("the-next-client-secret")},
	})
	noError(err)
	fmt.Println("version", app.Version, app.Status, app.ClientID)

	acme := gw.Tenant("acme") // has a client of its own, with more scopes
	_, err = acme.PutApp(ctx, waygate.App{
		Integration: "crm", ID: "acme", RedirectURLs: []string{"https://app.example.org/oauth/crm"}, Scopes: []string{"read", "write"},
		Client: auth.Client{ID: "client-of-acme", Secret: secret.New("the-secret-of-acme")},
	})
	noError(err)
	for _, tenant := range []*waygate.Tenant{acme, gw.Tenant("globex")} {
		a, err := tenant.Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"})
		noError(err)
		conn, err := tenant.Complete(ctx, agrees(provider, a.URL), a.Binding)
		noError(err)
		fmt.Println(tenant.ID(), "by", conn.App)
	}
	// Output:
	// version 2 active client-1
	// acme by acme
	// globex by platform/main
}

// A client that is given up: what is connected goes on, and nothing new is connected with it.
func ExampleAppStatus() {
	ctx := context.Background()
	provider, gw := login("https://app.example.org/oauth/crm")
	acme := gw.Tenant("acme")
	a, err := acme.Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"})
	noError(err)
	_, err = acme.Complete(ctx, agrees(provider, a.URL), a.Binding)
	noError(err)

	_, err = gw.PutApp(ctx, waygate.App{ // without a Client: that stays
		Integration: "crm", ID: "main", RedirectURLs: []string{"https://app.example.org/oauth/crm"},
		Status: waygate.AppDeprecated,
	})
	noError(err)
	_, err = acme.Invoke(ctx, "crm.list_contacts", nil)
	fmt.Println("acme:", err)
	_, err = gw.Tenant("globex").Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"})
	fmt.Println("globex refused:", errors.Is(err, waygate.ErrConfig))
	// Output:
	// acme: <nil>
	// globex refused: true
}

// A command line or a television: the person types a code into a browser elsewhere.
func ExampleTenant_AuthorizeDevice() {
	ctx := context.Background()
	provider, gw := login("https://app.example.org/oauth/crm")
	provider.interval = 0.01 // seconds between two questions; most providers want 5
	noError(gw.Register(ctx, waygate.Integration{
		ID: "tv", BaseURL: "https://api.example.com",
		Auth: auth.OAuth2{
			Grant:     auth.GrantDeviceCode,
			DeviceURL: "https://login.example.net/device",
			TokenURL:  "https://login.example.net/token",
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_films", Method: "GET", Path: "/films"}},
	}))
	_, err := gw.PutApp(ctx, waygate.App{Integration: "tv", ID: "main", Client: auth.Client{ID: "client-2"}})
	noError(err)

	acme := gw.Tenant("acme")
	d, err := acme.AuthorizeDevice(ctx, "tv", waygate.AuthorizeSpec{Slug: "main"})
	noError(err)
	fmt.Println("enter", d.UserCode, "at", d.VerificationURL)
	provider.enter(d.UserCode)

	conn, err := acme.CompleteDevice(ctx, "tv", d.Handle) // waits until the person has decided
	noError(err)
	fmt.Println(conn.Slug, conn.Status)
	// Output:
	// enter WDJB-MJHT at https://login.example.net/device
	// main active
}
