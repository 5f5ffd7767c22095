package catalogue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The limits of a file, in bytes.
const (
	maxYAML = 1 << 20
	maxJSON = 16 << 20
)

// source is where one integration stands: in one file, or in the files of a directory.
type source struct {
	main    string
	actions []string // files of actions, in order
}

// find lists the sources below the root, in the order of their main files' paths. It goes on after an error.
func find(fsys fs.FS) (list []source, errs []error) {
	names, errs := walk(fsys)
	home := map[string]string{} // the main file of a directory that has one
	for _, name := range names {
		if !isMain(name) {
			continue
		}
		dir := path.Dir(name)
		if other, twice := home[dir]; twice {
			errs = append(errs, fail(name, "%s is in the same directory: keep one of the two", other))
			continue
		}
		home[dir] = name
		list = append(list, source{main: name})
	}
	for _, name := range names {
		if isMain(name) {
			continue
		}
		main := homeOf(name, home)
		if main == "" {
			list = append(list, source{main: name})
			continue
		}
		i := slices.IndexFunc(list, func(s source) bool { return s.main == main })
		list[i].actions = append(list[i].actions, name)
	}
	slices.SortFunc(list, func(a, b source) int { return strings.Compare(a.main, b.main) })
	return list, errs
}

// homeOf finds the main file of the nearest directory around a file that has one.
func homeOf(name string, home map[string]string) string {
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if main := home[dir]; main != "" || dir == "." {
			return main
		}
	}
}

func isMain(name string) bool {
	switch path.Base(name) {
	case "integration.yaml", "integration.yml", "integration.json":
		return true
	}
	return false
}

func isYAML(name string) bool { return path.Ext(name) == ".yaml" || path.Ext(name) == ".yml" }

func isJSON(name string) bool { return path.Ext(name) == ".json" }

// walk lists the files of a catalogue in the order of the bytes of their paths. What can't be read is an error, and
// the rest is listed all the same.
func walk(fsys fs.FS) (names []string, errs []error) {
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if err = unplaced(err); name == "." {
				name, err = "", fmt.Errorf("the root of the catalogue %w", err)
			}
			errs = append(errs, &Error{File: name, Err: err})
			return nil
		}
		base := path.Base(name)
		if name != "." && (base[0] == '.' || base[0] == '_') {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case d.IsDir():
		case d.Type()&fs.ModeSymlink != 0 && linked(fsys, name) != 0:
			errs = append(errs, fail(name, "is a symbolic link to something else than a file, which isn't followed: "+
				"put the files themselves here, or begin the name with _ to leave it out"))
		case !isYAML(name) && !isJSON(name):
		case !d.Type().IsRegular() && d.Type()&fs.ModeSymlink == 0:
			errs = append(errs, fail(name, "isn't a regular file: put one here, or begin the name with _ to leave it out"))
		default:
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		errs = append(errs, &Error{Err: err})
	}
	slices.Sort(names)
	return names, errs
}

// linked is the type of what a symbolic link leads to, 0 for a file. A catalogue that an orchestrator mounts consists of
// links to files.
func linked(fsys fs.FS, name string) fs.FileMode {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return fs.ModeIrregular
	}
	return info.Mode().Type()
}

func fail(name, reason string, args ...any) *Error {
	return &Error{File: name, Err: fmt.Errorf(reason, args...)}
}

// unplaced leaves out a path that is shown already.
func unplaced(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) && e.Err != nil {
		return fmt.Errorf("can't be read: %w", e.Err)
	}
	return fmt.Errorf("can't be read: %w", err)
}

// read reads a file, and no more of it than is allowed.
func read(fsys fs.FS, name string) ([]byte, error) {
	most, more := maxYAML, "divide it into a directory with integration.yaml and files of actions"
	if isJSON(name) {
		most, more = maxJSON, "divide it into several integrations"
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, &Error{File: name, Err: unplaced(err)}
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if closed := f.Close(); err == nil {
		err = closed
	}
	switch {
	case err != nil:
		return nil, &Error{File: name, Err: unplaced(err)}
	case len(data) > most:
		return nil, fail(name, "has more than %d bytes: %s", most, more)
	}
	return data, nil
}
