package page

import (
	"fmt"
	"slices"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// claim is something that Lictor sets out to reach, and what the results say about it.
type claim struct {
	what, measured string
	source         source
	state          state
}

// source is who asks for it.
type source string

const (
	budget source = "budget"
	goal   source = "goal of the project"
)

type state string

const (
	met     state = "yes"
	missed  state = "**no**"
	unknown state = "not measured"
	unsure  state = "not known"
)

func decided(ok bool) state {
	if ok {
		return met
	}
	return missed
}

// doubt says why what was measured does not show that the goal is reached. It may still show that the goal is missed.
func (c *claim) doubt(why string) {
	c.measured += "; " + why
	if c.state == met {
		c.state = unsure
	}
}

// summary is what was set out to be reached, row by row.
func summary(d *document, in *input, c *comparison) error {
	d.heading(2, "What was to be reached")
	d.paragraph("The budgets are those that [README.md](README.md) lists; the other rows are goals that the project has set itself, and this table is where they are kept.")
	all, err := in.servers()
	if err != nil {
		return err
	}
	var rows [][]string
	for _, one := range append(budgets(in),
		first(c), nearMap(c), steady(c, "grants"), steady(c, "instances"), steady(c, "subjects"),
		atRandom(in, "subjects"), atRandom(in, "instances"), beside(in), besideOPA(all), besideOPAAlone(all), proof(in), rise(in), reloadPeak(in), underLoad(in),
	) {
		if one.measured == "" {
			one.measured, one.state = "–", unknown
		}
		rows = append(rows, []string{one.what, string(one.source), one.measured, string(one.state)})
	}
	d.table([]string{"goal", "set as", "measured", "reached"}, rows)
	return nil
}

// first: in process Lictor is first in every workload that the peers can express.
func first(c *comparison) claim {
	leads, behind, unmeasured, few := 0, 0, 0, 0
	for i := range workloads {
		s := c.standing(&workloads[i])
		if s.complete() && c.lacking(s.name) {
			few++
		}
		switch {
		case !s.complete():
			unmeasured++
		case s.lead() > 1:
			leads++
		default:
			behind++
		}
	}
	one := claim{what: "in process, first in every workload that others can express", source: goal}
	if leads+behind == 0 {
		return one
	}
	one.measured, one.state = fmt.Sprintf("first in %d of %d", leads, leads+behind), decided(behind == 0)
	if n := c.partial(); n > 0 {
		one.measured += fmt.Sprintf("; some of the others are left out of %d", n)
	}
	if unmeasured > 0 {
		one.doubt(fmt.Sprintf("%d workloads without both sides", unmeasured))
	}
	if few > 0 {
		one.doubt(fmt.Sprintf("%d without some of the others, for no reason", few))
	}
	return one
}

// lacking reports whether one of the others was not measured with a workload that nothing keeps it from.
func (c *comparison) lacking(workload string) bool {
	return slices.ContainsFunc(engines, func(e engine) bool {
		at := c.cells[pair{workload, e.name}]
		return e.group == peer && !at.measured() && at.reason == ""
	})
}

// partial counts the workloads that some of the others are left out of.
func (c *comparison) partial() (n int) {
	for _, w := range workloads {
		if slices.ContainsFunc(engines, func(e engine) bool { return e.group == peer && c.cells[pair{w.name, e.name}].reason != "" }) {
			n++
		}
	}
	return n
}

// nearMap: within 3 times the hand-written map while the working set is in cache.
func nearMap(c *comparison) claim {
	const most = 3
	one := claim{what: "within 3 times a hand-written map of maps, working set in cache", source: goal}
	worst, at, unmeasured := 0.0, "", 0
	for i := range workloads {
		s := c.standing(&workloads[i])
		if !s.cached {
			continue
		}
		f, ok := s.mapOfMaps()
		if !ok || s.ours.engine == nil {
			unmeasured++
			continue
		}
		if ratio := s.ours.time.Median / f.time.Median; ratio > worst {
			worst, at = ratio, s.name
		}
	}
	if at != "" {
		one.measured, one.state = fmt.Sprintf("at most %s (`%s`)", factor(worst), at), decided(worst <= most)
	}
	if at != "" && unmeasured > 0 {
		one.doubt(fmt.Sprintf("%d workloads without both", unmeasured))
	}
	return one
}

// steady: cost grows by no larger a factor than that of a look-up in a Go map of the same size, whatever the increases are.
func steady(c *comparison, family string) claim {
	one := claim{what: "over " + family + " the time grows in proportion no faster than that of a Go map", source: goal}
	var us, them *curve
	curves := c.curves(family)
	for i := range curves {
		switch curves[i].name {
		case engineOf("lictor-table").title:
			us = &curves[i]
		case engineOf("go-map").title:
			them = &curves[i]
		}
	}
	if us != nil && them != nil {
		one.measured = fmt.Sprintf("%s (%s), the map %s (%s)",
			factor(us.rise()), more(us.increase()), factor(them.rise()), more(them.increase()))
		if us.overlaps(them) {
			one.measured += "; their spreads overlap"
		}
		one.state = decided(us.rise() <= them.rise())
		if !us.whole(family) || !them.whole(family) {
			one.doubt("not of all sizes")
		}
	}
	return one
}

// atRandom: 1,000,000 of something at random within 2.5 times a look-up in a Go map of the same size.
func atRandom(in *input, of string) claim {
	const most = 2.5
	one := claim{what: "1,000,000 " + of + " at random within 2.5 times a look-up in a Go map", source: budget}
	byName := make(map[string]results.Measure)
	for _, r := range in.results["scale"].Find("Scale") {
		byName[join(r.Parts)] = r.Measure("sec/op")
	}
	name := of + "=1000000-random"
	us, them := byName[name+"/lictor"], byName[name+"/map"]
	if us.Runs > 0 && them.Runs > 0 {
		ratio := us.Median / them.Median
		one.measured, one.state = factor(ratio), decided(ratio <= most)
		if ahead := byName[name+"/ahead"]; ahead.Runs > 0 {
			one.measured += ", " + factor(ahead.Median/them.Median) + " when told ahead"
		}
	}
	return one
}

// beside: 0.90 of the throughput of a constant that bounds nothing, by an edge with metrics.
func beside(in *input) claim {
	const least = 0.90
	one := claim{what: "over HTTP with metrics, 0.90 of a server that answers a constant", source: budget}
	for _, r := range in.results["http"].Find("HTTP") {
		plain, counted := r.Measure("edge/constant"), r.Measure("metrics/constant")
		one.measured = fmt.Sprintf("%.3f with metrics, %.3f without", counted.Median, plain.Median)
		if bounded := r.Measure("metrics/bounded"); bounded.Runs > 0 {
			one.measured += fmt.Sprintf("; of a bounded constant %.3f with metrics", bounded.Median)
		}
		one.state = decided(counted.Median >= least)
	}
	return one
}

// onOurBundle is OPA's server with the policy of the edges beside it.
const onOurBundle = "opa-server-lictor-bundle"

// besideOPA: 8 times OPA's server, turn by turn, by the slowest of our servers: that is the one with metrics where both were measured.
func besideOPA(all []server) claim {
	const least = 8
	one := claim{what: "over HTTP, 8 times OPA's server, with clients on the same cores", source: goal}
	for _, s := range all {
		if s.group != ours {
			continue
		}
		one.measured, one.state = factor(s.times.Median)+" "+s.times.Spread()+" (`"+s.name+"`)", decided(s.times.Median >= least) // the fastest come first
		for _, same := range all {
			if same.name == onOurBundle {
				one.measured += ", " + factor(s.times.Median/same.times.Median) + " where that has Lictor's bundle and reads the same body"
			}
		}
	}
	return one
}

// besideOPAAlone: the same without what the clients take, by the time that the processor gave to each server.
func besideOPAAlone(all []server) claim {
	const least = 8
	one := claim{what: "beside the goal: the same by the processor time of the servers", source: goal}
	for _, s := range all {
		if s.group != ours || s.less.Runs == 0 {
			continue
		}
		one.measured, one.state = factor(s.less.Median)+" "+s.less.Spread()+" (`"+s.name+"`)", decided(s.less.Median >= least)
		for _, same := range all {
			if same.name == onOurBundle {
				one.measured += ", " + factor(same.took.Median/s.took.Median) + " where that has Lictor's bundle and reads the same body"
			}
		}
	}
	return one
}

// million is the row of Lictor with 1,000,000 subjects in BenchmarkMemory; nil without it.
func (in *input) million() *results.Row {
	for _, r := range in.results["memory"].Find("Memory") {
		if r.Key("subjects") == "1000000" && r.Key("engine") == "lictor" {
			return r
		}
	}
	return nil
}

// proof: the tables of 1,000,000 subjects are proven in 60 ms.
func proof(in *input) claim {
	const most = 60e-3
	one := claim{what: "1,000,000 subjects load in 60 ms after decompression and signature", source: budget}
	for _, r := range in.results["decisions"].Find("LoadSubjects") {
		if m := r.Measure("sec/op"); r.Key("subjects") == "1000000" && m.Runs > 0 {
			one.measured, one.state = withSpread(m, seconds), decided(m.Median <= most)
		}
	}
	return one
}

// rise: memory rises by 1.1 times the tables.
func rise(in *input) claim {
	const most = 1.1
	one := claim{what: "for them resident memory rises by 1.1 times the tables", source: goal}
	if r := in.million(); r != nil && r.Measure("tables-bytes").Median > 0 {
		ratio := r.Measure("rise-bytes").Median / r.Measure("tables-bytes").Median
		one.measured, one.state = factor(ratio), decided(ratio <= most)
	}
	return one
}

// reloadPeak: 1.1 times old plus new.
func reloadPeak(in *input) claim {
	const most = 1.1
	one := claim{what: "replacing the largest policy peaks at 1.1 times old plus new", source: goal}
	size := func(r *results.Row) float64 { return r.Measure("tables-bytes").Median }
	ratio := func(r *results.Row) float64 { return r.Measure("peak/old+new").Median }
	var worst *results.Row // of the largest ones
	for _, r := range in.results["memory"].Find("Reload") {
		if worst == nil || size(r) > size(worst) || size(r) == size(worst) && ratio(r) > ratio(worst) {
			worst = r
		}
	}
	if worst != nil {
		one.measured, one.state = factor(ratio(worst))+" (`"+join(worst.Parts)+"`)", decided(ratio(worst) <= most)
	}
	return one
}

// underLoad: replacing bundles loses no answer, and p99 is at most 2 times the steady one.
func underLoad(in *input) claim {
	const most = 2
	one := claim{what: "replacing bundles under load loses no answer, and p99 stays within 2 times the steady one", source: budget}
	all, rows := in.results["load"].Find("Load"), make(map[string]*results.Row)
	for _, r := range all {
		rows[r.Key("scenario")] = r
	}
	steadily, reloading := rows["steady"], rows["reloads"]
	if steadily == nil || reloading == nil || steadily.Measure("p99-sec").Median == 0 {
		return one
	}
	lost := reloading.Measure("lost").Median + reloading.Measure("wrong").Median
	ratio := reloading.Measure("p99-sec").Median / steadily.Measure("p99-sec").Median
	one.measured, one.state = fmt.Sprintf("%s lost or wrong, p99 %s", count(lost), factor(ratio)), decided(lost == 0 && ratio <= most)
	if apart := rows["reloads-apart"]; apart != nil {
		one.measured += fmt.Sprintf(" with ten reloads a second, %s with one", factor(apart.Measure("p99-sec").Median/steadily.Measure("p99-sec").Median))
	}
	if noise(all) != "" {
		one.doubt("the steady one was [disturbed](#latency-under-load)")
	}
	return one
}
