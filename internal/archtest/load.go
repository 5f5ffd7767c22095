package archtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// module is one go.mod with the packages it holds.
type module struct {
	path     string
	requires []string
	rel      string // directory relative to the core's, slashed
	packages []*pkg
}

// released holds for the modules that others fetch.
func (m *module) released() bool {
	top, _, _ := strings.Cut(m.rel, "/")
	return top != "examples" && top != "tools" && top != "internal"
}

// pkg is one package as the go command lists it, with its files parsed.
type pkg struct {
	ImportPath, Name, Dir             string
	GoFiles, CgoFiles, IgnoredGoFiles []string // IgnoredGoFiles: for other platforms
	TestGoFiles, XTestGoFiles         []string

	rel   string // ImportPath below the core's module path, "" for the root
	files []*file
}

// file is one parsed source file.
type file struct {
	*ast.File
	fset *token.FileSet
	rel  string // path relative to the core's directory, slashed
	test bool
}

func (f *file) pos(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.rel, f.fset.Position(n.Pos()).Line)
}

// load finds the modules in dir, the one in dir itself first, and parses their packages.
func load(ctx context.Context, dir string) ([]*module, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("archtest: %w", err)
	}
	dirs, err := moduleDirs(dir)
	if err != nil {
		return nil, fmt.Errorf("archtest: looking for go.mod files: %w", err)
	}
	var modules []*module
	for _, d := range dirs {
		m, err := loadModule(ctx, dir, d)
		if err != nil {
			return nil, err
		}
		modules = append(modules, m)
	}
	if len(modules) == 0 || modules[0].rel != "." || len(modules[0].packages) == 0 {
		return nil, errors.New("archtest: the directory holds no go.mod with packages: name the core's root")
	}
	return modules, nil
}

// moduleDirs lists the directories below dir that hold a go.mod, dir first.
func moduleDirs(dir string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") ||
			d.Name() == "testdata" || d.Name() == "vendor"):
			return fs.SkipDir
		case d.Name() == "go.mod" && !d.IsDir():
			dirs = append(dirs, filepath.Dir(path))
		}
		return nil
	})
	// Files of one directory come in the order of their names, after directories that sort before them.
	slices.Sort(dirs)
	return dirs, err
}

// loadModule reads the module in dir; paths in it are relative to root.
func loadModule(ctx context.Context, root, dir string) (*module, error) {
	out, err := goCommand(ctx, dir, "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	var mod struct {
		Module  struct{ Path string }
		Require []struct{ Path string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return nil, fmt.Errorf("archtest: go.mod of %s: %w", dir, err)
	}
	m := &module{path: mod.Module.Path}
	for _, r := range mod.Require {
		m.requires = append(m.requires, r.Path)
	}
	if m.rel, err = slashRel(root, dir); err != nil {
		return nil, err
	}
	// -find lists without resolving imports: what a half-written or unpublished neighbour lacks is no obstacle.
	out, err = goCommand(ctx, dir, "list", "-e", "-find", "-json", "./...")
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		p := new(pkg)
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			return m, nil
		} else if err != nil {
			return nil, fmt.Errorf("archtest: listing %s: %w", dir, err)
		}
		if err := p.parse(root); err != nil {
			return nil, err
		}
		m.packages = append(m.packages, p)
	}
}

// parse reads the package's files. One that does not parse is left out: the compiler says it better.
func (p *pkg) parse(root string) error {
	dir, err := slashRel(root, p.Dir)
	if err != nil {
		return err
	}
	p.rel = dir
	if dir == "." {
		p.rel = ""
	}
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles) {
		fset := token.NewFileSet()
		ast, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		rel := strings.TrimPrefix(p.rel+"/"+name, "/")
		p.files = append(p.files, &file{File: ast, fset: fset, rel: rel, test: strings.HasSuffix(name, "_test.go")})
	}
	return nil
}

func slashRel(root, dir string) (string, error) {
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return "", fmt.Errorf("archtest: %w", err)
	}
	return filepath.ToSlash(rel), nil
}

// goCommand runs the go command in dir, outside any workspace: a module must not lean on its neighbours to be read.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "PWD="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("archtest: go %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
