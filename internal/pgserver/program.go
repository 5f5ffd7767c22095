//go:build unix

package pgserver

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// debianDirs is where Debian keeps the programs that are not meant for PATH, one directory for each major version.
const debianDirs = "/usr/lib/postgresql/*/bin"

// findProgram looks for a program in dir alone, if dir is set, else in PATH, in what pg_config says, in the newest of
// Debian's directories, and in the directories of daemons.
func findProgram(dir, name string) (string, error) {
	if dir != "" {
		if path, ok := executable(dir, name); ok {
			return path, nil
		}
		return "", missing(name, dir)
	}
	if path, err := exec.LookPath(name); err == nil {
		return filepath.Abs(path)
	}
	dirs := slices.Concat(configuredDir(), newestFirst(debianDirs), []string{"/usr/local/sbin", "/usr/sbin", "/sbin"})
	for _, dir := range dirs {
		if path, ok := executable(dir, name); ok {
			return path, nil
		}
	}
	return "", missing(name, "PATH, pg_config --bindir, "+debianDirs+" and the sbin directories")
}

// serverDir gives the directory that initdb lies in, links followed: postgres and the others of the same version lie
// there too, while those in PATH may be of another version.
func serverDir(dir string) (string, error) {
	initdb, err := findProgram(dir, "initdb")
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(initdb); err == nil {
		initdb = real
	}
	// A wrapper in PATH has no postgres beside it.
	if _, ok := executable(filepath.Dir(initdb), "postgres"); !ok && dir == "" {
		for _, other := range slices.Concat(configuredDir(), newestFirst(debianDirs)) {
			if _, ok := executable(other, "initdb"); ok {
				return other, nil
			}
		}
	}
	return filepath.Dir(initdb), nil
}

func missing(name, looked string) error {
	return &MissingError{Program: name, Package: debianPackage(name), Looked: looked}
}

func debianPackage(program string) string {
	switch program {
	case "pgbouncer":
		return "pgbouncer"
	case "psql", "pg_dump", "pg_dumpall", "pg_isready", "pg_restore", "createdb", "dropdb":
		return "postgresql-client"
	}
	return "postgresql"
}

func executable(dir, name string) (string, bool) {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

func configuredDir() []string {
	out, err := exec.Command("pg_config", "--bindir").Output()
	if err != nil {
		return nil
	}
	return []string{strings.TrimSpace(string(out))}
}

// newestFirst lists the directories that match …/VERSION/bin, by version as a number.
func newestFirst(pattern string) []string {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	version := func(dir string) float64 {
		v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64)
		if err != nil {
			return 0
		}
		return v
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return dirs
}
