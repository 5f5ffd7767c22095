package yamltree_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/internal/yamltree"
)

// TestLimits shows each bound, on both sides.
func TestLimits(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	long := strings.Repeat("x", 4000)
	cases := map[string]struct {
		src  string
		lim  yamltree.Limits
		says string // "" if it is within the bound
	}{
		"bytes":               {"a: 1", yamltree.Limits{Bytes: 4}, ""},
		"a byte more":         {"a: 12", yamltree.Limits{Bytes: 4}, "4"},
		"depth":               {nested(512), yamltree.Limits{}, ""},
		"a level more":        {nested(513), yamltree.Limits{}, "512"},
		"block depth":         {strings.Repeat("- ", 512) + "x", yamltree.Limits{}, ""},
		"a block more":        {strings.Repeat("- ", 513) + "x", yamltree.Limits{}, "512"},
		"depth by aliases":    {"- &a [1]\n- &b [*a]\n- [*b]\n", yamltree.Limits{Depth: 4}, ""},
		"a level by aliases":  {"- &a [1]\n- &b [*a]\n- [*b]\n", yamltree.Limits{Depth: 3}, "3 levels"},
		"deepest":             {nested(9_999), yamltree.Limits{Depth: 20_000}, ""},
		"deeper than deepest": {nested(10_001), yamltree.Limits{Depth: 20_000}, "10000"},
		"nodes":               {"{a: 1, b: [2]}", yamltree.Limits{Nodes: 6}, ""},
		"a node more":         {"{a: 1, b: [2]}", yamltree.Limits{Nodes: 5}, "5 values and keys: divide"},
		"nodes by aliases":    {"[&a 1, *a, *a]", yamltree.Limits{Nodes: 4}, ""},
		"expansion":           {"a: &a [1, 2, 3]\nb: [" + strings.Repeat("*a,", 1000) + "]", yamltree.Limits{}, ""},
		"expansion beyond":    {"a: &a [" + strings.Repeat("1,", 20) + "]\nb: [" + strings.Repeat("*a,", 1000) + "]", yamltree.Limits{}, "10 times"},
		"expansion allowed":   {"a: &a [" + strings.Repeat("1,", 20) + "]\nb: [" + strings.Repeat("*a,", 1000) + "]", yamltree.Limits{Expansion: 100}, ""},
		"bytes by aliases":    {"a: &a " + long + "\nb: [" + strings.Repeat("*a,", 9) + "]", yamltree.Limits{}, ""},
		"bytes beyond":        {"a: &a " + long + "\nb: [" + strings.Repeat("*a,", 11) + "]", yamltree.Limits{}, "10 times"},
		"small expansion":     {"[&a [1, 2], *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]", yamltree.Limits{}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := yamltree.Parse([]byte(c.src), c.lim)
			var e *yamltree.Error
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (!errors.As(err, &e) || !strings.Contains(e.Reason, c.says)):
				t.Errorf("got %v, want …%s…", err, c.says)
			}
		})
	}
}

// hostile are sources that would exhaust stack, memory or time. Those that are wide rather than deep are an eighth of
// what is allowed, for the sake of the race detector.
func hostile() map[string]string {
	const deep, wide = 1<<20 - 10, 1 << 17
	fill := func(s string, size int) string { return strings.Repeat(s, size/len(s)) }
	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]\n")
	for i := range 50 {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 9), i)
	}
	return map[string]string{
		"flow lists":             fill("[", deep),
		"flow objects":           fill("{", deep),
		"mixed":                  fill("[{", deep),
		"members":                fill("{a: ", deep),
		"block lists":            fill("- ", deep),
		"explicit keys":          fill("? ", deep),
		"five million lists":     fill("[", 5_000_000),
		"as deep as is read":     strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999),
		"laughs":                 laughs.String(),
		"long text often":        "[&a \"" + fill("x", deep/2) + "\"," + fill("*a,", wide) + "]",
		"open quote":             fill("a: [1]\n", 1000) + "b: \"" + fill("x: 1\n", wide),
		"open bracket":           "[" + fill("a,\n", wide),
		"comments, then a fault": fill("#\n", wide) + "a: b: c",
		"comments":               fill("- #\n", wide),
		"anchors":                "[" + fill("&a a,", wide) + "]",
		"bare tags":              "[" + fill("! a,", wide) + "]",
		"nulls":                  fill("-\n", wide),
		"words":                  "[" + fill("a,", wide) + "]",
		"keys":                   "{" + fill("a,", wide) + "}",
		"directives":             directives("\n", deep) + "--- a",
		"directives, other line": "#\r" + directives("\r", deep) + "--- a",
		"directives afterwards":  "a\n" + directives("\n", deep) + "--- a",
	}
}

