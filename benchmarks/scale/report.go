package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// report collects measurements, and writes each at once as a line of a Go benchmark.
type report struct {
	out   io.Writer
	loads []load
	swaps []swap
}

// load is one engine with one policy, loaded some times.
type load struct {
	source *source
	engine string
	all    []*measurement
}

// swap is a policy whose generations took each other's place.
type swap struct {
	source *source
	state  bool
	*measurement
}

func newReport(out io.Writer) *report {
	_, _ = fmt.Fprintf(out, "goos: %s\ngoarch: %s\npkg: github.com/lictor-dev/lictor/benchmarks/scale\n", runtime.GOOS, runtime.GOARCH)
	return &report{out: out}
}

// rise is how much more a process holds with the policy than without.
func (m *measurement) rise() int64 { return m.Loaded.Resident - m.Base.Resident }

func (r *report) loaded(s *source, engine string, m *measurement) error {
	if n := len(r.loads); n == 0 || r.loads[n-1].source != s || r.loads[n-1].engine != engine {
		r.loads = append(r.loads, load{source: s, engine: engine})
	}
	last := &r.loads[len(r.loads)-1]
	last.all = append(last.all, m)
	_, err := fmt.Fprintf(r.out, "BenchmarkMemory/%s/engine=%s 1 %d load-ns %d rss-bytes %d rise-bytes %d private-bytes %d file-bytes %d heap-bytes %d peak-bytes",
		s.name, engine, m.Load, m.Loaded.Resident, m.rise(), m.Loaded.Private, m.Loaded.Files, m.Loaded.Heap, m.Peak)
	if err == nil && m.Tables > 0 {
		_, err = fmt.Fprintf(r.out, " %d proof-ns %d tables-bytes", m.Proof, m.Tables)
	}
	if err == nil {
		_, err = fmt.Fprintln(r.out)
	}
	return err
}

// ratio is the peak against what the process holds with each of two generations, without what it holds with none.
func (s *swap) ratio() float64 {
	r := &s.Reload
	return float64(r.Peak-s.Base.Resident) / float64(r.Before+r.After-2*s.Base.Resident)
}

func (r *report) reloaded(s *source, state bool, m *measurement) error {
	w := swap{s, state, m}
	r.swaps = append(r.swaps, w)
	_, err := fmt.Fprintf(r.out, "BenchmarkReload/%s/state=%t 1 %d reload-ns %d before-bytes %d peak-bytes %d after-bytes %d tables-bytes %.3f peak/old+new\n",
		s.name, state, m.Reload.Took, m.Reload.Before, m.Reload.Peak, m.Reload.After, m.Tables, w.ratio())
	return err
}

// median returns the median of what of says about measurements.
func (l *load) median(of func(*measurement) int64) int64 {
	all := make([]int64, 0, len(l.all))
	for _, m := range l.all {
		all = append(all, of(m))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// tables writes all measurements for people: medians of the loads, the worst of the reloads.
func (r *report) tables() error {
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\npolicy\tengine\tload\tproof\ttables\tmemory rises by\tprivate\tof files\tGo heap\tpeak\t\n")
	for i := range r.loads {
		r.loads[i].write(w)
	}
	fmt.Fprintf(w, "\npolicy\tstate\treload\ttables\twith none\told\tpeak\tnew\tpeak/(old+new)\tanswers\t\n")
	for i := range r.swaps {
		r.swaps[i].write(w)
	}
	return w.Flush()
}

func (l *load) write(w io.Writer) {
	tables := l.median(func(m *measurement) int64 { return m.Tables })
	proof, size := "", ""
	if tables > 0 {
		proof, size = milliseconds(l.median(func(m *measurement) int64 { return int64(m.Proof) })), mebibytes(tables)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", l.source.title, l.engine,
		milliseconds(l.median(func(m *measurement) int64 { return int64(m.Load) })), proof, size,
		mebibytes(l.median((*measurement).rise)),
		mebibytes(l.median(func(m *measurement) int64 { return m.Loaded.Private - m.Base.Private })),
		mebibytes(l.median(func(m *measurement) int64 { return m.Loaded.Files - m.Base.Files })),
		mebibytes(l.median(func(m *measurement) int64 { return m.Loaded.Heap - m.Base.Heap })),
		mebibytes(l.median(func(m *measurement) int64 { return m.Peak - m.Base.Resident })))
}

func (s *swap) write(w io.Writer) {
	kept := "none"
	if s.state {
		kept = "on disk"
	}
	r := &s.Reload
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.2f\t%d\t\n", s.source.title, kept, milliseconds(int64(r.Took)),
		mebibytes(s.Tables), mebibytes(s.Base.Resident), mebibytes(r.Before), mebibytes(r.Peak), mebibytes(r.After), s.ratio(), r.Answers)
}

func milliseconds(ns int64) string {
	return fmt.Sprintf("%.1f ms", float64(ns)/float64(time.Millisecond))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// What the budgets bound, where the policy is large enough to be seen beside the program itself.
const (
	largeTables = 16 << 20 // bytes
	maxRatio    = 1.1
)

// verdict is an error where a reload takes more memory than it may, gives too little of it back, or was not used.
func (r *report) verdict() error {
	for i := range r.swaps {
		s := &r.swaps[i]
		switch grown := s.Reload.After - s.Reload.Before; {
		case s.Reload.Answers == 0:
			return fmt.Errorf("%s: nothing was answered during the reloads", s.source.title)
		case s.Tables < largeTables:
		case s.ratio() > maxRatio:
			return fmt.Errorf("%s: a reload took %.2f times what the old and the new generation hold, more than %.2f", s.source.title, s.ratio(), maxRatio)
		case grown > s.Tables/10:
			return fmt.Errorf("%s: %s more are held after the reloads than before", s.source.title, mebibytes(grown))
		}
	}
	return nil
}
