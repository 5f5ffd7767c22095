package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// goModule is a module that others fetch.
type goModule struct {
	dir   string   // below the repository's root, slashed; "." for the core
	path  string   // module path
	gomod []byte   // as committed
	files []string // all of the module, below dir, slashed; those of nested modules, too
}

// load reads the modules in the directories. They have to be in an order in which each follows those that it requires,
// which the order of their paths is.
func load(ctx context.Context, root string, dirs []string) ([]goModule, error) {
	files, err := listed(ctx, root)
	if err != nil {
		return nil, err
	}
	if dirs[0] != "." {
		return nil, errors.New("-modules: want the core, which is in ., first")
	}
	var modules []goModule
	for _, dir := range dirs {
		m := goModule{dir: dir}
		if m.gomod, err = os.ReadFile(filepath.Join(root, filepath.FromSlash(dir), "go.mod")); err != nil {
			return nil, err
		}
		if m.path = modfile.ModulePath(m.gomod); m.path == "" {
			return nil, fmt.Errorf("%s/go.mod: no module line", dir)
		}
		for _, file := range files {
			if rel, ok := below(dir, file); ok {
				m.files = append(m.files, rel)
			}
		}
		modules = append(modules, m)
	}
	return modules, nil
}

// below gives the file's path below dir.
func below(dir, file string) (string, bool) {
	if dir == "." {
		return file, true
	}
	return strings.CutPrefix(file, dir+"/")
}

// listed are the files that git knows, without those that are deleted in the directory.
func listed(ctx context.Context, root string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "git", "-C", root, "ls-files", "-z", "--cached")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var files []string
	for _, name := range strings.Split(string(bytes.TrimSuffix(out, []byte{0})), "\x00") {
		if info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name))); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	return files, nil
}
