// Command load asks a running edge at a fixed rate while its bundle is replaced again and again, and reports what was
// offered, served and lost, and how long answers took: first steadily, then during the reloads.
//
// The load is an open loop: every request has a time at which it is to be sent, whatever became of those before it, and
// its latency counts from that time. Each answer is checked: it must be complete, of one generation only, and the
// decision of that generation.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	var p plan
	flag.IntVar(&p.rate, "rate", 20_000, "requests a second")
	flag.IntVar(&p.connections, "connections", 64, "connections they are spread over")
	flag.DurationVar(&p.steady, "steady", 20*time.Second, "how long to ask without reloads")
	flag.IntVar(&p.reloads, "reloads", 1_000, "how often to replace the bundle under load")
	flag.DurationVar(&p.every, "every", 100*time.Millisecond, "time from one reload to the next, at least")
	flag.StringVar(&p.edge, "edge", "", "the `program` lictor-edge; empty: it is built")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := p.run(ctx)
	if err == nil {
		err = report.write(os.Stdout)
	}
	if err == nil {
		err = report.verdict()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "load: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// plan is what to do to an edge.
type plan struct {
	rate, connections, reloads int
	steady, every              time.Duration
	edge                       string
	arguments                  []string // of the edge, beside those that run it here
}

// run starts an edge, loads it and stops it.
func (p *plan) run(ctx context.Context) (*report, error) {
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	source, err := newSource(ctx, dir)
	if err != nil {
		return nil, err
	}
	if p.edge == "" {
		if p.edge, err = build(ctx, dir); err != nil {
			return nil, err
		}
	}
	e, err := start(ctx, p.edge, append([]string{"--bundle", source.path}, p.arguments...))
	if err != nil {
		return nil, err
	}
	defer e.stop()
	r := &report{plan: *p}
	return r, r.measure(ctx, e, source)
}

// report is what came of a plan.
type report struct {
	plan
	steadily, reloading outcome
	swaps               int
	before, after       int64 // bytes of memory that the edge held
}

// measure loads the edge steadily, then while bundles are replaced.
func (r *report) measure(ctx context.Context, e *running, s *source) (err error) {
	clients, err := dial(e.data, r.connections)
	if err != nil {
		return err
	}
	defer clients.close()
	if _, err = clients.load(ctx, r.rate, after(time.Second)); err != nil { // nothing is warm before
		return err
	}
	if r.steadily, err = clients.load(ctx, r.rate, after(r.steady)); err != nil {
		return err
	}
	if r.before, err = e.memory(); err != nil {
		return err
	}
	swapped := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		r.swaps, err = s.swap(ctx, e, r.reloads, r.every)
		swapped <- err
	}()
	if r.reloading, err = clients.load(ctx, r.rate, done); err != nil {
		return err
	}
	if err = <-swapped; err != nil {
		return err
	}
	if _, err = clients.load(ctx, r.rate, after(time.Second)); err != nil {
		return err
	}
	r.after, err = e.memory()
	return err
}

func after(d time.Duration) <-chan struct{} {
	done := make(chan struct{})
	time.AfterFunc(d, func() { close(done) })
	return done
}

// write writes the report for people.
func (r *report) write(to io.Writer) error {
	_, err := fmt.Fprintf(to, "%d requests a second over %d connections, %d reloads seen of %d\n", r.rate, r.connections, r.swaps, r.reloads)
	for _, o := range []struct {
		name string
		*outcome
	}{{"steady", &r.steadily}, {"reloads", &r.reloading}} {
		if err == nil {
			_, err = fmt.Fprintf(to, "%-8s %s\n", o.name, o.outcome)
		}
	}
	if err == nil {
		_, err = fmt.Fprintf(to, "p99 during reloads is %.2f times the steady one\nmemory of the edge: %.1f MiB before the reloads, %.1f MiB after\n",
			float64(r.reloading.quantile(0.99))/float64(r.steadily.quantile(0.99)), mebibytes(r.before), mebibytes(r.after))
	}
	return err
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// verdict is an error where an answer was lost or wrong, or a reload did not happen. Times are for the reader to judge.
func (r *report) verdict() error {
	for _, o := range []*outcome{&r.steadily, &r.reloading} {
		if o.lost > 0 || o.wrong > 0 {
			return fmt.Errorf("%d answers lost, %d wrong; the first: %w", o.lost, o.wrong, o.first)
		}
	}
	if r.swaps != r.reloads {
		return fmt.Errorf("%d reloads seen of %d", r.swaps, r.reloads)
	}
	return nil
}
