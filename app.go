package waygate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// App is an OAuth client as it is registered with a provider: the platform's own,
// for all tenants ([Gateway.PutApp]), or one that a tenant brings ([Tenant.PutApp]).
// A connection is made with one app and gets its tokens with that one for as long as
// it lives.
type App struct {
	// Integration and ID name it: slugs. An ID is the platform's or the tenant's own,
	// one of each may be called the same.
	Integration string
	ID          string
	// Client is what the provider gave out. When an app is put again, a Client
	// without ID leaves the one that is there.
	Client auth.Client
	// Status is active if it is empty.
	Status AppStatus
	// RedirectURLs are where browsers may be sent back to, as they are registered
	// with the provider: https, or http to localhost. The first is used where
	// [AuthorizeSpec] names none. Give each integration a URL of its own, so that one
	// provider can't pass off its answer as another's, unless the provider sends iss
	// (RFC 9207). It differs in its query or at the end of its path: /oauth/a and
	// /oauth/b do, /oauth and /b/oauth don't, nor do hosts alone. At most 20.
	RedirectURLs []string
	// Scopes are asked for in place of the integration's; nil for those.
	Scopes []string
	// Origins are where the client's secret may be sent, beside the hosts that the
	// definition fixes: "https://login.example.com". At most 100.
	Origins []string
	// Limits bound the requests of all connections that were made with it together, in
	// each process, or in all that share a Config.Quota. Tenants take turns.
	Limits []resilience.Limit
	// Notes are for people: certification, who to ask. At most 2,000 bytes.
	Notes string
}

// AppInfo describes an app. It holds no secret.
type AppInfo struct {
	// Tenant is empty for one of the platform's.
	Tenant       string             `json:"tenant,omitempty"`
	Integration  string             `json:"integration"`             // the integration's id
	ID           string             `json:"id"`                      // the app's own name, a slug
	ClientID     string             `json:"client_id"`               // as the provider gave it
	KeyID        string             `json:"key_id,omitempty"`        // the id of the key that signs assertions; empty without one
	Status       AppStatus          `json:"status"`                  // active, unless somebody or the provider changed it
	RedirectURLs []string           `json:"redirect_urls,omitempty"` // where browsers may come back to
	Scopes       []string           `json:"scopes,omitempty"`        // asked for in place of the integration's
	Origins      []string           `json:"origins,omitempty"`       // where the client's secret may be sent, beside the definition's
	Limits       []resilience.Limit `json:"limits,omitempty"`        // of all connections that were made with it
	Notes        string             `json:"notes,omitempty"`         // for people
	Version      int64              `json:"version"`                 // raised by each change
	CreatedAt    time.Time          `json:"created_at,omitzero"`     // by the store's clock
	UpdatedAt    time.Time          `json:"updated_at,omitzero"`     // by the store's clock
}

// app is an app opened.
type app struct {
	info   AppInfo
	client auth.Client
	row    StoredApp
}

// platformApp stands before the ID of a platform's app where a connection names it.
const platformApp = "platform/"

// ref is how a connection names the app.
func (a *app) ref() string {
	if a.info.Tenant == "" {
		return platformApp + a.info.ID
	}
	return a.info.ID
}

// PutApp adds an OAuth client of the platform's, or writes over the one of the same
// ID. A bad field is [ErrInvalidInput]; a store that keeps no apps is [ErrConfig].
func (g *Gateway) PutApp(ctx context.Context, a App) (*AppInfo, error) {
	const op = "put_app"
	if err := g.begin(ctx, op); err != nil {
		return nil, err
	}
	defer g.life.end()
	info, err := g.putApp(ctx, "", a)
	if err != nil {
		return nil, definitionStoreError(ctx, op, a.Integration, err)
	}
	return info, nil
}

// PutApp adds an OAuth client of the tenant's own, or writes over the one of the
// same ID; see [Gateway.PutApp].
func (t *Tenant) PutApp(ctx context.Context, a App) (*AppInfo, error) {
	const op = "put_app"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	info, err := t.gw.putApp(ctx, t.id, a)
	if err != nil {
		return nil, t.fail(ctx, op, a.Integration, "", err)
	}
	return info, nil
}

