package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

func compare(a, b float64) int { return cmp.Compare(a, b) }

// better lists every number in which something else is ahead of Lictor.
func better(d *document, in *input, c *comparison) error {
	d.heading(2, "Where others are better")
	d.paragraph("Every number on this page in which something else is ahead, however little; ≈ marks those where the runs of both are too near one another to tell.")
	unknown, err := in.unknown(c)
	if err != nil {
		return err
	}
	before := d.Len()
	faster(d, c, peer)
	leaner(d, c)
	flatter(d, c)
	if err := quicker(d, in); err != nil {
		return err
	}
	if err := smaller(d, in); err != nil {
		return err
	}
	switch {
	case len(unknown) == len(areas):
		d.paragraph("Not known: no other engine was measured.")
	case len(unknown) > 0:
		d.paragraph("Not known %s: no other engine was measured there.", strings.Join(unknown, " and "))
	case d.Len() == before:
		d.paragraph("Nowhere, as far as this was measured (see what is missing).")
	}
	floors(d, in, c)
	return nil
}

// areas are where others are measured beside Lictor.
var areas = []string{"in process", "over HTTP", "in loading and memory"}

// unknown returns the areas in which no engine but Lictor's was measured.
func (in *input) unknown(c *comparison) ([]string, error) {
	servers, err := in.servers()
	if err != nil {
		return nil, err
	}
	footprints, err := in.footprints()
	if err != nil {
		return nil, err
	}
	measured := []bool{
		c.any(peer),
		slices.ContainsFunc(servers, func(s server) bool { return s.group == peer }),
		slices.ContainsFunc(footprints, func(f footprint) bool {
			return slices.ContainsFunc(holders, func(h holder) bool { return h.group == peer && f.engines[h.name] != nil })
		}),
	}
	var unknown []string
	for i, area := range areas {
		if !measured[i] {
			unknown = append(unknown, area)
		}
	}
	return unknown, nil
}

// item writes a line of a list.
func (d *document) item(format string, args ...any) { fmt.Fprintf(d, "- "+format+"\n", args...) }

// faster lists the workloads in which engines of a group take less time: peers less than any engine of ours, floors less than tables.
func faster(d *document, c *comparison, of group) {
	before := d.Len()
	for _, us := range engines {
		if us.group != ours || of == floor && us.name != "lictor-table" {
			continue
		}
		for _, them := range engines {
			if them.group != of {
				continue
			}
			if where := c.ahead(us.name, them.name); len(where) > 0 {
				d.item("%s is faster than %s with %s.", them.title, us.title, strings.Join(where, ", "))
			}
		}
	}
	d.end(before)
}

// end ends a list, if it has begun.
func (d *document) end(before int) {
	if d.Len() > before {
		d.WriteByte('\n')
	}
}

// ahead returns the workloads in which them is faster than us, with factors.
func (c *comparison) ahead(us, them string) []string {
	var where []string
	for _, w := range workloads {
		a, b := c.cells[pair{w.name, us}], c.cells[pair{w.name, them}]
		if a.measured() && b.measured() && b.time.Median <= a.time.Median {
			where = append(where, fmt.Sprintf("`%s` (%s%s)", w.name, near(a.time, b.time), factor(a.time.Median/b.time.Median)))
		}
	}
	return where
}

func near(a, b results.Measure) string {
	if results.Differ(a, b) {
		return ""
	}
	return "≈ "
}

// leaner lists the workloads in which a peer allocates less than Lictor's tables.
func leaner(d *document, c *comparison) {
	before := d.Len()
	for _, them := range engines {
		if them.group != peer {
			continue
		}
		var where []string
		for _, w := range workloads {
			a, b := c.cells[pair{w.name, "lictor-table"}], c.cells[pair{w.name, them.name}]
			if a.measured() && b.measured() && (b.bytes.Median < a.bytes.Median || b.allocs.Median < a.allocs.Median) {
				where = append(where, fmt.Sprintf("`%s` (%s against %s)", w.name, allocationsOf(b), allocationsOf(a)))
			}
		}
		if len(where) > 0 {
			d.item("%s allocates less than Lictor's tables with %s.", them.title, strings.Join(where, ", "))
		}
	}
	d.end(before)
}

// flatter lists the peers whose time grows by a smaller factor than that of Lictor's tables.
func flatter(d *document, c *comparison) {
	before := d.Len()
	for _, f := range families {
		curves := c.curves(f.name)
		if len(curves) == 0 || curves[0].name != engineOf("lictor-table").title {
			continue
		}
		for _, them := range curves[1:] {
			us := curves[0].along(&them)
			if them.peer() && len(us.points) > 1 && them.rise() < us.rise() {
				d.item("Over %s, from %s to %s, the time of %s grows less in proportion: %s (%s), that of Lictor's tables %s (%s).", f.title,
					count(them.points[0].size), count(them.points[len(them.points)-1].size), them.name,
					factor(them.rise()), more(them.increase()), factor(us.rise()), more(us.increase()))
			}
		}
	}
	d.end(before)
}

// along returns the part of a curve that has the sizes of another one.
func (c *curve) along(other *curve) *curve {
	part := curve{name: c.name, style: c.style}
	for _, p := range c.points {
		if slices.ContainsFunc(other.points, func(o point) bool { return o.size == p.size }) {
			part.points = append(part.points, p)
		}
	}
	return &part
}

func (c *curve) peer() bool {
	for _, e := range engines {
		if e.title == c.name {
			return e.group == peer
		}
	}
	return false
}

// quicker lists the servers that answer more requests than an edge.
func quicker(d *document, in *input) error {
	all, err := in.servers()
	if err != nil {
		return err
	}
	before := d.Len()
	for _, them := range all {
		for _, us := range all {
			if us.group == ours && them.group == peer && them.rate.Median >= us.rate.Median {
				d.item("Over HTTP %s answers %s as many requests as %s.", them.name, factor(them.rate.Median/us.rate.Median), us.name)
			}
		}
	}
	d.end(before)
	return nil
}

// smaller lists the policies that OPA loads faster or in less memory.
func smaller(d *document, in *input) error {
	all, err := in.footprints()
	if err != nil {
		return err
	}
	before := d.Len()
	for _, q := range quantities {
		for _, f := range all {
			us := f.engines["lictor"]
			for _, h := range holders {
				them := f.engines[h.name]
				if us == nil || them == nil || h.group != peer {
					continue
				}
				if a, b := us.Measure(q.unit), them.Measure(q.unit); b.Median <= a.Median {
					d.item("%s: with `%s` %s needs %s%s, Lictor %s.", q.title, f.policy, h.title, near(a, b), q.format(b.Median), q.format(a.Median))
				}
			}
		}
	}
	d.end(before)
	return nil
}
