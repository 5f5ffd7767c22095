package main

import (
	"context"
	"errors"
	"net/http"
	"os"
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
		`a guess:      auth, UNAUTHORIZED: authentication required; then the connection is unresolved`,
		`the password: connected as own, active`,
		`acme/web/assets sha256:9e7c31de4fc7…`,
		`5 repositories on 3 pages: [acme/api acme/web acme/web/assets library/base tools]`,
		`tags of acme/web/assets: [v1]`,
		`acme/web/assets:v1 is sha256:9e7c31de4fc7…, its layer sha256:bb8511a0fec2…, 33 bytes`,
		`acme/api: 202`,
		`registry.get_manifest: missing, 404 MANIFEST_UNKNOWN: manifest unknown`,
		`registry.get_blob: missing, 404 BLOB_UNKNOWN: blob unknown to registry`,
		`registry.list_tags: missing, 404 NAME_UNKNOWN: repository name not known to registry`,
		`38 calls with 38 attempts; the registry answered 38 requests`,
	} {
		if !strings.Contains(out.String(), "  "+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// TestRegistryAsks: it is the registry that checks the password.
func TestRegistryAsks(t *testing.T) {
	t.Parallel()
	r, err := startRegistry(t.Context(), "open sesame")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		r.close()
		if _, err := os.Stat(r.dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", r.dir, err)
		}
	}()
	for password, want := range map[string]int{"open sesame": http.StatusOK, "open": http.StatusUnauthorized} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr.String()+"/v2/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(user, password)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", password, resp.StatusCode, want)
		}
	}
}

// TestRunFails: what isn't so ends the program with an error.
func TestRunFails(t *testing.T) {
	t.Parallel()
	s := &story{out: &strings.Builder{}}
	s.check("pages", 2, 3)
	if s.err == nil || s.err.Error() != "pages: got 2, want 3" {
		t.Errorf("error %v", s.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, &strings.Builder{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
