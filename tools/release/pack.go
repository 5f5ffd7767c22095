package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// pack writes each module into a directory that the go command reads as a proxy, and checks what it wrote.
func pack(out io.Writer, root, proxy string, modules []goModule, version string) error {
	var failed error
	for _, m := range modules {
		if err := packOne(out, root, proxy, m, modules, version); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", m.path, err))
		}
	}
	return failed
}

// packOne writes the five files of a proxy: the list of versions, and of this one the info, the go.mod and the zip.
func packOne(out io.Writer, root, proxy string, m goModule, all []goModule, version string) error {
	text, err := goMod(m, all, version)
	if err != nil {
		return err
	}
	escaped, err := module.EscapePath(m.path)
	if err != nil {
		return err
	}
	dir := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"list": []byte(version + "\n"), version + ".info": info, version + ".mod": text} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	zipped := filepath.Join(dir, version+".zip")
	if err := makeZip(zipped, root, m, text, version); err != nil {
		return err
	}
	found, err := inspect(zipped, m.path+"@"+version+"/")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%-55s %4d files %5d KiB, zipped %4d KiB\n", m.path, found.files, found.bytes>>10, found.zipped>>10)
	return err
}

// makeZip zips the module as the go command would for the tagged commit.
func makeZip(to, root string, m goModule, gomod []byte, version string) (err error) {
	files := []modzip.File{memoryFile{name: "go.mod", data: gomod}}
	licensed := false
	for _, name := range m.files {
		if name == "go.mod" {
			continue
		}
		licensed = licensed || name == "LICENSE"
		files = append(files, diskFile{name: name, disk: filepath.Join(root, m.dir, filepath.FromSlash(name))})
	}
	if !licensed { // the go command gives nested modules the repository's
		files = append(files, diskFile{name: "LICENSE", disk: filepath.Join(root, "LICENSE")})
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return modzip.Create(f, module.Version{Path: m.path, Version: version}, files)
}

// diskFile is a file of the repository.
type diskFile struct{ name, disk string }

func (f diskFile) Path() string                 { return f.name }
func (f diskFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.disk) }
func (f diskFile) Open() (io.ReadCloser, error) { return os.Open(f.disk) }

// memoryFile is a file that was made for the zip.
type memoryFile struct {
	name string
	data []byte
}

func (f memoryFile) Path() string                 { return f.name }
func (f memoryFile) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.data)), nil }
func (f memoryFile) Lstat() (fs.FileInfo, error)  { return memoryInfo{f}, nil }

type memoryInfo struct{ memoryFile }

func (i memoryInfo) Name() string     { return i.name }
func (i memoryInfo) Size() int64      { return int64(len(i.data)) }
func (memoryInfo) Mode() fs.FileMode  { return 0o644 }
func (memoryInfo) ModTime() time.Time { return time.Time{} }
func (memoryInfo) IsDir() bool        { return false }
func (memoryInfo) Sys() any           { return nil }

// hashGoMod is go.sum's hash of a go.mod.
func hashGoMod(text []byte) (string, error) {
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	})
}

// contents reads a file of a zip.
func contents(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}
