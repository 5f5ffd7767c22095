package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// image is one that was pushed: a layer, and the manifest that names it.
type image struct {
	name, layer, manifest, digest string
}

func digest(content string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content))) }

// connect: the registry knows its users.
func (s *story) connect(ctx context.Context) {
	s.title("Who may")
	spec := waygate.ConnectionSpec{Slug: "own", BaseURL: "http://" + s.registry.addr.String() + "/v2"}
	spec.Credential = auth.UserPassword(user, "a guess")
	_, err := s.acme.Connect(ctx, "registry", spec)
	e := s.failure(err, waygate.ErrAuth)
	_, err = s.acme.Connection(ctx, "registry", spec.Slug)
	s.say("a guess:      %s, %s: %s; then the connection is %s", e.Kind, e.Code, e.Message, s.failure(err, waygate.ErrUnresolved).Kind)
	spec.Credential = auth.UserPassword(user, s.password)
	info, err := s.acme.Connect(ctx, "registry", spec)
	if err != nil {
		s.fail(err)
		return
	}
	s.check("proofs", s.seen(""), []string{"GET /v2/ 401", "GET /v2/ 200"})
	s.say("the password: connected as %s, %s", info.Slug, info.Status)
}

// push makes images of a layer each, and of a configuration that says nothing.
func (s *story) push(ctx context.Context) {
	s.title("Push")
	for _, name := range []string{"acme/api", "acme/web", "acme/web/assets", "library/base", "tools"} {
		im := image{name: name, layer: "the only layer of " + name}
		im.manifest = manifest(im.layer)
		im.digest = digest(im.manifest)
		for _, content := range []string{"{}", im.layer} {
			res := s.call(ctx, "registry.push_blob", blob{name, digest(content), waygate.FileBytes("", "", []byte(content))})
			s.check("status", res.Status, 201)
			s.check("digest of a blob", res.Header.Get("Docker-Content-Digest"), digest(content))
		}
		res := s.call(ctx, "registry.put_manifest", map[string]any{"name": name, "reference": "v1", "manifest": im.manifest})
		s.check("digest of the manifest", res.Header.Get("Docker-Content-Digest"), im.digest)
		s.check("slashes of the name, as they are", s.seen("PUT /v2/"+name+"/manifests/"), []string{"PUT /v2/" + name + "/manifests/v1 201"})
		s.say("%-15s %.19s…", name, im.digest)
		s.images = append(s.images, im)
	}
	s.check("uploads begun", len(s.seen("POST ")), 2*len(s.images))
}

func manifest(layer string) string {
	part := func(mediaType, content string) map[string]any {
		return map[string]any{"mediaType": mediaType, "digest": digest(content), "size": len(content)}
	}
	text, _ := json.Marshal(map[string]any{ // of texts and numbers alone
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": part("application/vnd.oci.image.config.v1+json", "{}"),
		"layers": []any{part("application/vnd.oci.image.layer.v1.tar", layer)},
	})
	return string(text)
}

// list reads page after page; the registry's links are relative.
func (s *story) list(ctx context.Context) {
	s.title("List")
	var names, want []string
	for name, err := range waygate.Items[string](ctx, s.acme, "registry.list_repositories", nil) {
		if err != nil {
			s.fail(err)
			return
		}
		names = append(names, name)
	}
	for _, im := range s.images {
		want = append(want, im.name)
	}
	s.check("repositories", names, want)
	pages := s.seen("GET /v2/_catalog")
	s.check("pages", pages, []string{"GET /v2/_catalog?n=2 200",
		"GET /v2/_catalog?last=acme%2Fweb&n=2 200", "GET /v2/_catalog?last=library%2Fbase&n=2 200"})
	s.say("%d repositories on %d pages: %v", len(names), len(pages), names)
	tags, err := waygate.Decode[[]string](s.call(ctx, "registry.list_tags", map[string]any{"name": "acme/web/assets"}))
	s.fail(err)
	s.check("tags", tags, []string{"v1"})
	s.say("tags of acme/web/assets: %v", tags)
}

// read gets an image back: the manifest's header, the manifest, the layer.
func (s *story) read(ctx context.Context) {
	s.title("Read")
	im := s.images[2]
	in := map[string]any{"name": im.name, "reference": "v1"}
	head := s.call(ctx, "registry.head_manifest", in)
	s.check("digest in the header", head.Header.Get("Docker-Content-Digest"), im.digest)
	type layers struct {
		Layers []struct {
			Digest string `json:"digest"`
		} `json:"layers"`
	}
	got, err := waygate.Decode[layers](s.call(ctx, "registry.get_manifest", in))
	if err != nil || len(got.Layers) != 1 {
		s.fail(fmt.Errorf("layers: got %v, %v", got.Layers, err))
		return
	}
	res := s.call(ctx, "registry.get_blob", map[string]any{"name": im.name, "digest": got.Layers[0].Digest})
	if s.err != nil {
		return
	}
	stream := res.Stream()
	defer func() { _ = stream.Close() }()
	hash := sha256.New()
	size, err := io.Copy(hash, stream) // as it comes: a layer can be larger than memory
	s.fail(err)
	s.check("digest of what came", fmt.Sprintf("sha256:%x", hash.Sum(nil)), digest(im.layer))
	s.say("%s:v1 is %.19s…, its layer %.19s…, %d bytes", im.name, head.Header.Get("Docker-Content-Digest"), got.Layers[0].Digest, size)
}

// remove takes a manifest away, and asks for what isn't there.
func (s *story) remove(ctx context.Context) {
	s.title("Remove")
	im := s.images[0]
	res := s.call(ctx, "registry.delete_manifest", map[string]any{"name": im.name, "reference": im.digest})
	s.check("status", res.Status, 202)
	s.say("%s: %d", im.name, res.Status)
	for _, gone := range []struct {
		action string
		in     map[string]any
		code   string
	}{
		{"registry.get_manifest", map[string]any{"name": im.name, "reference": im.digest}, "MANIFEST_UNKNOWN"},
		{"registry.get_blob", map[string]any{"name": im.name, "digest": digest("nothing")}, "BLOB_UNKNOWN"},
		{"registry.list_tags", map[string]any{"name": "nobody/knows"}, "NAME_UNKNOWN"},
	} {
		_, err := s.acme.Invoke(ctx, gone.action, gone.in)
		e := s.failure(err, waygate.ErrMissing)
		s.check("code", e.Code, gone.code)
		s.say("%s: %s, %d %s: %s", gone.action, e.Kind, e.Status, e.Code, e.Message)
	}
}

// records: each request that the registry answered is an attempt on record.
func (s *story) records(ctx context.Context) {
	s.title("On record")
	page, err := s.acme.Records(ctx, waygate.RecordQuery{Limit: 100})
	if err != nil {
		s.fail(err)
		return
	}
	attempts := 0
	for _, r := range page.Records {
		attempts += len(r.Attempts)
	}
	s.check("attempts", attempts, len(s.seen("")))
	s.say("%d calls with %d attempts; the registry answered %d requests", len(page.Records), attempts, len(s.seen("")))
}