func (g *Gateway) putApp(ctx context.Context, tenant string, a App) (*AppInfo, error) {
	if g.parts.apps == nil {
		return nil, missingPart("", "AppStore")
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	if _, err := g.integration(ctx, "", a.Integration); err != nil {
		return nil, err
	}
	old, err := g.findApp(ctx, tenant, a.Integration, a.ID)
	switch {
	case err == nil && a.Client.ID == "":
		a.Client = old.client
	case errors.Is(err, ErrUnresolved) && a.Client.ID == "":
		return nil, badApp("Client.ID", "is missing: it is the client_id that the provider gave out")
	case err != nil && !errors.Is(err, ErrUnresolved):
		return nil, err
	}
	row := StoredApp{Tenant: tenant, Integration: a.Integration, ID: a.ID, Status: a.Status}
	var before any
	if old != nil {
		row.Version, before = old.row.Version, old.info
	}
	info, err := g.sealApp(&row, a)
	if err != nil {
		return nil, err
	}
	saved, err := g.parts.apps.PutApp(ctx, row, g.auditEntry(ctx, tenant, "app.put", a.Integration+"/"+a.ID, before, info))
	g.appLimits.forget(tenant, a.Integration, a.ID)
	if errors.Is(err, ErrConflict) {
		return nil, errorf(KindConflict, "", "the app was changed meanwhile: repeat if it is still wanted")
	}
	if err != nil {
		return nil, err
	}
	info.Version, info.CreatedAt, info.UpdatedAt = saved.Version, saved.CreatedAt, saved.UpdatedAt
	return &info, nil
}

// check tests what doesn't depend on the integration, and defaults the status.
func (a *App) check() error {
	if err := checkSlug("ID", a.ID); err != nil {
		return newError(KindInvalidInput, "", err)
	}
	switch a.Status {
	case "":
		a.Status = AppActive
	case AppActive, AppSuspended, AppDeprecated, AppError:
	default:
		return badApp("Status", "%q is none of active, suspended, deprecated and error", clip(string(a.Status)))
	}
	if len(a.Notes) > maxDescription || !utf8.ValidString(a.Notes) {
		return badApp("Notes", "want at most %d bytes of valid UTF-8", maxDescription)
	}
	for _, s := range append([]string{a.Client.ID, a.Client.KeyID}, a.Scopes...) {
		if len(s) > 4096 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return badApp("Client", "IDs and scopes are at most 4096 bytes of UTF-8 without control characters")
		}
	}
	return a.checkLists()
}

func (a *App) checkLists() error {
	if len(a.RedirectURLs) > 20 || len(a.Origins) > 100 || len(a.Scopes) > 256 || len(a.Limits) > 16 {
		return badApp("RedirectURLs", "want at most 20 of them, 100 Origins, 256 Scopes and 16 Limits")
	}
	for i, u := range a.RedirectURLs {
		if err := checkRedirect(u); err != nil {
			return badApp(fmt.Sprintf("RedirectURLs[%d]", i), "%w", err)
		}
	}
	for i, o := range a.Origins {
		if u, err := parseBase(o); err != nil || u.Path != "" {
			return badApp(fmt.Sprintf("Origins[%d]", i), "want an origin like https://login.example.com")
		}
	}
	for i, l := range a.Limits {
		if err := l.Validate(); err != nil {
			return badApp(fmt.Sprintf("Limits[%d]", i), "%w", err)
		}
	}
	return nil
}

func badApp(field, format string, args ...any) error {
	return errorf(KindInvalidInput, "", field+": "+format, args...)
}

// checkRedirect tests where a browser is sent back to: https, or a loopback that
// only the person's own machine answers (RFC 8252, section 7.3).
func checkRedirect(text string) error {
	u, err := url.Parse(text)
	if err != nil || len(text) > 2048 || u.Host == "" || u.User != nil || u.Fragment != "" || strings.Contains(text, "#") {
		return errors.New("want an absolute URL without user and fragment, as https://app.example.com/oauth/github")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	if u.Scheme != "https" {
		return errors.New("want https; plain http goes to localhost alone")
	}
	return nil
}
