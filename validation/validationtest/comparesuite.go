package validationtest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// CompareSuite compares the counts of an engine with the tables of a document:
// a row "| engine | draft | required passed of total | optional passed of total |"
// per draft, and a row "| engine | draft | file | wrong | refused | reason |" per file
// in which a case doesn't pass. A required case that doesn't pass is an error all
// the same.
func CompareSuite(t *testing.T, engine string, counts []SuiteCount, document string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 4 || strings.TrimSpace(cells[0]) != engine {
			continue
		}
		if len(cells) == 6 {
			if strings.TrimSpace(cells[5]) == "" {
				t.Errorf("%s gives no reason in %q", document, line)
			}
			cells = cells[:5]
		}
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		documented = append(documented, strings.Join(cells, " | "))
	}
	slices.Sort(documented)
	if diff := cmp.Diff(documented, suiteRows(t, engine, counts)); diff != "" {
		t.Errorf("%s (-) and what was counted (+) differ:\n%s", document, diff)
	}
}

// suiteRows gives the rows that a document should have, sorted.
func suiteRows(t *testing.T, engine string, counts []SuiteCount) []string {
	t.Helper()
	sums := map[string]*[2]SuiteCount{} // required, optional
	var rows []string
	for _, c := range counts {
		sum := sums[c.Draft]
		if sum == nil {
			sum = &[2]SuiteCount{}
			sums[c.Draft] = sum
		}
		part := 0
		if strings.HasPrefix(c.File, "optional/") {
			part = 1
		}
		sum[part].Total += c.Total
		sum[part].Wrong += c.Wrong
		sum[part].Refused += c.Refused
		if c.Passed() == c.Total {
			continue
		}
		if part == 0 {
			t.Errorf("%s %s: %d of %d required cases pass", c.Draft, c.File, c.Passed(), c.Total)
		}
		rows = append(rows, fmt.Sprintf("%s | %s | %s | %d | %d", engine, c.Draft, c.File, c.Wrong, c.Refused))
	}
	for _, draft := range slices.Sorted(maps.Keys(sums)) {
		s := sums[draft]
		rows = append(rows, fmt.Sprintf("%s | %s | %d of %d | %d of %d", engine, draft,
			s[0].Passed(), s[0].Total, s[1].Passed(), s[1].Total))
	}
	slices.Sort(rows)
	return rows
}