// directives are so many that a reader which compares each with all before takes minutes.
func directives(end string, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size-100; i++ {
		fmt.Fprintf(&b, "%%TAG !%d! x%s", i, end)
	}
	return b.String()
}

// TestTagDirectives shows that directives for tags are refused wherever the reader underneath would take them: before
// each document, after each kind of line break, behind byte order marks.
func TestTagDirectives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src  string
		line int
	}{
		"first":                {"%TAG ! x\n---\na: 1\n", 1},
		"after a comment":      {"# x\n\n%TAG ! x\n---\na: 1\n", 3},
		"after a version":      {"%YAML 1.2\n%TAG ! x\n---\na: 1\n", 2},
		"after a mark":         {"\uFEFF%TAG ! x\n---\na: 1\n", 1},
		"after three marks":    {"\uFEFF\uFEFF\uFEFF%TAG ! x\n---\na: 1\n", 1},
		"windows lines":        {"# x\r\n%TAG ! x\r\n---\r\na: 1\r\n", 2},
		"carriage return":      {"# x\r%TAG ! x\r---\ra: 1\r", 1},
		"next line":            {"# x\u0085%TAG ! x\n---\na: 1\n", 1},
		"line separator":       {"# x\u2028%TAG ! x\n---\na: 1\n", 1},
		"paragraph separator":  {"# x\u2029%TAG ! x\n---\na: 1\n", 1},
		"after a document":     {"a: 1\n%TAG ! x\n---\nb: 1\n", 2},
		"after a marked end":   {"a: 1\n...\n%TAG ! x\n---\nb: 1\n", 3},
		"not the first of all": {"a: \"%TAG 1%TAG\"\n...\n%TAG ! x\n---\nb: 1\n", 3},
	} {
		_, err := yamltree.Parse([]byte(c.src), yamltree.Limits{})
		var e *yamltree.Error
		if !errors.As(err, &e) || e.Line != c.line || e.Column != 1 || !strings.Contains(e.Reason, "%TAG") {
			t.Errorf("%s: got %v, want line %d", name, err, c.line)
		}
	}
	for name, src := range map[string]string{
		"in a text": `a: "x %TAG y"`, "a text": `a: "%TAG"`, "in a block": "a: |\n  %TAG ! x\n  y\n", "in a comment": "# %TAG ! x\na: 1\n", "%": "a: x%\n",
	} {
		if _, err := yamltree.Parse([]byte(src), yamltree.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostile reads what would bring down a careless reader, in a process of its own: neither a stack that overflows nor
// memory that runs out can be recovered from.
func TestHostile(t *testing.T) {
	const env = "YAMLTREE_HOSTILE"
	if os.Getenv(env) != "" {
		readHostile(t)
		return
	}
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestHostile$", "-test.v")
	cmd.Env = append(os.Environ(), env+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out[max(0, len(out)-4000):])
	}
	if n := strings.Count(string(out), "read: "); n < len(hostile()) {
		t.Errorf("%d sources were read:\n%s", n, out)
	}
}

func readHostile(t *testing.T) {
	debug.SetMaxStack(64 << 20)
	for name, src := range hostile() {
		lims := []yamltree.Limits{{}}
		if strings.Count(src, "[") >= 9_999 {
			lims = append(lims, yamltree.Limits{Bytes: 10 << 20, Depth: 100_000, Nodes: 10_000_000})
		}
		for _, lim := range lims {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			doc, err := yamltree.Parse([]byte(src), lim)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			spent := (after.TotalAlloc - before.TotalAlloc) >> 20
			fmt.Printf("read: %-24s %8d bytes, %4d MiB, %v: %.80v\n", name, len(src), spent, took.Round(time.Millisecond), err)
			if spent > 200 || took > 30*time.Second {
				t.Errorf("%s: %d MiB in %v", name, spent, took)
			}
			if err == nil && len(doc.JSON()) > 7*len(src)*yamltree.DefaultExpansion {
				t.Errorf("%s: %d bytes of JSON", name, len(doc.JSON()))
			}
		}
	}
}
