package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
)

// What a catalogue takes, in bytes.
const (
	mostYAML = 1 << 20
	mostJSON = 16 << 20
)

// listName is the file of a directory that says what import wrote there. A catalogue leaves it out, as its name says.
const listName = "_import.json"

// written says what import wrote into a directory, so that the next import can take away what is no more.
type written struct {
	Title   string   `json:"title,omitempty"`
	Version string   `json:"version,omitempty"`
	Files   []string `json:"files"`
}

// target is what --out names.
type target struct {
	name   string
	ending string // .json, .yaml, .yml; "" is a directory
}

// targetOf says what a name stands for: a directory if it is one, ends in a slash, or has no ending.
func targetOf(name string) (target, error) {
	info, err := os.Stat(name)
	ending := strings.ToLower(filepath.Ext(name))
	slash := name != "" && os.IsPathSeparator(name[len(name)-1])
	if plain, failed := os.Stat(filepath.Clean(name)); failed == nil && !plain.IsDir() && (slash || ending == "") {
		return target{}, fmt.Errorf("--out: %s is a file: give a directory, or a file that ends in .yaml, .yml or .json", filepath.Clean(name))
	}
	switch {
	case err == nil && info.IsDir(), slash, ending == "":
		return target{filepath.Clean(name), ""}, nil
	case ending == ".json", ending == ".yaml", ending == ".yml":
		return target{name, ending}, nil
	}
	return target{}, fmt.Errorf("--out: a catalogue reads no %s: write a file that ends in .yaml, .yml or .json, or a directory, with a slash at its end", ending)
}

// write writes an integration, unless a catalogue couldn't read it.
func (t target) write(ctx context.Context, res *openapi.Result) error {
	if t.ending == "" {
		return t.directory(ctx, res)
	}
	text, err := t.text(res.Integration)
	if err == nil {
		err = readable(ctx, res.Integration, map[string][]byte{filepath.Base(t.name): text})
	}
	if err != nil {
		return fmt.Errorf("%s isn't written: %w", t.name, err)
	}
	return replaceFile(t.name, text)
}

// text is an integration as one file.
func (t target) text(in waygate.Integration) ([]byte, error) {
	if t.ending != ".json" {
		text, err := catalogue.YAML(in)
		if err == nil && len(text) > mostYAML {
			bare := strings.TrimSuffix(t.name, filepath.Ext(t.name))
			err = fmt.Errorf("it has %d bytes, and a catalogue takes %d of YAML in a file: write a directory (--out %s/) or JSON (--out %s.json), or take less with --select",
				len(text), mostYAML, bare, bare)
		}
		return text, err
	}
	text, err := catalogue.JSON(in)
	if err == nil && len(text) > mostJSON { // then without white space
		text, err = json.Marshal(in)
	}
	if err == nil && len(text) > mostJSON {
		err = fmt.Errorf("it has %d bytes, and an integration takes %d: take less with --select", len(text), mostJSON)
	}
	return text, err
}

// directory writes an integration as the files of a directory. Files that an import before wrote, and that are no more,
// are taken away; others stay.
func (t target) directory(ctx context.Context, res *openapi.Result) error {
	files, err := catalogue.Files(res.Integration)
	if err != nil {
		return fmt.Errorf("%s isn't written: %w", t.name, err)
	}
	old, all, err := t.found()
	if err != nil {
		return err
	}
	if err := notMine(all, files); err != nil {
		return fmt.Errorf("%s isn't written: %w", t.name, err)
	}
	maps.Copy(all, files)
	if err := readable(ctx, res.Integration, all); err != nil {
		return fmt.Errorf("%s isn't written: the directory is for this integration and its actions alone, and with what is in it it couldn't be read: %w", t.name, err)
	}
	if err := os.MkdirAll(t.name, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(t.name)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return replace(root, files, old, written{Title: res.Report.Title, Version: res.Report.Version})
}

// found tells what is in the directory: the names of what an import before wrote, and the other files.
func (t target) found() (old []string, all map[string][]byte, err error) {
	root, err := os.OpenRoot(t.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, map[string][]byte{}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = root.Close() }()
	old = listed(root)
	all, err = others(root.FS(), old)
	return old, all, err
}

// notMine refuses to write over what import didn't write.
func notMine(others, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if text, there := others[name]; there && !bytes.Equal(text, files[name]) {
			return fmt.Errorf("%s is there already, and %s doesn't say that import wrote it: move it away, or give another directory", name, listName)
		}
	}
	return nil
}

// replace writes the files, and takes away the old ones that aren't among them. All of both are listed before, so that an
// import that was broken off is made good by the next.
func replace(root *os.Root, files map[string][]byte, old []string, list written) error {
	names := slices.Sorted(maps.Keys(files))
	begun := slices.Concat(names, old)
	slices.Sort(begun)
	if begun = slices.Compact(begun); !slices.Equal(begun, old) {
		if err := enlist(root, written{Title: list.Title, Version: list.Version, Files: begun}); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(name, files[name], 0o644); err != nil {
			return err
		}
	}
	for _, name := range old {
		if files[name] != nil {
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	list.Files = names
	return enlist(root, list)
}

func enlist(root *os.Root, list written) error {
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return root.WriteFile(listName, append(text, '\n'), 0o644)
}

// listed are the files that an import before wrote. A name that none would write isn't among them: the list may have been
// changed.
func listed(root *os.Root) []string {
	text, err := root.ReadFile(listName)
	if err != nil {
		return nil
	}
	var list written
	if json.Unmarshal(text, &list) != nil {
		return nil
	}
	return slices.DeleteFunc(list.Files, func(name string) bool {
		ending := path.Ext(name)
		dir, base := path.Split(strings.TrimSuffix(name, ending))
		ours := dir == "actions/" || dir == "" && base == "integration"
		return !ours || ending != ".yaml" && ending != ".json"
	})
}

// others are the files of a directory that a catalogue reads, without those that import wrote.
func others(fsys fs.FS, ours []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		hidden := name != "." && (base[0] == '.' || base[0] == '_')
		ending := path.Ext(name)
		switch {
		case err != nil:
			return err
		case hidden && d.IsDir():
			return fs.SkipDir
		case hidden || d.IsDir() || ending != ".yaml" && ending != ".yml" && ending != ".json" || slices.Contains(ours, name):
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		out[name] = text
		return err
	})
	return out, err
}

// readable says whether a catalogue of the files has that integration, and no other.
func readable(ctx context.Context, in waygate.Integration, files map[string][]byte) error {
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	fsys, err := inMemory(files)
	if err != nil {
		return err
	}
	list, err := catalogue.Parse(gw, fsys)
	switch {
	case err != nil:
		return err
	case len(list) != 1 || list[0].ID != in.ID:
		return fmt.Errorf("a catalogue would read %d integrations of it", len(list))
	}
	seen := map[string]bool{}
	for _, a := range list[0].Actions {
		id := a.Info().ID
		if seen[id] {
			return fmt.Errorf("two actions would have the id %q", id)
		}
		seen[id] = true
	}
	return nil
}

// inMemory is a file system of some files: an archive that nobody keeps.
func inMemory(files map[string][]byte) (fs.FS, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name}) // not compressed
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}
