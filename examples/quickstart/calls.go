package main

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate"
)

// typedCall tells what theLinesToCopy got.
func (s *story) typedCall(contacts []Contact) {
	s.title("A typed call")
	var first []Contact
	for _, c := range s.provider.Contacts("acme")[:3] {
		first = append(first, Contact(c))
	}
	s.check("requests", len(s.provider.Seen("acme")), 1)
	if s.check("the first page of contacts", contacts, first) {
		s.say("crm.list_contacts gave %d contacts, %s first", len(contacts), contacts[0].Name)
	}
}

// streamedPages reads two lists that the provider pages in different ways. The
// loop is the same.
func (s *story) streamedPages(ctx context.Context) {
	s.title("All pages, streamed")
	var names []string
	for contact, err := range waygate.Items[Contact](ctx, s.acme, "crm.list_contacts", nil) {
		if err != nil {
			s.fail(err)
			return
		}
		names = append(names, contact.Name)
	}
	var amount int
	var ids []string
	for deal, err := range waygate.Items[Deal](ctx, s.acme, "crm.list_deals", nil) {
		if err != nil {
			s.fail(err)
			return
		}
		ids, amount = append(ids, deal.ID), amount+deal.Amount
	}
	s.checkLists(names, ids)
	s.say("by Link header: %d contacts in %s", len(names), s.pages(ctx, "list_contacts", "/contacts"))
	s.say("by cursor:      %d deals, worth %d.%02d, in %s", len(ids), amount/100, amount%100, s.pages(ctx, "list_deals", "/deals"))
}

// checkLists compares what was read with what the provider has.
func (s *story) checkLists(names, ids []string) {
	var wantNames, wantIDs []string
	for _, c := range s.provider.Contacts("acme") {
		wantNames = append(wantNames, c.Name)
	}
	for _, d := range s.provider.Deals("acme") {
		wantIDs = append(wantIDs, d.ID)
	}
	s.check("contacts", names, wantNames)
	s.check("deals", ids, wantIDs)
}

// pages says how a read went: each page is a call with a record, and the records
// of one read share its ReadID.
func (s *story) pages(ctx context.Context, action, path string) string {
	reads := map[string]int{}
	pages, attempts := 0, 0
	for _, r := range s.callRecords(ctx, waygate.RecordQuery{Action: action}) {
		attempts += len(r.Attempts)
		if r.ReadID != "" {
			reads[r.ReadID]++
			pages = r.Page
		}
	}
	s.check("reads of "+path, len(reads), 1)
	for _, calls := range reads {
		s.check("calls of the read of "+path, calls, pages)
	}
	s.check("requests of "+path, len(s.requests(path)), attempts)
	return fmt.Sprintf("%d pages", pages)
}

// refusedInput doesn't get as far as the provider.
func (s *story) refusedInput(ctx context.Context) {
	s.title("Input that is refused before any request")
	before := s.provider.Count()
	_, err := s.acme.Invoke(ctx, "crm.create_contact", map[string]any{"name": "", "email": 7})
	e := s.failure(err, waygate.ErrInvalidInput)
	var wrong []string
	for _, f := range e.Fields {
		wrong = append(wrong, f.Pointer+" "+f.Keyword)
		s.say("%-6s %s wants %s, got %s", f.Pointer, f.Keyword, f.Expected, f.Received)
	}
	s.check("fields", wrong, []string{"/email type", "/name minLength"})
	s.check("attempts", e.Attempts, 0)
	s.check("requests to the provider", s.provider.Count()-before, 0)
	s.check("hint", e.Hint, waygate.HintRetryWithModifiedInput)
	s.say("kind %s, category %s, hint %s, requests sent: %d", e.Kind, e.Category(), e.Hint, s.provider.Count()-before)
}
