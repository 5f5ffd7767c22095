package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/sumdb/dirhash"
)

// goMod is the module's go.mod as users get it: our own modules are required at the version, and nothing is replaced.
// A replacement of anything else would be lost on them, so it is refused; so are exclusions.
func goMod(m goModule, all []goModule, version string) ([]byte, error) {
	f, err := modfile.Parse(m.dir+"/go.mod", m.gomod, nil)
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Clone(f.Replace) {
		if !isOwn(all, r.Old.Path) || r.New.Version != "" {
			return nil, fmt.Errorf("%s/go.mod replaces %s, which users' builds wouldn't: require what is needed", m.dir, r.Old.Path)
		}
		if err := f.DropReplace(r.Old.Path, r.Old.Version); err != nil {
			return nil, err
		}
	}
	if len(f.Exclude) > 0 {
		return nil, fmt.Errorf("%s/go.mod excludes %s, which users' builds wouldn't: require what is needed", m.dir, f.Exclude[0].Mod.Path)
	}
	for _, r := range f.Require {
		switch {
		case isOwn(all, r.Mod.Path):
			if err := f.AddRequire(r.Mod.Path, version); err != nil {
				return nil, err
			}
		case strings.HasPrefix(r.Mod.Path, all[0].path+"/"):
			return nil, fmt.Errorf("%s/go.mod requires %s, which isn't released: users can't fetch it", m.dir, r.Mod.Path)
		}
	}
	f.Cleanup()
	return f.Format()
}

func isOwn(all []goModule, path string) bool {
	return slices.ContainsFunc(all, func(m goModule) bool { return m.path == path })
}

// write makes the tree what a release commits and tags: each go.mod as it is packed, and each go.sum with the sums of
// our own modules, so that whoever checks out the tag can build a nested module by itself.
func write(root string, modules []goModule, version string) error {
	tmp, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	sums := map[string]string{} // go.sum's lines, by module path
	// Each after those that it requires: its own sum comes of a go.sum that has theirs.
	for _, m := range modules {
		text, err := goMod(m, modules, version)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, m.dir, "go.mod"), text, 0o644); err != nil {
			return err
		}
		if err := addSums(filepath.Join(root, m.dir, "go.sum"), m, modules, sums); err != nil {
			return err
		}
		zipped := filepath.Join(tmp, "module.zip")
		if err := makeZip(zipped, root, m, text, version); err != nil {
			return err
		}
		if sums[m.path], err = sumLines(zipped, m.path, version, text); err != nil {
			return err
		}
	}
	return nil
}

// addSums puts the sums of those of our own modules that m requires into its go.sum.
func addSums(file string, m goModule, all []goModule, sums map[string]string) error {
	f, err := modfile.ParseLax("go.mod", m.gomod, nil)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(data), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { // those of an earlier release
		path, _, _ := strings.Cut(line, " ")
		return line == "" || isOwn(all, path)
	})
	for _, r := range f.Require {
		if !isOwn(all, r.Mod.Path) {
			continue
		}
		if sums[r.Mod.Path] == "" {
			return fmt.Errorf("%s requires %s, which comes after it: the order of modules has to follow their requirements", m.path, r.Mod.Path)
		}
		at := slices.IndexFunc(lines, func(line string) bool { return line > r.Mod.Path+" " })
		if at < 0 {
			at = len(lines)
		}
		lines = slices.Insert(lines, at, sums[r.Mod.Path])
	}
	return os.WriteFile(file, []byte(strings.Join(lines, "")), 0o644)
}

// sumLines are a module's two lines of a go.sum.
func sumLines(zipped, path, version string, gomod []byte) (string, error) {
	whole, err := dirhash.HashZip(zipped, dirhash.Hash1)
	if err != nil {
		return "", err
	}
	alone, err := hashGoMod(gomod)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", path, version, whole, path, version, alone), nil
}
