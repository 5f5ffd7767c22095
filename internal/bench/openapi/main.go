package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/waygate-go/waygate/internal/bench/ratio"
	"github.com/waygate-go/waygate/internal/bench/target"
)

// largeRounds are those of the document whose reading takes seconds.
const largeRounds = 7

func main() {
	if err := command(); err != nil {
		fmt.Fprintln(os.Stderr, "bench openapi:", err)
		os.Exit(1)
	}
}

// command is the program: a measurement, or what starts them.
func command() error {
	if job := os.Getenv(childVariable); job != "" {
		return child(job, os.Stdout)
	}
	var s settings
	flag.IntVar(&s.rounds, "rounds", 15, "rounds for each of the two smaller documents; Microsoft Graph has at most 7")
	flag.Uint64Var(&s.seed, "seed", 1, "of the order in each round")
	flag.StringVar(&s.docs, "docs", "", "directory whose benchmarks.md is to be written")
	flag.StringVar(&s.documents, "documents", filepath.Join("..", "..", ".bin", "documents"), "where tools/scripts/documents.sh has put the documents")
	flag.StringVar(&s.only, "only", "", "stripe, github or graph alone")
	flag.Parse()
	if s.rounds < 1 || s.docs != "" && s.only != "" {
		return errors.New("-rounds is at least 1, and -docs needs all documents: leave -only out")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return s.run(ctx)
}

// settings are the command's flags.
type settings struct {
	rounds    int
	seed      uint64
	docs      string
	documents string
	only      string
}

// outcome is what was measured of a document, by reader.
type outcome struct {
	document
	samples map[string][]sample
}

func (s settings) run(ctx context.Context) error {
	var outcomes []*outcome
	figures := map[string]ratio.Ratio{}
	for _, d := range documents() {
		if s.only != "" && s.only != d.name {
			continue
		}
		o, err := s.compare(ctx, d)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, o)
		for name, r := range o.figures() {
			figures[name] = r
			fmt.Println(r.Line(name))
		}
	}
	bad := 0
	for _, v := range target.Judge(targets(), gaps(), figures) {
		if v.State == target.Missing && s.only != "" {
			continue
		}
		fmt.Println(v)
		if v.State.Bad() {
			bad++
		}
	}
	if s.docs != "" {
		if err := write(s.docs, outcomes); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d figures aren't below those of the libraries, and their gaps aren't known: see report.go", bad)
	}
	return nil
}

// compare measures a document in rounds.
func (s settings) compare(ctx context.Context, d document) (*outcome, error) {
	o := &outcome{document: d, samples: map[string][]sample{}}
	rounds := s.rounds
	if d.rounds > 0 {
		rounds = min(rounds, d.rounds)
	}
	random := rand.New(rand.NewPCG(s.seed, 0))
	for range rounds {
		names := readerNames()
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names {
			m, err := measure(ctx, name, filepath.Join(s.documents, filepath.FromSlash(d.path)))
			if err != nil {
				return nil, fmt.Errorf("%w: run tools/scripts/documents.sh if the document isn't there", err)
			}
			o.samples[name] = append(o.samples[name], m)
		}
	}
	return o, o.check()
}

// check holds that all have read the same operations.
func (o *outcome) check() error {
	want := o.samples[nameWaygate][0].Operations
	for name, list := range o.samples {
		for _, m := range list {
			if m.Operations != want || want == 0 {
				return fmt.Errorf("%s: %s found %d operations, Waygate %d", o.name, name, m.Operations, want)
			}
		}
	}
	return nil
}
