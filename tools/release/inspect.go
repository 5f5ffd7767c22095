package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// What a module's zip may hold.
const (
	mostFile    = 128 << 10 // of one file
	mostFixture = 16 << 10  // of one below testdata
	mostModule  = 8 << 20   // of all files together, not zipped
)

// found is what a zip holds.
type found struct {
	files, bytes, zipped int
}

// inspect refuses a zip that lacks the licence, holds more than it may, holds what others made for tests, or whose
// go.mod still replaces something.
func inspect(file, prefix string) (found, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return found{}, err
	}
	defer func() { _ = z.Close() }()
	var out found
	var faults []error
	licensed := false
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, prefix)
		size := int(f.UncompressedSize64)
		out.files, out.bytes, out.zipped = out.files+1, out.bytes+size, out.zipped+int(f.CompressedSize64)
		data, err := contents(f)
		if err != nil {
			return out, err
		}
		licensed = licensed || name == "LICENSE" && bytes.Contains(data, []byte("Apache License"))
		if err := inspectFile(name, data); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
	}
	if !licensed {
		faults = append(faults, errors.New("no LICENSE of ours"))
	}
	if out.bytes > mostModule {
		faults = append(faults, fmt.Errorf("%d bytes in all, more than %d", out.bytes, mostModule))
	}
	return out, errors.Join(faults...)
}

// inspectFile looks at one file.
func inspectFile(name string, data []byte) error {
	if name == "go.mod" {
		return inspectGoMod(data)
	}
	if len(data) > mostFile {
		return fmt.Errorf("%d bytes, more than %d", len(data), mostFile)
	}
	if !isFixture(name) {
		return nil
	}
	switch {
	case len(data) > mostFixture:
		return fmt.Errorf("a fixture of %d bytes, more than %d: obtain it when tests run", len(data), mostFixture)
	case isNotice(name), regexp.MustCompile(`(?i)copyright|\(c\) *[12][0-9]{3}|SPDX-License`).Match(data):
		return errors.New("a fixture with a copyright notice is somebody else's: obtain it when tests run")
	}
	return nil
}

// isFixture holds for what only tests read.
func isFixture(name string) bool {
	return slices.Contains(strings.Split(path.Dir(name), "/"), "testdata")
}

// isNotice holds for the names that licences go by.
func isNotice(name string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(path.Base(name)), ".")
	return slices.Contains([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT"}, base)
}

func inspectGoMod(data []byte) error {
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return err
	}
	if len(f.Replace)+len(f.Exclude) > 0 {
		return errors.New("replaces or excludes something: `go install` would refuse the module, and other builds miss it")
	}
	for _, r := range f.Require {
		if r.Mod.Version == "v0.0.0" {
			return fmt.Errorf("requires %s v0.0.0, which nobody can fetch", r.Mod.Path)
		}
	}
	return nil
}
