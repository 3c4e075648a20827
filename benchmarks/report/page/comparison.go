package page

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// comparison is what BenchmarkCompare measured: each workload with each engine.
type comparison struct {
	file  *results.File
	cells map[pair]*cell
}

// pair is a workload and an engine.
type pair struct{ workload, engine string }

// cell is what one engine needs for one operation of one workload, or why it has none.
type cell struct {
	time, bytes, allocs results.Measure
	reason              string // why the engine is left out of the workload
}

func (c *cell) measured() bool { return c.time.Runs > 0 }

// newComparison reads the file compare.txt, which may be missing. Names that are in no table, and an engine that was measured with
// what it says it is unfit for, are errors.
func newComparison(in *input) (*comparison, error) {
	c := &comparison{file: in.results["compare"], cells: make(map[pair]*cell)}
	for _, w := range workloads {
		for _, e := range engines {
			c.cells[pair{w.name, e.name}] = &cell{}
		}
	}
	if err := c.unfit(); err != nil {
		return nil, err
	}
	for _, r := range c.file.Find("Compare") {
		key := pair{r.Key("workload"), r.Key("engine")}
		at, known := c.cells[key]
		switch {
		case !known || len(r.Parts) != 2:
			return nil, c.wrong(r.Line, fmt.Sprintf("no workload and engine of these names: %q", r.Parts))
		case at.reason != "":
			return nil, c.wrong(r.Line, fmt.Sprintf("%s was measured with %s, which it is unfit for", key.engine, key.workload))
		case !r.Has("sec/op"):
			return nil, c.wrong(r.Line, "no ns/op")
		}
		at.time, at.bytes, at.allocs = r.Measure("sec/op"), r.Measure("B/op"), r.Measure("allocs/op")
	}
	return c, nil
}

// unfit keeps the reasons of engines that are left out of workloads.
func (c *comparison) unfit() error {
	if c.file == nil {
		return nil
	}
	for _, u := range c.file.Unfit {
		at, known := c.cells[pair{u.Workload, u.Engine}]
		if !known {
			return c.wrong(u.Line, fmt.Sprintf("no workload and engine of these names: %q on %q", u.Engine, u.Workload))
		}
		at.reason = u.Reason
	}
	return nil
}

func (c *comparison) wrong(line int, message string) error {
	return &results.Error{File: c.file.Path, Line: line, Message: message}
}

func (c *comparison) empty() bool { return len(c.file.Find("Compare")) == 0 }

// peers reports whether an engine of others was measured.
func (c *comparison) peers() bool { return c.any(peer) }

// any reports whether an engine of a group was measured.
func (c *comparison) any(of group) bool {
	for _, w := range workloads {
		if len(c.ranking(w.name, of)) > 0 {
			return true
		}
	}
	return false
}

// entry is a cell with its engine.
type entry struct {
	*engine
	*cell
}

// ranking returns the engines of some groups that were measured with a workload, the fastest first.
func (c *comparison) ranking(workload string, groups ...group) []entry {
	var ranked []entry
	for i := range engines {
		e := &engines[i]
		if at := c.cells[pair{workload, e.name}]; at.measured() && slices.Contains(groups, e.group) {
			ranked = append(ranked, entry{e, at})
		}
	}
	slices.SortStableFunc(ranked, func(a, b entry) int { return cmp.Compare(a.time.Median, b.time.Median) })
	return ranked
}

// standing is who is first with a workload, ours against the peers.
type standing struct {
	*workload
	ours, peer entry // the fastest of each; an engine of nil: none was measured
	floors     []entry
}

func (c *comparison) standing(w *workload) standing {
	s := standing{workload: w, floors: c.ranking(w.name, floor)}
	if all := c.ranking(w.name, ours); len(all) > 0 {
		s.ours = all[0]
	}
	if all := c.ranking(w.name, peer); len(all) > 0 {
		s.peer = all[0]
	}
	return s
}

// complete reports whether both sides were measured.
func (s *standing) complete() bool { return s.ours.engine != nil && s.peer.engine != nil }

// lead is how many times as long as ours the fastest peer takes; below 1 the peer is first.
func (s *standing) lead() float64 { return s.peer.time.Median / s.ours.time.Median }

// mapOfMaps returns the time of the hand-written map, if it was measured.
func (s *standing) mapOfMaps() (entry, bool) {
	for _, f := range s.floors {
		if f.name == "map-of-maps" {
			return f, true
		}
	}
	return entry{}, false
}
