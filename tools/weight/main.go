// Command weight measures what a program pays for importing the core, and for each piece beside it: modules and packages
// that are linked, and bytes of binary. Each program of testdata is built in a module of its own, which requires what it
// imports and nothing else; each is small, and uses what it imports.
//
//	weight -root .
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := flag.String("root", ".", "the repository's `directory`")
	flag.Parse()
	if err := run(ctx, os.Stdout, *root); err != nil {
		fmt.Fprintln(os.Stderr, "weight:", err)
		stop()
		os.Exit(1)
	}
}

// program is one that is measured.
type program struct {
	name, label string
	module      string // directory of the module of ours that it needs beside the core
}

// core says that it imports the core: then it is the common main.go, and a piece.go of its own.
func (p program) core() bool { return p.name != "empty" && p.name != "http" }

func programs() []program {
	return []program{
		{name: "empty", label: "nothing"},
		{name: "http", label: "net/http, encoding/json"},
		{name: "core", label: "the core, store/memory"},
		{name: "catalogue", label: "  + catalogue"},
		{name: "openapi", label: "  + openapi"},
		{name: "awssigv4", label: "  + auth/awssigv4", module: "auth/awssigv4"},
		{name: "redis", label: "  + resilience/redis", module: "resilience/redis"},
		{name: "postgres", label: "  + store/postgres", module: "store/postgres"},
		{name: "santhosh", label: "  + validation/santhosh", module: "validation/santhosh"},
	}
}

func run(ctx context.Context, out io.Writer, root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "weight")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	fmt.Fprintf(out, "%-26s %7s %8s %9s %9s %9s %10s\n", "program that imports", "modules", "packages", "of others", "KiB", "unstripped", "beyond core")
	var core *built
	for _, p := range programs() {
		b, err := build(ctx, root, filepath.Join(work, p.name), p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if p.name == "core" {
			core = b
		}
		beyond := ""
		if core != nil && b != core {
			beyond = fmt.Sprint(kib(b.stripped - core.stripped))
		}
		fmt.Fprintf(out, "%-26s %7d %8d %9d %9d %9d %10s\n", p.label, b.modules(), len(b.packages), b.foreign(), kib(b.stripped), kib(b.whole), beyond)
	}
	fmt.Fprintf(out, "\ncode and data of the core's program, by module\n%-42s %8s %9s %25s\n", "module", "packages", "KiB", "with what it alone brings")
	for _, w := range core.byModule() {
		fmt.Fprintf(out, "%-42s %8d %9.1f %25.1f\n", w.module, w.packages, float64(w.bytes)/1024, float64(max(w.alone, w.bytes))/1024)
	}
	return nil
}

func kib(bytes int64) int64 { return bytes >> 10 }
