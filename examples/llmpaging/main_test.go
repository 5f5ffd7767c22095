package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/waygatetest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	want := `portion 1: contacts 1 to 31 in 1984 characters, of 2 pages. There is more (characters). Ask again with next to see it.
the token in another tenant's hands is refused: true
portion 2: contacts 32 to 62 in 1998 characters, of 3 pages. There is more (characters). Ask again with next to see it.
portion 3: contacts 63 to 70 in 516 characters, of 1 pages. This is the end of the list.
all 70 contacts, each once
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestPart: what was read before a failure is given out, and the token tries the page that failed.
func TestPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := waygatetest.NewProvider(t, waygatetest.OverPipe())
		page := func(n int, next string) map[string]any {
			return map[string]any{"contacts": []any{map[string]any{"id": n}}, "next": next}
		}
		p.On("GET /contacts", waygatetest.JSON(200, page(1, "b")), waygatetest.Status(400), waygatetest.JSON(200, page(2, "")))
		gw := waygatetest.New(t, waygatetest.WithProvider(p))
		if err := gw.Register(t.Context(), waygate.Integration{
			ID: "crm", BaseURL: p.URL(), Auth: auth.None{}, Actions: []waygate.Action{waygate.HTTPAction{
				ID: "list_contacts", Method: "GET", Path: "/contacts", Records: "contacts",
				Pagination: pagination.Cursor{Path: "next", Param: "cursor"},
			}},
		}); err != nil {
			t.Fatal(err)
		}
		var got []string
		next := ""
		for range 2 {
			portion, _, err := listContacts(t.Context(), gw.Tenant("acme"), next)
			if err != nil {
				t.Fatal(err)
			}
			got, next = append(got, string(portion.Contacts), portion.Note), portion.Next
		}
		want := []string{
			`[{"id":1}]`, "The list could be read only in part. Ask again later with next.", `[{"id":2}]`, "This is the end of the list.",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") || next != "" {
			t.Errorf("got %q, next %q", got, next)
		}
	})
}
