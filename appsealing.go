package waygate

import (
	"encoding/json"
	"fmt"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
)

// appSettings is what is stored of an app in clear, appSecrets what is sealed.
type appSettings struct {
	ClientID     string             `json:"client_id"`
	KeyID        string             `json:"key_id,omitempty"`
	RedirectURLs []string           `json:"redirect_urls,omitempty"`
	Scopes       []string           `json:"scopes,omitempty"`
	Origins      []string           `json:"origins,omitempty"`
	Limits       []resilience.Limit `json:"limits,omitempty"`
	Notes        string             `json:"notes,omitempty"`
}

type appSecrets struct {
	Secret      *string `json:"secret,omitempty"`
	Key         *string `json:"key,omitempty"`
	Certificate string  `json:"certificate,omitempty"`
}

func appBinding(a StoredApp) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeApp, Kind: a.Integration, Tenant: a.Tenant, ID: a.ID, Field: "client"}
}

// sealApp fills a row.
func (g *Gateway) sealApp(row *StoredApp, a App) (AppInfo, error) {
	s := appSettings{a.Client.ID, a.Client.KeyID, a.RedirectURLs, a.Scopes, a.Origins, a.Limits, a.Notes}
	settings, err := json.Marshal(s)
	if err != nil {
		return AppInfo{}, newError(KindInvalidInput, "", err)
	}
	clear, err := json.Marshal(appSecrets{revealed(a.Client.Secret), revealed(a.Client.Key), a.Client.Certificate})
	if err != nil {
		return AppInfo{}, badApp("Client", "its secrets have no written form")
	}
	row.Settings = settings
	if row.Sealed, err = g.cfg.Keyring.Seal(appBinding(*row), clear); err != nil {
		return AppInfo{}, newError(KindConfig, "", fmt.Errorf("app %q can't be sealed: %w", row.ID, err))
	}
	return s.info(*row), nil
}

func revealed(s secret.String) *string {
	if s.IsZero() {
		return nil
	}
	text := s.Reveal()
	return &text
}

func (s appSettings) info(row StoredApp) AppInfo {
	return AppInfo{Tenant: row.Tenant, Integration: row.Integration, ID: row.ID, ClientID: s.ClientID, KeyID: s.KeyID, Status: row.Status,
		RedirectURLs: s.RedirectURLs, Scopes: s.Scopes, Origins: s.Origins, Limits: s.Limits, Notes: s.Notes,
		Version: row.Version, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt}
}

func appInfo(row StoredApp) (AppInfo, appSettings, error) {
	var s appSettings
	if err := json.Unmarshal(row.Settings, &s); err != nil {
		return AppInfo{}, s, errorf(KindStore, "", "app %q: its settings can't be read, put it again with PutApp: %w", row.ID, err)
	}
	return s.info(row), s, nil
}
