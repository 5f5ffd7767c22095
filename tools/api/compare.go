package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// change is a line that went or came.
type change struct {
	file   string
	line   string
	added  bool
	breaks bool // a program that compiled might not any more
}

func (c change) String() string {
	sign := "-"
	if c.added {
		sign = "+"
	}
	return sign + " " + strings.TrimSuffix(c.file, ".txt") + ": " + c.line
}

func compareDirs(before, after string) ([]change, error) {
	if before == "" || after == "" {
		return nil, errors.New("compare: want -old and -new")
	}
	old, err := readDir(before)
	if err != nil {
		return nil, err
	}
	now, err := readDir(after)
	if err != nil {
		return nil, err
	}
	return compare(old, now), nil
}

// compare gives the lines that differ, by file. What goes breaks somebody; of what comes, a method of an interface that
// others implement does.
func compare(old, now map[string][]string) []change {
	var out []change
	for _, file := range slices.Sorted(maps.Keys(union(old, now))) {
		before, after := set(old[file]), set(now[file])
		for _, line := range slices.Sorted(maps.Keys(union(before, after))) {
			if before[line] == after[line] {
				continue
			}
			of, _, method := strings.Cut(line, " interface, method ")
			open := before[of+" interface"] && !before[of+" interface, "+sealedMark]
			out = append(out, change{file: file, line: line, added: after[line], breaks: before[line] || method && open})
		}
	}
	return out
}

func union[V any](a, b map[string]V) map[string]bool {
	all := map[string]bool{}
	for key := range a {
		all[key] = true
	}
	for key := range b {
		all[key] = true
	}
	return all
}

func set(lines []string) map[string]bool {
	all := map[string]bool{}
	for _, line := range lines {
		all[line] = true
	}
	return all
}

// judge tells what breaks, and which version all of it takes at least.
func judge(out io.Writer, changes []change, last, version string) error {
	added, broken := 0, 0
	for _, c := range changes {
		if c.breaks {
			broken++
			if _, err := fmt.Fprintln(out, "breaks:", c); err != nil {
				return err
			}
		} else {
			added++
		}
	}
	least := leastVersion(last, added > 0, broken > 0)
	if _, err := fmt.Fprintf(out, "since %s: %d lines break, %d are new; the next version is %s at least\n", last, broken, added, least); err != nil {
		return err
	}
	if version != "" && semver.Compare(version, least) < 0 {
		return fmt.Errorf("%s isn't enough: want %s at least", version, least)
	}
	return nil
}

// leastVersion is the next one by Semantic Versioning; before v1 a minor version may break.
func leastVersion(last string, added, broken bool) string {
	var major, minor, patch int
	if _, err := fmt.Sscanf(semver.Canonical(last), "v%d.%d.%d", &major, &minor, &patch); err != nil {
		return "v0.0.0"
	}
	switch {
	case broken && major > 0:
		return fmt.Sprintf("v%d.0.0", major+1)
	case broken, added:
		return fmt.Sprintf("v%d.%d.0", major, minor+1)
	}
	return fmt.Sprintf("v%d.%d.%d", major, minor, patch+1)
}
