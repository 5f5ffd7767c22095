package archtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Rule names what a [Finding] breaks.
type Rule string

// The rules, each with the question it asks.
const (
	RuleLeaf     Rule = "leaf"     // does a leaf import the root, another leaf or an adapter, tests included?
	RuleInternal Rule = "internal" // does internal/* import a room other than secret, egress or internal, tests included?
	RuleRoot     Rule = "root"     // does the root's production code import an adapter?
	RuleTesting  Rule = "testing"  // does production code outside a …test package import testing or a …test package?
	RuleForeign  Rule = "foreign"  // does the core require or link another system's client, or link a test library?
	RuleName     Rule = "name"     // is a directory or package called common, util, utils, types or pkg?
	RuleInit     Rule = "init"     // is there a func init?
	RuleVar      Rule = "var"      // is there a package variable other than an error sentinel or an assertion?
	RuleDoc      Rule = "doc"      // does a package, or an exported name of a released module (of a field or method, too), lack its comment?
	RuleStale    Rule = "stale"    // does the allow list name something that is not there?
)

// Finding is one place that breaks a rule.
type Finding struct {
	Pos  string // file and line relative to the checked directory, or a package's import path
	Rule Rule   // the rule broken
	Text string // what stands there, and what to do
}

// String gives the finding on one line.
func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Pos, f.Rule, f.Text) }

// Check applies all rules to the module in dir, the core, and to the modules nested in it; directories called testdata
// or vendor, and hidden ones, are left out. allow maps "import/path.name" of a package variable to the reason why it
// may stand. The findings come sorted by place.
//
// An error means that nothing could be judged: the go command failed or the core has no packages.
func Check(ctx context.Context, dir string, allow map[string]string) ([]Finding, error) {
	modules, err := load(ctx, dir)
	if err != nil {
		return nil, err
	}
	c := checker{core: modules[0].path, allow: allow, used: map[string]bool{}}
	for _, m := range modules {
		for _, p := range m.packages {
			c.checkPackage(m, p)
		}
	}
	if err := c.checkForeign(ctx, dir, modules[0]); err != nil {
		return nil, err
	}
	for name := range allow {
		if !c.used[name] {
			c.add(name, RuleStale, "allowed, but no such package variable needs it: drop the entry")
		}
	}
	slices.SortFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text))
	})
	return c.findings, nil
}

type checker struct {
	core     string // the core's module path
	allow    map[string]string
	used     map[string]bool // entries of allow that were needed
	findings []Finding
}

func (c *checker) add(pos string, rule Rule, format string, args ...any) {
	c.findings = append(c.findings, Finding{Pos: pos, Rule: rule, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) checkPackage(m *module, p *pkg) {
	c.checkPackageDoc(p)
	if !m.released() {
		return
	}
	c.checkName(p)
	for _, f := range p.files {
		c.checkImports(p, f)
		if !f.test {
			c.checkDecls(p, f)
		}
	}
}
