package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
)

func diffCommand(s streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two versions of an API",
		Long: `Compare what two versions of an API document become: actions that came, went or
changed, and whether a program that works with the old ones may break. Either may be
what import wrote, a catalogue's file or directory, too.

The exit code is 1 if something is breaking, so that it can guard a build.`,
		Example: `  waygate diff api-v1.yaml api-v2.yaml
  waygate diff catalogue/crm/ api.yaml   # what would change with the next import`,
		Args: exactly(2, "two versions, the old and the new"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return diff(cmd.Context(), s, args[0], args[1], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the difference as JSON, and nothing else")
	return cmd
}

func diff(ctx context.Context, s streams, before, after string, asJSON bool) error {
	gw, err := waygate.New(waygate.Config{Store: memory.New()}) // for reading
	if err != nil {
		return unusable(err)
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	var o openapi.ImportOptions
	var both [2]waygate.Integration
	for i, name := range []string{before, after} {
		from, err := open(ctx, s, gw, name)
		if err == nil {
			both[i], err = from.whole(ctx, s, o)
		}
		if err != nil {
			return unusable(err)
		}
		o.ID = both[0].ID // another title is no other API
	}
	d := openapi.Diff(both[0], both[1])
	if asJSON {
		err = json.NewEncoder(s.out).Encode(d)
	} else {
		err = tellDifference(s, d)
	}
	if err == nil && d.Breaking() {
		return &failure{exitFailed, errors.New("a difference is breaking")}
	}
	return unusable(err)
}

func tellDifference(s streams, d openapi.Difference) (err error) {
	say := func(format string, args ...any) {
		_, e := fmt.Fprintf(s.out, format+"\n", args...)
		err = errors.Join(err, e)
	}
	change := func(what string, c openapi.Change) {
		mark := "ok      "
		if c.Breaking {
			mark = "BREAKING"
		}
		say("%s changed %s: %s %s: %s", mark, what, c.Side, c.Pointer, c.Reason)
	}
	for _, c := range d.Integration {
		change("the integration", c)
	}
	for _, id := range d.Removed {
		say("BREAKING removed %s", id)
	}
	for _, id := range d.Added {
		say("ok       added %s", id)
	}
	for _, r := range d.Renamed {
		say("         %s is %s now", r.From, r.To)
	}
	for _, a := range d.Changed {
		for _, c := range a.Changes {
			change(a.Action, c)
		}
	}
	if d.Empty() {
		say("no difference")
	}
	return err
}
