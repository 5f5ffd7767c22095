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
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/openapi"
)

// catalogueFile is the most that a file of a catalogue may have.
const catalogueFile = 1 << 20

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
		Short: "Make a catalogue file of an API document",
		Long: `Make a catalogue file of an API document, and say what became of each operation.

The summary goes to stdout. With --json it is one JSON object: the integration, and
a report whose members total, imported, filtered and skipped always add up. What
can't be called is listed with its place in the document and a code.

Patterns of --select: an action's id or an operationId (list_*), a method and path
(GET /repos/**), a path, a tag (tag:issues). One that begins with ! takes away.`,
		Example: `  waygate import api.yaml
  waygate import api.yaml --select 'tag:contacts' --select '!DELETE /**' --out crm.yaml
  waygate import api.json --json | jq .report.imported`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), s, args[0]) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.patterns, "select", nil, "import what matches this `pattern`; may be repeated")
	f.StringVar(&o.out, "out", "", "write the integration to this catalogue `file`: .json as JSON, else YAML")
	f.BoolVar(&o.asJSON, "json", false, "print integration and report as JSON, and nothing else")
	f.StringVar(&o.id, "id", "", "`id` of the integration (default: made of the title)")
	f.StringVar(&o.url, "base-url", "", "`URL` in the place of the document's server")
	f.StringVar(&o.auth, "auth", "", "`scheme` in the place of what the document says: bearer or basic")
	f.BoolVar(&o.strict, "strict", false, "fail if an operation can't be imported")
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
	res, err := imported(ctx, s, file, opts)
	if err != nil {
		return unusable(err)
	}
	if o.out != "" {
		write := catalogue.YAML
		if strings.EqualFold(filepath.Ext(o.out), ".json") {
			write = catalogue.JSON
		}
		text, err := write(res.Integration)
		if len(text) > catalogueFile {
			_, _ = fmt.Fprintf(s.err, "waygate: %s has %d bytes, and a catalogue takes files of %d: take less with --select, "+
				"or divide it into a directory with integration.yaml and files of actions\n", o.out, len(text), catalogueFile)
		}
		if err == nil {
			err = os.WriteFile(o.out, text, 0o644)
		}
		if err != nil {
			return unusable(err)
		}
	}
	if o.asJSON {
		return unusable(json.NewEncoder(s.out).Encode(res))
	}
	return unusable(o.tell(s, res))
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

// imported reads a document. Other files that it refers to are read from its directory and below.
func imported(ctx context.Context, s streams, file string, o openapi.ImportOptions) (*openapi.Result, error) {
	if s.terminal {
		o.Progress = func(done, total int) {
			_, _ = fmt.Fprintf(s.err, "\r%d of %d operations", done, total)
			if done == total {
				_, _ = fmt.Fprintln(s.err)
			}
		}
	}
	doc, err := openapi.Load(ctx, openapi.File(os.DirFS(filepath.Dir(file)), filepath.Base(file)), openapi.Options{})
	if err != nil {
		return nil, err
	}
	return doc.Import(ctx, o)
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
