package nearest_test

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/nearest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	actions := []string{"list_issues", "list_issue", "get_issue", "create_issue", "close", "list-users"}
	for name, c := range map[string]struct {
		name       string
		candidates []string
		want       []string
	}{
		"a letter too few":      {"list_isues", actions, []string{"list_issues", "list_issue"}},
		"changed places":        {"lsit_issues", actions, []string{"list_issues", "list_issue"}},
		"another letter":        {"clise", actions, []string{"close"}},
		"case and separators":   {"ListUsers", actions, []string{"list-users"}},
		"case alone":            {"ID", []string{"id", "it"}, []string{"id", "it"}},
		"nearest first":         {"list_issuess", actions, []string{"list_issues", "list_issue"}},
		"at most three":         {"aab", []string{"aad", "aac", "aaf", "aae", "aa"}, []string{"aa", "aac", "aad"}},
		"much nearer than":      {"abcdefghi", []string{"abcdefghX", "abcdefgXX", "abcdefXXX"}, []string{"abcdefghX", "abcdefgXX"}},
		"nothing near":          {"delete", actions, nil},
		"itself":                {"close", actions, nil},
		"twice":                 {"clos", []string{"close", "close"}, []string{"close"}},
		"too far for its size":  {"ab", []string{"cd", "abcd"}, nil},
		"nothing":               {"", actions, nil},
		"nothing to find":       {"close", nil, nil},
		"separators alone":      {"-", []string{"_", "a"}, []string{"_", "a"}},
		"not UTF-8":             {"clos\xff", []string{"close"}, nil},
		"candidate not UTF-8":   {"close", []string{"clos\xff"}, nil},
		"letters, not bytes":    {"größe", []string{"grösse", "grüße"}, []string{"grüße"}},
		"long":                  {strings.Repeat("a", nearest.MaxName+1), []string{strings.Repeat("a", nearest.MaxName)}, nil},
		"long candidate":        {strings.Repeat("a", nearest.MaxName), []string{strings.Repeat("a", nearest.MaxName+1)}, nil},
		"as long as may be":     {strings.Repeat("a", nearest.MaxName), []string{strings.Repeat("a", nearest.MaxName-3)}, []string{strings.Repeat("a", nearest.MaxName-3)}},
		"three of many letters": {"abcdefghijkl", []string{"abcdefghi", "abcdefgh"}, []string{"abcdefghi"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, nearest.Names(c.name, slices.Values(c.candidates))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNamesEnds has more candidates than are looked at.
func TestNamesEnds(t *testing.T) {
	t.Parallel()
	looked := 0
	var endless iter.Seq[string] = func(yield func(string) bool) {
		for yield("close" + strconv.Itoa(looked)) {
			looked++
		}
	}
	if got := nearest.Names("close", endless); len(got) != nearest.MaxNames || looked != nearest.MaxCandidates {
		t.Errorf("got %v after %d", got, looked)
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		candidates []string
		want       string
	}{
		"one":         {[]string{"get"}, `: did you mean "get"?`},
		"two":         {[]string{"let", "get"}, `: did you mean "get" or "let"?`},
		"three":       {[]string{"let", "get", "bet"}, `: did you mean "bet", "get" or "let"?`},
		"none":        {[]string{"post"}, ""},
		"on one line": {[]string{"e\nt"}, ": did you mean \"e\uFFFDt\"?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := nearest.DidYouMean("eet", slices.Values(c.candidates)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// plain is the same distance, by the definition, for short words.
func plain(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	cost := 1
	if a[len(a)-1] == b[len(b)-1] {
		cost = 0
	}
	d := min(plain(a[:len(a)-1], b)+1, plain(a, b[:len(b)-1])+1, plain(a[:len(a)-1], b[:len(b)-1])+cost)
	if len(a) > 1 && len(b) > 1 && a[len(a)-1] == b[len(b)-2] && a[len(a)-2] == b[len(b)-1] {
		d = min(d, plain(a[:len(a)-2], b[:len(b)-2])+1)
	}
	return d
}

// FuzzNames holds that what is found is what the definition of the distance says, that no input panics, and that an
// error's text stays on one line.
func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{{"close", "colse"}, {"ca", "abc"}, {"", ""}, {"abcd", "badc"}, {"é", "e"}, {"a_b", "A-B"}, {"a", "\n"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, candidate string) {
		text := nearest.DidYouMean(name, slices.Values([]string{candidate}))
		if strings.ContainsAny(text, "\n\r") || len(text) > 5*nearest.MaxName || !utf8.ValidString(text) {
			t.Errorf("the text is %q", text)
		}
		if strings.ContainsAny(name+candidate, "-_. ") || name == "" || candidate == "" || name == candidate || len(name) > 8 || len(candidate) > 8 ||
			!utf8.ValidString(name) || !utf8.ValidString(candidate) {
			return
		}
		a, b := []rune(strings.ToLower(name)), []rune(strings.ToLower(candidate))
		if want := plain(a, b) <= min(3, max(1, len(a)/3)); want != (text != "") {
			t.Errorf("%q and %q: %q", name, candidate, text)
		}
	})
}
