// Command release makes what users fetch of the modules in this repository.
//
//	release write -root . -modules .,store/postgres -version v0.1.0             # go.mod and go.sum of the commit to tag
//	release pack  -root . -modules .,store/postgres -version v0.1.0 -proxy DIR  # zips, as a module proxy that file:// reads
//
// All modules have one version. In the repository a nested module requires the core as v0.0.0 and replaces it by its
// neighbouring directory; what is released requires the version itself, and replaces nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("want a command: write or pack")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	root := flags.String("root", ".", "the repository's `directory`")
	dirs := flags.String("modules", "", "comma-separated `directories` of the modules, below root, the core's first")
	version := flags.String("version", "", "the `version` of all modules")
	proxy := flags.String("proxy", "", "the `directory` that becomes a module proxy")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if err := checkVersion(*version); err != nil {
		return err
	}
	modules, err := load(ctx, *root, strings.Split(*dirs, ","))
	if err != nil {
		return err
	}
	switch {
	case args[0] == "write":
		return write(*root, modules, *version)
	case args[0] == "pack" && *proxy != "":
		return pack(out, *root, *proxy, modules, *version)
	case args[0] == "pack":
		return errors.New("-proxy: want a directory")
	}
	return fmt.Errorf("no command %s: want write or pack", args[0])
}

// checkVersion wants a version that one of the modules can have: from v2 on their paths would have to end in it.
func checkVersion(version string) error {
	if semver.Canonical(version) != version || module.CheckPathMajor(version, "") != nil {
		return fmt.Errorf("-version: %q: want v0.x.y or v1.x.y", version)
	}
	return nil
}
