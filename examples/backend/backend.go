package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/examples/internal/problem"
)

// Contact is what the service gives out of a contact.
type Contact struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// Listing is one portion of the contacts.
type Listing struct {
	Contacts []Contact `json:"contacts"`
	// Next asks for the portion after this one; empty on the last.
	Next string `json:"next,omitempty"`
}

// backend serves the API of the service.
type backend struct {
	gw        *waygate.Gateway
	customers map[string]string // API key → tenant
}

func newBackend(gw *waygate.Gateway, customers map[string]string) http.Handler {
	b := &backend{gw, customers}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /contacts", b.forCustomer(b.list))
	mux.HandleFunc("GET /contacts/summary", b.forCustomer(b.summary))
	mux.HandleFunc("GET /contacts/export", b.forCustomer(b.export))
	mux.HandleFunc("POST /contacts", b.forCustomer(b.create))
	mux.HandleFunc("GET /forecast", b.forCustomer(b.forecast))
	return mux
}

// forCustomer finds out who asks. A tenant never comes out of the request's
// path or body: only what proves who sends it can name one.
func (b *backend) forCustomer(next func(http.ResponseWriter, *http.Request, *waygate.Tenant)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		tenant, ok := b.customers[key]
		if !ok {
			problem.JSON(w, http.StatusUnauthorized, problem.Problem{Error: "unknown_key"})
			return
		}
		next(w, r, b.gw.Tenant(tenant))
	}
}

// list gives out a portion: Collect reads as many pages as it takes, and its
// token goes on exactly after the last contact, also within a page.
func (b *backend) list(w http.ResponseWriter, r *http.Request, t *waygate.Tenant) {
	limit := 50
	if text := r.FormValue("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			problem.JSON(w, http.StatusBadRequest, problem.Problem{Error: "limit_not_1_to_100"})
			return
		}
		limit = n
	}
	opts := []waygate.Option{waygate.MaxItems(limit)}
	if next := r.FormValue("next"); next != "" {
		opts = append(opts, waygate.Continue(next))
	}
	res, err := t.Collect(r.Context(), "crm.list_contacts", nil, opts...)
	if err != nil {
		problem.Write(w, err)
		return
	}
	contacts, err := waygate.Decode[[]Contact](res)
	if err != nil {
		problem.Write(w, err)
		return
	}
	problem.JSON(w, http.StatusOK, Listing{Contacts: contacts, Next: res.Meta.Next})
}

// summary counts without holding more than a page.
func (b *backend) summary(w http.ResponseWriter, r *http.Request, t *waygate.Tenant) {
	var sum struct {
		Pages    int `json:"pages"`
		Contacts int `json:"contacts"`
	}
	for page, err := range waygate.Pages[Contact](r.Context(), t, "crm.list_contacts", nil) {
		if err != nil {
			problem.Write(w, err)
			return
		}
		sum.Pages++
		sum.Contacts += len(page.Items)
	}
	problem.JSON(w, http.StatusOK, sum)
}

// export streams all contacts, one JSON object to a line.
func (b *backend) export(w http.ResponseWriter, r *http.Request, t *waygate.Tenant) {
	lines, begun := json.NewEncoder(w), false
	for contact, err := range waygate.Items[Contact](r.Context(), t, "crm.list_contacts", nil) {
		switch {
		case err != nil && !begun:
			problem.Write(w, err)
			return
		case err != nil: // too late for a status: the last line tells
			_ = lines.Encode(problem.Of(err))
			return
		case !begun:
			w.Header().Set("Content-Type", "application/x-ndjson")
			begun = true
		}
		if lines.Encode(contact) != nil {
			return // the client has gone: leaving the loop ends the read
		}
	}
}

// create hands the customer's input on; the action's schema checks it.
func (b *backend) create(w http.ResponseWriter, r *http.Request, t *waygate.Tenant) {
	var in map[string]any
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
		problem.JSON(w, http.StatusBadRequest, problem.Problem{Error: "not_json"})
		return
	}
	contact, err := waygate.Invoke[Contact](r.Context(), t, "crm.create_contact", in)
	if err != nil {
		problem.Write(w, err)
		return
	}
	problem.JSON(w, http.StatusCreated, contact)
}

func (b *backend) forecast(w http.ResponseWriter, r *http.Request, t *waygate.Tenant) {
	res, err := t.Invoke(r.Context(), "crm.forecast", nil)
	if err != nil {
		problem.Write(w, err)
		return
	}
	problem.JSON(w, http.StatusOK, res.Value())
}
