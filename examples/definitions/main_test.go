package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	for _, line := range []string{
		"crm.create_contact  POST  /contacts      writes: Create a contact",
		"crm.get_contact     GET   /contacts/{id} reads: Get a contact",
		"crm.list_contacts   GET   /contacts      reads: List contacts",
		"created, status 201: Alan, id 7 (int64)",
		`read again: {"email":"alan@acme.example","id":7,"name":"Alan"}`,
		"collected 5 contacts (cut at items), then 2",
		"collected 4 deals on 2 pages, with the members amount, id, title",
		"written and read, it is the same: true",
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(out.String(), "list_deals   ") {
		t.Error("the listing holds an action without the tag")
	}
	for place, parts := range map[string][]string{
		`"minLength": "one"`:      {"create_contact", "input_schema", "minLength"},
		`"path": "contacts/{id}"`: {"get_contact", "path"},
		`"kind": "zigzag"`:        {"list_deals", "pagination", "zigzag"},
		`"tagz": ["deals"]`:       {"list_deals", "tagz"},
		`"records": "deals[*]"`:   {"list_deals", "records"},
	} {
		_, after, found := strings.Cut(out.String(), place+"\n")
		text, _, _ := strings.Cut(after, "\n")
		for _, part := range parts {
			if !found || !strings.Contains(text, part) {
				t.Errorf("the error of %s doesn't name %s: %s", place, part, text)
			}
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}
