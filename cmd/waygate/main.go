// Command waygate makes catalogues of API documents, compares two versions of
// a document, and calls an action of either from a shell.
//
//	waygate import api.yaml --select 'tag:contacts' --out crm.yaml
//	waygate import github.json --out catalogue/github/
//	waygate diff old.json new.json
//	echo '{"id": 7}' | TOKEN=… waygate call crm.yaml#get_contact --input - --credential-env TOKEN --dry-run
//
// It ends with 0 if all went well; 1 if a call failed, or a difference is
// breaking; 2 if the command line is wrong; 3 if a document, catalogue or input
// can't be read or used.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitFailed = 1 // a call failed, or a difference is breaking
	exitUsage  = 2 // the command line is wrong
	exitInput  = 3 // a document, catalogue or input can't be read or used
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, streams{os.Stdin, os.Stdout, os.Stderr, os.Getenv, isTerminal(os.Stderr)}, os.Args[1:])
	stop()
	os.Exit(code)
}

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	terminal bool // err is one
}

// failure is an error with its exit code.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

func unusable(err error) error {
	if err == nil {
		return nil
	}
	return &failure{exitInput, err}
}

// run is the whole program; it gives the exit code.
func run(ctx context.Context, s streams, args []string) int {
	root := command(s)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(s.err, "waygate:", strings.TrimPrefix(err.Error(), "waygate: ")) // the gateway's own begin so, too
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	_, _ = fmt.Fprintln(s.err, "Try:", cmd.CommandPath(), "--help")
	return exitUsage // all else is cobra's own
}

func command(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "waygate",
		Short: "Turn API documents into actions, compare them, call them",
		Long: `waygate turns API documents (OpenAPI 3.0, 3.1, 3.2, Swagger 2.0; JSON or YAML) into
actions, compares two versions of a document, and calls one action from the shell.

Exit codes:
  0  all went well
  1  a call failed, or a difference is breaking
  2  the command line is wrong
  3  a document, catalogue or input can't be read or used

Completion for a shell: waygate completion --help`,
		Version:      version(),
		SilenceUsage: true, SilenceErrors: true, Args: known, SuggestionsMinimumDistance: 2,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.AddCommand(importCommand(s), diffCommand(s), callCommand(s))
	return root
}

// known says of what is no command which ones there are.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		return fmt.Errorf("there is no command %q: did you mean %s?", args[0], strings.Join(meant, " or "))
	}
	return fmt.Errorf("there is no command %q: use import, diff or call", args[0])
}

// exactly wants so many arguments, and says what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return fmt.Errorf("%s takes %s, and here are %d arguments: write waygate %s, with names that have spaces in quotes", cmd.Name(), what, len(args), cmd.Use)
	}
}

// version is the one that was installed; "(devel)" of a build within a clone.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// complete tells a shell the values of a flag.
func complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// isTerminal holds for a character device: progress is for people.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
