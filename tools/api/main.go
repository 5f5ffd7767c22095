// Command api lists what the released modules export, a file for each package and a line for each name, field and method,
// so that a change of it is seen in a diff. What a nested module imports of the core's internal packages is listed, too: a
// user may have the one of another version than the other.
//
//	api write   -root .            # the lists of this tree, into api/
//	api check   -root .            # fails where they aren't those of api/
//	api compare -old DIR -new DIR  # what changed between two sets of lists, and which version that takes
//
// With -version, compare fails where that version isn't enough for what changed since -last.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("want a command: write, check or compare")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	root := flags.String("root", ".", "the repository's `directory`")
	before := flags.String("old", "", "`directory` of the lists before")
	after := flags.String("new", "", "`directory` of the lists now")
	last := flags.String("last", "", "the `version` of the lists before")
	version := flags.String("version", "", "the `version` that is meant for the lists now")
	modules := flags.String("modules", "", "comma-separated `directories` of the modules, below root")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "write", "check":
		lists, err := listAll(ctx, *root, strings.Split(*modules, ","))
		if err != nil {
			return err
		}
		if args[0] == "check" {
			return check(out, filepath.Join(*root, "api"), lists)
		}
		return write(filepath.Join(*root, "api"), lists)
	case "compare":
		changes, err := compareDirs(*before, *after)
		if err != nil {
			return err
		}
		return judge(out, changes, *last, *version)
	}
	return fmt.Errorf("no command %s: want write, check or compare", args[0])
}

// listAll gives the lines of each package, by the name of its file.
func listAll(ctx context.Context, root string, modules []string) (map[string][]string, error) {
	lists := map[string][]string{}
	for _, dir := range modules {
		if err := list(ctx, filepath.Join(root, dir), lists); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

func write(dir string, lists map[string][]string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, lines := range lists {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// check says which lines are no longer, or not yet, in the files.
func check(out io.Writer, dir string, lists map[string][]string) error {
	written, err := readDir(dir)
	if err != nil {
		return err
	}
	differ := false
	for _, c := range compare(written, lists) {
		differ = true
		if _, err := fmt.Fprintln(out, c); err != nil {
			return err
		}
	}
	if differ {
		return errors.New("the exported API isn't that of api/: run `make api`, and commit the files with the change")
	}
	return nil
}

// readDir reads the lists of a directory.
func readDir(dir string) (map[string][]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	lists := map[string][]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(data), "\n")
		lists[filepath.Base(file)] = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	}
	return lists, nil
}
