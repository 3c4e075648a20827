package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// result is what came of a scenario.
type result struct {
	*plan
	*scenario
	outcome
	steady        *result // of the scenario before, to compare with; nil for none
	recovered     outcome // of the planned rate again, after an overload
	swaps         int
	before, after int64 // bytes of memory that the edge held
	edgeCPU       time.Duration
	clientCPU     time.Duration
	logged        *logged // nil without a decision log
}

// stage is an edge under load and what it stands on.
type stage struct {
	*result
	edge    *running
	source  *source
	clients clients
}

// run starts an edge, loads it and stops it.
func (r *result) run(ctx context.Context, dir string, source *source) (err error) {
	if r.beside != nil {
		if err = source.write(r.reloads); err != nil {
			return err
		}
	}
	s := &stage{result: r, source: source}
	arguments := []string{"--bundle", source.path}
	var to *sink
	if r.sink != nil {
		if to, err = r.sink(dir); err != nil {
			return err
		}
		defer to.close()
		arguments = append(arguments, "--decision-log", to.path)
	}
	if s.edge, err = start(ctx, r.plan.edge, arguments); err != nil {
		return err
	}
	defer s.edge.stop()
	if s.clients, err = dial(s.edge.data, r.connections); err != nil {
		return err
	}
	defer s.clients.close()
	if err = s.measure(ctx); err != nil || to == nil {
		return err
	}
	r.logged, err = s.edge.logged(ctx, to)
	return err
}

// measure warms the edge, loads it, and looks at it before and after.
func (s *stage) measure(ctx context.Context) (err error) {
	s.clients.load(pace{s.rate, patience}, after(ctx, s.warm))
	if s.before, err = s.edge.memory(); err != nil {
		return err
	}
	edge, client, err := s.cpu()
	if err != nil {
		return err
	}
	asked := pace{s.rate, patience}
	if s.excess {
		asked = pace{s.rate * s.overload, impatience}
	}
	done, ended := s.meanwhile(ctx)
	s.outcome = s.clients.load(asked, done)
	if err = <-ended; err != nil {
		return err
	}
	if s.edgeCPU, s.clientCPU, err = s.cpu(); err != nil {
		return err
	}
	s.edgeCPU, s.clientCPU = s.edgeCPU-edge, s.clientCPU-client
	s.recovered = s.clients.load(pace{s.rate, patience}, after(ctx, s.warm))
	if s.after, err = s.edge.memory(); err != nil {
		return err
	}
	return ctx.Err()
}

func (s *stage) cpu() (edge, client time.Duration, err error) {
	if edge, err = s.edge.cpu(); err == nil {
		client, err = ownCPU()
	}
	return edge, client, err
}

// meanwhile starts what happens beside the load, and returns what is done when it is over, and what came of it.
func (s *stage) meanwhile(ctx context.Context) (done <-chan struct{}, ended <-chan error) {
	outcome := make(chan error, 1)
	if s.beside == nil {
		outcome <- nil
		return after(ctx, s.length), outcome
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		outcome <- s.beside(s, ctx)
	}()
	return over, outcome
}

// after returns what is done after a time.
func after(ctx context.Context, d time.Duration) <-chan struct{} {
	ctx, cancel := context.WithTimeout(ctx, d)
	context.AfterFunc(ctx, cancel)
	return ctx.Done()
}

// swap replaces bundles.
func (s *stage) swap(ctx context.Context) (err error) {
	s.swaps, err = s.source.swap(ctx, s.edge, s.reloads, s.every)
	return err
}

// swapApart replaces the bundle a tenth as often as swap does, a fifth as many times.
func (s *stage) swapApart(ctx context.Context) (err error) {
	s.swaps, err = s.source.swap(ctx, s.edge, s.apart(), 10*s.every)
	return err
}

// apart is how often the bundle is replaced where it is not replaced as often as can be.
func (r *result) apart() int { return max(1, r.reloads/5) }

// verdict is an error where an answer is lost or wrong, or the scenario was not what it should have been. Times are for
// the reader to judge.
func (r *result) verdict() error {
	fault := r.outcome.fault()
	if r.excess && r.wrong == 0 && r.served > 0 {
		fault = nil // what is too much is lost
	}
	if fault == nil && r.judge != nil {
		fault = r.judge(r)
	}
	return fault
}

// write writes the result for people, and then as a benchmark.
func (r *result) write(to io.Writer) error {
	_, err := fmt.Fprintf(to, "\n%s: %s\n  %s\n  %s\n  cores busy: %.2f of the edge, %.2f of the client; memory of the edge: %.1f MiB before, %.1f MiB after\n",
		r.name, r.what, r.counts(), r.times(), r.share(r.edgeCPU), r.share(r.clientCPU), mebibytes(r.before), mebibytes(r.after))
	for _, remark := range r.remarks() {
		if err == nil {
			_, err = fmt.Fprintf(to, "  %s\n", remark)
		}
	}
	if err == nil {
		_, err = fmt.Fprintln(to, r.benchmark())
	}
	return err
}

// remarks are what only some scenarios have.
func (r *result) remarks() (all []string) {
	if r.beside != nil {
		all = append(all, fmt.Sprintf("%d reloads seen", r.swaps))
	}
	if r.logged != nil {
		all = append(all, fmt.Sprintf("lines of the decision log: %d written, %d lost", r.logged.written, r.logged.lost))
	}
	if r.excess {
		all = append(all, fmt.Sprintf("served %.0f a second; at the planned rate right after: %s", float64(r.served)/r.took.Seconds(), r.recovered.counts()))
	}
	if r.steady != nil && r.steady.quantile(0.99) > 0 {
		all = append(all, fmt.Sprintf("p99 is %.2f times that of %s", float64(r.quantile(0.99))/float64(r.steady.quantile(0.99)), r.steady.name))
	}
	if err := r.verdict(); err != nil {
		all = append(all, "FAILED: "+err.Error())
	}
	return all
}

// benchmark returns the result in the format of Go's benchmarks.
func (r *result) benchmark() string {
	line := fmt.Appendf(nil, "BenchmarkLoad/scenario=%s 1", r.name)
	for _, q := range []struct {
		name  string
		share float64
	}{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}} {
		line = fmt.Appendf(line, " %d %s-ns", r.quantile(q.share).Nanoseconds(), q.name)
	}
	line = fmt.Appendf(line, " %d offered %d served %d lost %d wrong %.2f edge-cores %.2f client-cores",
		r.offered, r.served, r.lost, r.wrong, r.share(r.edgeCPU), r.share(r.clientCPU))
	if r.logged != nil {
		line = fmt.Appendf(line, " %d lines-written %d lines-lost", r.logged.written, r.logged.lost)
	}
	return string(line)
}

// share returns how many cores a time of work kept busy.
func (r *result) share(work time.Duration) float64 {
	return work.Seconds() / max(r.took.Seconds(), 1e-9)
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
