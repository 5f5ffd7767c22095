package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"time"

	"github.com/waygate-go/waygate/internal/bench/ratio"
	"github.com/waygate-go/waygate/internal/bench/target"
)

func main() {
	if err := command(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// fewestRounds are what the documentation needs.
const fewestRounds = 30

// command is the program: the provider, or what measures.
func command() error {
	if os.Getenv(serverVariable) != "" {
		return serve(os.Stdin, os.Stdout)
	}
	var s settings
	only := flag.String("only", "", "measure the comparisons whose names match this regular expression, and judge nothing that wasn't measured")
	flag.IntVar(&s.rounds, "rounds", 40, "rounds in which each client makes one batch of calls")
	flag.Uint64Var(&s.seed, "seed", 1, "of the order of the clients in each round")
	flag.StringVar(&s.docs, "docs", "", "directory whose benchmarks.md is to be written")
	flag.Parse()
	var err error
	if s.only, err = regexp.Compile(*only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	s.all = *only == ""
	if s.rounds < 1 || s.docs != "" && (!s.all || s.rounds < fewestRounds) {
		return fmt.Errorf("-rounds is at least 1; -docs needs all comparisons, in %d rounds or more: leave -only out", fewestRounds)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return s.run(ctx)
}

// settings are the command's flags.
type settings struct {
	rounds int
	seed   uint64
	docs   string
	only   *regexp.Regexp
	all    bool
}

// run measures, judges, and writes the documentation.
func (s settings) run(ctx context.Context) (err error) {
	began, load := time.Now(), loadAverage()
	r := &report{figures: map[string]ratio.Ratio{}}
	if err := s.registered(ctx, r); err != nil {
		return err
	}
	c, err := startChild()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := prove(ctx, c); err != nil {
		return err
	}
	fmt.Println("proved: what fails once is asked again, circuits open, limits hold back, schemas refuse")
	if err := s.exchanges(ctx, c.url, r); err != nil {
		return err
	}
	r.machine = machine(s.rounds, s.seed, began, load)
	fmt.Println(r.machine)
	return s.judge(r)
}

// exchanges measures all comparisons that were asked for.
func (s settings) exchanges(ctx context.Context, url string, r *report) (err error) {
	b, err := newBench(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stop()) }()
	for _, c := range b.comparisons() {
		if err := s.compare(ctx, c, r); err != nil {
			return err
		}
		if err := b.wholeWay(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// compare measures one comparison, if it was asked for.
func (s settings) compare(ctx context.Context, c comparison, r *report) error {
	if !s.only.MatchString(c.name) {
		return nil
	}
	o, err := c.measure(ctx, s.rounds, rand.New(rand.NewPCG(s.seed, 0)))
	if err != nil {
		return err
	}
	o.print(os.Stdout)
	r.outcomes = append(r.outcomes, o)
	maps.Copy(r.figures, o.figures())
	return nil
}

// registered measures what ten thousand actions cost a gateway.
func (s settings) registered(ctx context.Context, r *report) (err error) {
	if s.only.MatchString("registered10k") {
		each, err := registeredBytes(ctx)
		if err != nil {
			return err
		}
		figure := map[string]ratio.Ratio{figureRegistered: ratio.Of([]float64{each})}
		printFigures(os.Stdout, figure)
		maps.Copy(r.figures, figure)
	}
	c, stop, err := lookups(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return s.compare(ctx, c, r)
}

// judge prints what became of the targets. It fails if one that was to be measured isn't met and its gap isn't known.
func (s settings) judge(r *report) error {
	bad := 0
	for _, v := range target.Judge(targets(), gaps(), r.figures) {
		if v.State == target.Missing && !s.all {
			continue
		}
		fmt.Println(v)
		r.verdicts = append(r.verdicts, v)
		if v.State.Bad() {
			bad++
		}
	}
	if s.docs != "" {
		if err := r.write(s.docs); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d targets aren't met, and their gaps aren't known: see targets.go", bad)
	}
	return nil
}
