package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/openapi"
)

// importing is what the flags of import say.
type importing struct {
	patterns           []string
	out, id, url, auth string
	asJSON             bool
	strict             bool
}

func importCommand(s streams) *cobra.Command {
	var o importing
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a catalogue of an API document",
		Long: `Make a catalogue of an API document, and say what became of each operation.

The summary goes to stdout. With --json it is one JSON object: the integration, and
a report whose members total, imported, filtered and skipped always add up. What
can't be called is listed with its place in the document and a code. How far it is
with a large document goes to stderr. FILE may be -, for stdin.

--out writes what a catalogue reads: one file, or a directory with integration.yaml
and a file for each action, which has room for any document. Imported again, the
directory's actions that are no more are taken away; your own files in it stay, and
nothing is written over one of them.
What a catalogue couldn't read isn't written.

Patterns of --select: an action's id or an operationId (list_*), a method and path
(GET /repos/**), a path, a tag (tag:issues). One that begins with ! takes away.`,
		Example: `  waygate import api.yaml
  waygate import api.yaml --select 'tag:contacts' --select '!DELETE /**' --out crm.yaml
  waygate import github.json --out catalogue/github/
  waygate import api.json --json | jq .report.imported`,
		Args: exactly(1, "one FILE, the API document (- is stdin)"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), s, args[0]) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.patterns, "select", nil, "import what matches this `pattern`; may be repeated")
	f.StringVar(&o.out, "out", "", "write the integration to this `path`: a file that ends in .yaml, .yml or .json, or a directory")
	f.BoolVar(&o.asJSON, "json", false, "print integration and report as JSON, and nothing else")
	f.StringVar(&o.id, "id", "", "`id` of the integration (default: made of the title)")
	f.StringVar(&o.url, "base-url", "", "`URL` in the place of the document's server")
	f.StringVar(&o.auth, "auth", "", "`scheme` in the place of what the document says: bearer or basic")
	f.BoolVar(&o.strict, "strict", false, "fail if an operation can't be imported")
	complete(cmd, "auth", "bearer", "basic")
	return cmd
}

func (o importing) run(ctx context.Context, s streams, file string) error {
	only, err := openapi.Matching(o.patterns...)
	if err != nil {
		return &failure{exitUsage, err}
	}
	scheme, err := schemeOf(o.auth)
	if err != nil {
		return err
	}
	opts := openapi.ImportOptions{ID: o.id, BaseURL: o.url, Strict: o.strict, Auth: scheme}
	if len(o.patterns) > 0 {
		opts.Select = only
	}
	var to target
	if o.out != "" {
		if to, err = targetOf(o.out); err != nil {
			return &failure{exitUsage, err}
		}
		if sameFile(o.out, file) {
			return &failure{exitUsage, fmt.Errorf("--out: %s is the document itself: give another file", o.out)}
		}
	}
	res, err := imported(ctx, s, file, opts)
	if err != nil {
		return unusable(o.flagged(err))
	}
	if o.out != "" {
		if err := to.write(ctx, res); err != nil {
			return unusable(err)
		}
	}
	if o.asJSON {
		return unusable(json.NewEncoder(s.out).Encode(res))
	}
	return unusable(o.tell(s, res))
}

// flagged names the flag that an option of the import was set by.
func (o importing) flagged(err error) error {
	if !errors.Is(err, openapi.ErrOption) {
		return err
	}
	text := err.Error()
	for field, flag := range map[string]string{"ID": "--id", "BaseURL": "--base-url"} {
		if rest, ok := strings.CutPrefix(text, "openapi: "+field+": "); ok {
			return fmt.Errorf("%s: %s", flag, rest)
		}
	}
	return err
}

func (o importing) tell(s streams, res *openapi.Result) error {
	rep := res.Report
	_, err := fmt.Fprintf(s.out, "%s: %d operations = %d imported + %d filtered + %d skipped; %d notes\n",
		res.Integration.ID, rep.Total, rep.Imported, rep.Filtered, rep.Skipped, len(rep.Notes))
	for _, skip := range rep.Skips {
		_, e := fmt.Fprintln(s.out, "skipped:", skip)
		err = errors.Join(err, e)
	}
	if o.out != "" {
		_, e := fmt.Fprintln(s.out, "written:", o.out)
		err = errors.Join(err, e)
	}
	return err
}

// imported reads a document, of stdin if file is "-". Other files that it refers to are read from its directory and below.
func imported(ctx context.Context, s streams, file string, o openapi.ImportOptions) (*openapi.Result, error) {
	doc, err := loaded(ctx, s, file)
	if err != nil {
		return nil, err
	}
	o.Progress = progress(s)
	return doc.Import(ctx, o)
}

func loaded(ctx context.Context, s streams, file string) (*openapi.Document, error) {
	src := openapi.File(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if file == "-" {
		src = openapi.Reader("stdin", s.in)
	}
	return openapi.Load(ctx, src, openapi.Options{})
}

// progress tells on stderr how far an import is: on a terminal all the time, elsewhere at each quarter of a document that is
// large.
func progress(s streams) func(done, total int) {
	if s.terminal {
		return func(done, total int) {
			_, _ = fmt.Fprintf(s.err, "\r%d of %d operations", done, total)
			if done == total {
				_, _ = fmt.Fprintln(s.err)
			}
		}
	}
	const large, parts = 500, 4
	told := 0
	return func(done, total int) {
		if part := done * parts / max(total, 1); total >= large && part > told {
			told = part
			_, _ = fmt.Fprintf(s.err, "waygate: %d of %d operations\n", done, total)
		}
	}
}

// schemeOf is what --auth names; nil if it isn't given.
func schemeOf(name string) (auth.Scheme, error) {
	switch name {
	case "":
		return nil, nil
	case "bearer":
		return auth.Bearer{}, nil
	case "basic":
		return auth.Basic{}, nil
	}
	return nil, &failure{exitUsage, fmt.Errorf("--auth: %q is none: bearer or basic", name)}
}
