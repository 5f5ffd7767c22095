package archtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// wholeHouse holds nothing but tests, of all rooms together: of what a provider may try against the gateway.
const wholeHouse = "internal/hostile"

// room gives the first element of a path below the core's root, "" for the root itself.
func room(rel string) string {
	top, _, _ := strings.Cut(rel, "/")
	return top
}

// leaf holds for the rooms that are useful alone, with nothing but a plain HTTP client.
func leaf(room string) bool {
	switch room {
	case "auth", "pagination", "mapping", "validation", "resilience", "egress", "secret":
		return true
	}
	return false
}

// shared holds for the rooms that every leaf may import.
func shared(room string) bool { return room == "secret" || room == "egress" || room == "internal" }

// testish holds for packages that serve tests: their path ends in test, as waygatetest, authtest or httptest do.
func testish(importPath string) bool { return strings.HasSuffix(path.Base(importPath), "test") }

// checkImports judges one file's imports by the rooms they lead from and to.
func (c *checker) checkImports(p *pkg, f *file) {
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if !f.test && !testish(p.ImportPath) && (imported == "testing" || strings.HasPrefix(imported, "testing/") || testish(imported)) {
			c.add(f.pos(spec), RuleTesting, "production code imports %s: move it to a _test.go file or a …test package", imported)
		}
		rel, own := strings.CutPrefix(imported+"/", c.core+"/")
		if !own {
			continue
		}
		if p.rel == wholeHouse && f.test {
			continue
		}
		rule, why := c.crossing(room(p.rel), room(rel), f.test)
		if why != "" {
			c.add(f.pos(spec), rule, "%s imports %s: %s", p.ImportPath, imported, why)
		}
	}
}

// crossing says why a package of one room may not import one of another, or "" where it may.
func (c *checker) crossing(from, to string, test bool) (Rule, string) {
	switch {
	case from == to:
		return "", ""
	case leaf(from) && !shared(to):
		return RuleLeaf, "a leaf imports only secret, egress and internal packages: take what is needed as a parameter"
	case from == "internal" && !shared(to):
		return RuleInternal, "an internal package imports only secret, egress and other internal packages"
	case from == "" && !leaf(to) && to != "internal" && !test:
		return RuleRoot, "the root imports no adapter: own a small interface and let the adapter fit it"
	}
	return "", ""
}

// foreign lists module paths that the core may neither require nor link: clients of other systems, which belong in a
// nested module so that only their users pay for them.
func foreign() []string {
	return []string{
		"github.com/jackc/pgx", "github.com/lib/pq", "github.com/redis/", "github.com/go-redis/", "github.com/gomodule/redigo",
		"github.com/riverqueue/", "github.com/modelcontextprotocol/", "go.opentelemetry.io/", "github.com/prometheus/",
		"github.com/segmentio/kafka-go", "github.com/twmb/franz-go", "github.com/IBM/sarama", "github.com/nats-io/",
		"github.com/santhosh-tekuri/", "github.com/aws/aws-sdk-go", "cloud.google.com/", "google.golang.org/grpc",
	}
}

// testOnly lists what the core may require but not link.
func testOnly() []string {
	return []string{"github.com/google/go-cmp", "github.com/stretchr/testify", "go.uber.org/goleak"}
}

func below(importPath string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return importPath == prefix || strings.HasPrefix(importPath, strings.TrimSuffix(prefix, "/")+"/")
	})
}

// checkForeign looks for other systems' clients in the core's go.mod and in all that its packages link, however far
// down.
func (c *checker) checkForeign(ctx context.Context, dir string, core *module) error {
	for _, required := range core.requires {
		if below(required, foreign()) {
			c.add("go.mod", RuleForeign, "the core requires %s: move what uses it to a module of its own", required)
		}
	}
	out, err := goCommand(ctx, dir, "list", "-e", "-json=ImportPath,Deps", "./...")
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath string
			Deps       []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if testish(p.ImportPath) {
			continue
		}
		for _, dep := range p.Deps {
			if below(dep, foreign()) || below(dep, testOnly()) {
				c.add(p.ImportPath, RuleForeign, "links %s: move what uses it to a module of its own, or to a test", dep)
			}
		}
	}
}

// checkName refuses names that say nothing about what a package holds.
func (c *checker) checkName(p *pkg) {
	for _, name := range append(strings.Split(p.rel, "/"), p.Name) {
		switch name {
		case "common", "util", "utils", "types", "pkg":
			c.add(p.ImportPath, RuleName, "a package called %s holds anything: name it for what it does", name)
			return
		}
	}
}
