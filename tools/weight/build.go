package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

const (
	corePath = "github.com/waygate-go/waygate"
	ownPath  = "weight.example" // of the program that is measured
)

// built is a program with what is in it.
type built struct {
	stripped, whole int64 // bytes
	packages        map[string]linked
	symbols         map[string]int64 // bytes of symbols by package path
}

// linked is a package of a program.
type linked struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

func (l linked) module() string {
	if l.Module == nil {
		return ""
	}
	return l.Module.Path
}

// modules counts those of others.
func (b *built) modules() int {
	paths := map[string]bool{}
	for _, p := range b.packages {
		if isForeign(p) {
			paths[p.module()] = true
		}
	}
	return len(paths)
}

// foreign counts packages of others.
func (b *built) foreign() int {
	n := 0
	for _, p := range b.packages {
		if isForeign(p) {
			n++
		}
	}
	return n
}

func isForeign(p linked) bool {
	m := p.module()
	return m != "" && m != ownPath && m != corePath && !strings.HasPrefix(m, corePath+"/")
}

// build makes a module of the program in dir, and builds it twice: as it is shipped, and with its tables.
func build(ctx context.Context, root, dir string, p program) (*built, error) {
	if err := lay(root, dir, p); err != nil {
		return nil, err
	}
	b := &built{packages: map[string]linked{}, symbols: map[string]int64{}}
	for name, size := range map[string]*int64{"stripped": &b.stripped, "whole": &b.whole} {
		args := []string{"build", "-trimpath", "-o", name}
		if name == "stripped" {
			args = append(args, "-ldflags=-s -w")
		}
		if _, err := goCommand(ctx, dir, append(args, ".")...); err != nil {
			return nil, err
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		*size = info.Size()
	}
	out, err := goCommand(ctx, dir, "list", "-deps", "-json=ImportPath,Imports,Standard,Module", ".")
	if err != nil {
		return nil, err
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l linked
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		b.packages[l.ImportPath] = l
	}
	symbols, err := goCommand(ctx, dir, "tool", "nm", "-size", "whole")
	if err != nil {
		return nil, err
	}
	b.count(string(symbols))
	return b, nil
}

// lay writes the program's module: what it requires is replaced by this repository.
func lay(root, dir string, p program) error {
	testdata := filepath.Join(root, "tools", "weight", "testdata")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(testdata, p.name))); err != nil {
		return err
	}
	if p.core() {
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(testdata, "common"))); err != nil {
			return err
		}
	}
	mod, sums, err := requirements(root, p)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"go.mod": mod, "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// requirements are the go.mod and go.sum of a program. The go line is the core's: an older one would choose other
// defaults.
func requirements(root string, p program) (mod, sums []byte, err error) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, nil, err
	}
	core, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return nil, nil, err
	}
	text := fmt.Sprintf("module %s\n\ngo %s\n", ownPath, core.Go.Version)
	if p.core() {
		text += fmt.Sprintf("\nrequire %s v0.0.0\nreplace %[1]s => %s\n", corePath, root)
	}
	if p.module != "" {
		text += fmt.Sprintf("\nrequire %s/%s v0.0.0\nreplace %[1]s/%[2]s => %[3]s/%[2]s\n", corePath, p.module, root)
	}
	sums, err = os.ReadFile(filepath.Join(root, p.module, "go.sum"))
	return []byte(text), sums, err
}

// goCommand runs the go command in dir, outside any workspace.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -buildvcs=false", "PWD="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
