package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// machine is what the figures were measured on, as lines of Markdown.
func machine(rounds int, seed uint64, began time.Time, load string) string {
	lines := []string{
		fmt.Sprintf("- Machine: %d cores as the system counts them, %s, %s of memory, Linux %s", runtime.NumCPU(), field("/proc/cpuinfo", "model name"), memorySize(), release()),
		fmt.Sprintf("- Load (1, 5 and 15 minutes): %s when it began, %s when it ended", load, loadAverage()),
		fmt.Sprintf("- %s, GOMAXPROCS %d, GOGC %s", runtime.Version(), runtime.GOMAXPROCS(0), collector()),
		"- " + versions(),
		fmt.Sprintf("- %s, %d rounds, seed %d, %s", began.UTC().Format("2 January 2006, 15:04 UTC"), rounds, seed, time.Since(began).Round(time.Second)),
	}
	return strings.Join(lines, "\n")
}

// field is the first value of a name in one of the kernel's files; "unknown" elsewhere.
func field(path, name string) string {
	data, _ := os.ReadFile(path) // not on every system
	for line := range strings.Lines(string(data)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func memorySize() string {
	var kilobytes int64
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal"), &kilobytes); err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%d GB", kilobytes/1e6)
}

func loadAverage() string {
	data, _ := os.ReadFile("/proc/loadavg") // not on every system
	if parts := strings.Fields(string(data)); len(parts) >= 3 {
		return strings.Join(parts[:3], " ")
	}
	return "unknown"
}

func release() string {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		return "unknown"
	}
	var b strings.Builder
	for _, c := range u.Release {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}

func collector() string {
	if v := os.Getenv("GOGC"); v != "" {
		return v
	}
	return "100"
}

// versions names the modules that are compared, as they are linked.
func versions() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "versions unknown"
	}
	wanted := []string{"github.com/hashicorp/go-retryablehttp", "github.com/sony/gobreaker/v2", "github.com/failsafe-go/failsafe-go", "resty.dev/v3",
		"golang.org/x/oauth2", "github.com/ohler55/ojg", "github.com/kaptinlin/jsonschema", "github.com/santhosh-tekuri/jsonschema/v6"}
	linked := map[string]string{}
	for _, m := range info.Deps {
		linked[m.Path] = m.Version
	}
	var list []string
	for _, path := range wanted {
		list = append(list, path+" "+linked[path])
	}
	return strings.Join(list, ", ")
}
