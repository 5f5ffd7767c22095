//go:build corpus

package openapi_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/waygate-go/waygate/openapi"
)

// slowest is how much processor time a document may take, from text to integration. The clock on the wall depends on who
// else is at work.
const slowest = 6 * time.Second

// TestCorpus imports every document of the corpus, and prints what came of them.
func TestCorpus(t *testing.T) {
	clouds := []string{"microsoft.com/", "amazonaws.com/", "azure.com/", "googleapis.com/"}
	begin := time.Now()
	docs, total, imported, inClouds, cloudTotal := 0, 0, 0, 0, 0
	codes := map[openapi.Code]int{}
	longest, name := time.Duration(0), ""
	walkCorpus(t, func(file string, _ fs.FileInfo) {
		raw := document(t, corpus+file)
		began := processor()
		res := loadAndImport(t, file, raw)
		took := processor() - began
		if res == nil {
			return
		}
		if took > longest {
			longest, name = took, file
		}
		if took > slowest {
			t.Errorf("%s: took %s", file, took)
		}
		r := checkDocument(t, file, raw, res, 500)
		docs++
		for _, s := range r.Skips {
			codes[s.Code]++
		}
		cloud := false
		for _, c := range clouds {
			cloud = cloud || strings.HasPrefix(file, c)
		}
		if cloud {
			cloudTotal, inClouds = cloudTotal+r.Total, inClouds+r.Imported
		} else {
			total, imported = total+r.Total, imported+r.Imported
		}
	})
	fmt.Printf("corpus: %d documents in %s, peak %s; the slowest took %s of processor time (%s)\n", docs, time.Since(begin).Round(time.Second), peak(), longest.Round(time.Millisecond), name)
	fmt.Printf("corpus: without the big clouds %d of %d operations imported, %.2f %%; of the clouds %d of %d\n", imported, total, 100*float64(imported)/float64(total), inClouds, cloudTotal)
	fmt.Printf("corpus: skipped %v\n", codes)
	if docs != 2639 {
		t.Errorf("%d documents, want 2639", docs)
	}
	if imported*100 < total*98 {
		t.Errorf("%d of %d imported, want 98 %%", imported, total)
	}
}

// processor is the time that the process has had of all processors.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that the process had.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}
