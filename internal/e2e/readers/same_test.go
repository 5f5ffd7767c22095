package readers_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

const (
	sameOperations = 200
	samePerFile    = 4       // so that there are at least fifty documents
	sameLargest    = 2 << 20 // bytes of a document: kin-openapi takes seconds for those beyond
)

// sameSeed chooses the operations; SAME_AS_KIN_SEED is another one.
func sameSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("SAME_AS_KIN_SEED")
	if text == "" {
		return 6735
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	must(t, err)
	return seed
}

// corpusFiles are the documents of the corpus that aren't too large, in order.
func corpusFiles(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() <= sameLargest {
			list = append(list, path)
		}
		return err
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%d documents, %v: run tools/scripts/documents.sh", len(list), err)
	}
	slices.Sort(list)
	return list
}

// TestSameAsKin takes 200 operations at random, and wants an action to say of each what kin-openapi's model says. A
// difference is a fault, or is told in a note of the report that says so.
func TestSameAsKin(t *testing.T) {
	t.Parallel()
	seed := sameSeed(t)
	t.Logf("SAME_AS_KIN_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	files := corpusFiles(t)
	operations, documents, refused := 0, 0, 0
	count := map[string]int{}
	for _, i := range r.Perm(len(files)) {
		if operations == sameOperations {
			break
		}
		raw := file(t, files[i])
		if operations >= sameOperations/2 && !bytes.Contains(raw, []byte(`"explode"`)) {
			continue // few documents have arrays in parameters: the second half has to say how they are written
		}
		kin, err := readByKin(raw)
		if err != nil {
			refused++
			continue
		}
		documents++
		ours := readByUs(t, files[i], raw, openapi.ImportOptions{ID: "api"})
		n := min(samePerFile, len(ours.actions), sameOperations-operations)
		for _, j := range r.Perm(len(ours.actions))[:n] {
			c := newComparison(kin, ours, ours.actions[j], count)
			c.all()
			for _, d := range c.differences {
				t.Errorf("%s: %s %s: %s", strings.TrimPrefix(files[i], corpus), c.op.Method, c.op.Path, d)
			}
		}
		operations += n
	}
	t.Logf("%d operations of %d documents; kin-openapi refuses %d more; compared %v", operations, documents, refused, count)
	if operations != sameOperations || documents < sameOperations/samePerFile || count["parameter"] < sameOperations || count["body member"] < sameOperations/2 || count["explode"] < sameOperations/10 {
		t.Errorf("%d operations of %d documents, %v: that is too little", operations, documents, count)
	}
}

// comparison holds an action against an operation of kin-openapi's model.
type comparison struct {
	kin    *openapi3.T
	ours   *imported
	action waygate.HTTPAction
	op     openapi.Operation
	item   *openapi3.PathItem
	theirs *openapi3.Operation
	params []*openapi3.Parameter
	input  map[string]any  // the input's schema
	notes  []openapi.Note  // of the operation
	count  map[string]int  // what was compared
	named  map[string]bool // members of the input that are parameters

	differences []string
}

func newComparison(kin *openapi3.T, ours *imported, a waygate.HTTPAction, count map[string]int) *comparison {
	c := &comparison{kin: kin, ours: ours, action: a, op: ours.operations[a.ID], count: count, named: map[string]bool{}}
	c.item = kin.Paths.Value(c.op.Path)
	c.theirs = c.item.GetOperation(c.op.Method)
	c.params = declared(c.item, c.theirs)
	c.input = schemaOf(a.InputSchema)
	for _, n := range ours.Report.Notes {
		if n.Action == a.ID {
			c.notes = append(c.notes, n)
		}
	}
	return c
}

func (c *comparison) all() {
	for _, compare := range []func(){c.line, c.texts, c.server, c.parameters, c.body, c.answer, c.security} {
		compare()
	}
}

// differ notes a difference.
func (c *comparison) differ(what string, ours, theirs any) {
	c.differences = append(c.differences, fmt.Sprintf("%s: %v, kin-openapi has %v", what, ours, theirs))
}

// same compares one field.
func (c *comparison) same(what string, ours, theirs any) {
	c.count[strings.SplitN(what, ":", 2)[0]]++
	if fmt.Sprint(ours) != fmt.Sprint(theirs) {
		c.differ(what, ours, theirs)
	}
}

// noted says whether the report tells of something that was done to the operation.
func (c *comparison) noted(code openapi.Code, detail string) bool {
	return slices.ContainsFunc(c.notes, func(n openapi.Note) bool { return n.Code == code && strings.Contains(n.Detail, detail) })
}
