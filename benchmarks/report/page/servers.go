package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/report/plot"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// server is something that answers the same request over HTTP.
type server struct {
	name  string
	group group
	rate  results.Measure // requests a second
	times results.Measure // the rate against that of OPA's server, turn by turn
	took  results.Measure // processor time of the server for an answer; not measured everywhere
	less  results.Measure // how often it goes into that of OPA's server
}

// servers is the throughput over HTTP.
func servers(d *document, in *input, _ *comparison) error {
	d.heading(2, "Over HTTP")
	if err := turns(d, in); err != nil {
		return err
	}
	d.heading(3, "Beside OPA's server")
	d.paragraph("The workload is `rbac-1000`.")
	all, err := in.servers()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		d.gap("results/peers.txt has no BenchmarkHTTPPeers, so nothing is known of OPA's server")
		return nil
	}
	b := rates("Requests a second on the same request, beside OPA's server", all)
	if err := d.show("http-peers", b.Title, b); err != nil {
		return err
	}
	d.paragraph("The clients share the cores with the server that they ask, so that what they take themselves is in each rate. It is not in the time " +
		"that the processor gave to the server's process for an answer, which says what a server can do whose clients are elsewhere.")
	var rows [][]string
	for _, one := range all {
		rows = append(rows, []string{
			one.name, withSpread(one.rate, count), withSpread(one.times, digits), perhaps(one.took, seconds), perhaps(one.less, digits),
		})
	}
	d.table([]string{
		"server", "requests a second", "times OPA's server, turn by turn", "processor time for an answer", "times less than OPA's server",
	}, rows)
	return nil
}

// turns is BenchmarkHTTP: edges and a server that answers a constant, in turns within one run.
func turns(d *document, in *input) error {
	d.heading(3, "Beside a server that answers a constant")
	rows := in.results["http"].Find("HTTP")
	if len(rows) == 0 {
		d.gap("results/http.txt has no BenchmarkHTTP")
		return nil
	}
	var all []server
	var table [][]string
	for _, e := range edges {
		rate, share := rows[0].Measure(e.name+"/s"), rows[0].Measure(e.name+"/constant")
		if rate.Runs == 0 || share.Runs == 0 {
			if e.some {
				d.gap("results/http.txt has no server %q", e.title)
				continue
			}
			return in.wrong("http", rows[0], "no "+e.name+"/s or no "+e.name+"/constant")
		}
		all = append(all, server{name: e.title, group: e.group, rate: rate})
		table = append(table, []string{e.title, withSpread(rate, count), withSpread(share, digits), shareOf(rows[0].Measure(e.name + "/bounded"))})
	}
	for _, unit := range rows[0].Units() {
		if name, ok := strings.CutSuffix(unit, "/constant"); ok && !slices.ContainsFunc(edges, func(e rival) bool { return e.name == name }) {
			return in.wrong("http", rows[0], fmt.Sprintf("no server of the name %q", name))
		}
	}
	d.paragraph("The server that answers a constant bounds nothing. The bounded one sends the bytes of an edge and has its timeouts and limits.")
	b := rates("Requests a second over loopback, beside a constant", all)
	if err := d.show("http", b.Title, b); err != nil {
		return err
	}
	d.table([]string{"server", "requests a second", "share of the constant, turn by turn", "share of the bounded one"}, table)
	return nil
}

func shareOf(m results.Measure) string { return perhaps(m, digits) }

// perhaps is withSpread for what was not measured in every result.
func perhaps(m results.Measure, format func(float64) string) string {
	if m.Runs == 0 {
		return unmeasured
	}
	return withSpread(m, format)
}

// rival is a server of BenchmarkHTTP.
type rival struct {
	name, title string
	group       group
	some        bool // is not in every result
}

var edges = []rival{
	{"constant", "a constant", floor, false},
	{"bounded", "a constant, bounded", floor, true},
	{"edge", "edge", ours, false},
	{"metrics", "edge, metrics", ours, false},
	{"log", "edge, metrics, access log", ours, false},
	{"decisions", "edge, metrics, decision log", ours, true},
}

// servers returns what BenchmarkHTTPPeers measured, the fastest first.
func (in *input) servers() ([]server, error) {
	rows := in.results["peers"].Find("HTTPPeers")
	if len(rows) == 0 {
		return nil, nil
	}
	r := rows[0]
	var all []server
	for _, unit := range r.Units() {
		name, ok := strings.CutSuffix(unit, "/s")
		if !ok {
			continue
		}
		if !r.Has(name + "/opa-server") {
			return nil, in.wrong("peers", r, "no "+name+"/opa-server")
		}
		one := server{
			name: name, group: ours, rate: r.Measure(unit), times: r.Measure(name + "/opa-server"),
			took: r.Measure(name + "-sec/answer"), less: r.Measure(name + "/opa-server-cpu"),
		}
		switch {
		case strings.Contains(name, "constant"):
			one.group = floor
		case !strings.HasPrefix(name, "lictor-"):
			one.group = peer
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, in.wrong("peers", r, "no server's requests a second")
	}
	slices.SortStableFunc(all, func(a, b server) int { return compare(b.rate.Median, a.rate.Median) })
	return all, nil
}

// rates is servers as bars.
func rates(title string, all []server) *plot.Bars {
	b := &plot.Bars{Title: title, Axis: plot.Axis{Title: "requests a second, median", Format: count}, Kinds: []plot.Kind{
		kinds[ours], kinds[peer], {Name: "a constant answer", Style: kinds[floor].Style},
	}}
	for _, one := range all {
		b.Bars = append(b.Bars, plot.Bar{
			Name: one.name, Kind: int(one.group), Value: one.rate.Median, Low: one.rate.Low, High: one.rate.High,
			Text: withSpread(one.rate, count),
		})
	}
	return b
}
