// Command load asks a running edge at a fixed rate in one scenario after the other, and reports for each what was
// offered, served, lost and wrong, and how long answers took.
//
// The load is an open loop: every request has a time at which it is to be sent, whatever became of those before it, and
// its latency counts from that time. Each answer is checked: it must be complete, of one generation only, and the
// decision of that generation. A scenario fails where an answer is lost or wrong.
//
// The edge is a process of its own on the same machine: the two share its cores, and each result says what either took of
// them. At the default rate both together leave a part of two cores free; overload says what the cores can do for both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	p := plan{scenarios: scenarios, warm: time.Second}
	chosen := ""
	flag.IntVar(&p.rate, "rate", 20_000, "requests a second")
	flag.IntVar(&p.connections, "connections", 64, "connections they are spread over")
	flag.DurationVar(&p.length, "length", 20*time.Second, "how long each scenario lasts, but for reloads")
	flag.IntVar(&p.reloads, "reloads", 100, "how often to replace the bundle under load")
	flag.DurationVar(&p.every, "every", 100*time.Millisecond, "time from one reload to the next, at least")
	flag.IntVar(&p.overload, "overload", 25, "how many times the rate overload offers")
	flag.StringVar(&chosen, "scenarios", "", "which to run, separated by commas: "+names(scenarios)+"; empty: all")
	flag.StringVar(&p.edge, "edge", "", "the `program` lictor-edge; empty: it is built")
	flag.Parse()
	runtime.GOMAXPROCS(runtime.NumCPU() + 1) // one mostly sleeps, see clock
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := p.choose(chosen)
	if err == nil {
		err = p.run(ctx, os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "load: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// plan is what to do to an edge.
type plan struct {
	rate, connections, reloads, overload int
	length, every                        time.Duration
	warm                                 time.Duration // how long an edge is asked before anything is measured, and after it
	scenarios                            []scenario
	edge                                 string
}

// choose leaves the scenarios that are named.
func (p *plan) choose(list string) error {
	if list == "" {
		return nil
	}
	var left []scenario
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(p.scenarios, func(s scenario) bool { return s.name == name })
		if i < 0 {
			return fmt.Errorf("there is no scenario %q: there are %s", name, names(p.scenarios))
		}
		left = append(left, p.scenarios[i])
	}
	p.scenarios = left
	return nil
}

func names(all []scenario) string {
	var list []string
	for _, s := range all {
		list = append(list, s.name)
	}
	return strings.Join(list, ", ")
}

// run runs each scenario on an edge of its own and writes what came of it as soon as it is known. The error is of
// scenarios that failed, all of them, or of what kept one from being run.
func (p *plan) run(ctx context.Context, to io.Writer) error {
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	source, err := newSource(ctx, dir)
	if err != nil {
		return err
	}
	if p.edge == "" {
		if p.edge, err = build(ctx, dir); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(to, "%d requests a second over %d connections; edge and client share %d cores\n", p.rate, p.connections, runtime.NumCPU())
	var failed error
	var first *result
	for i := range p.scenarios {
		if err != nil {
			break
		}
		r := &result{plan: p, scenario: &p.scenarios[i], steady: first}
		if err = r.run(ctx, dir, source); err != nil {
			break
		}
		if i == 0 {
			first = r
		}
		if fault := r.verdict(); fault != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", r.name, fault))
		}
		err = r.write(to)
	}
	return errors.Join(err, failed)
}
