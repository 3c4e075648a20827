package metrics

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lictor-dev/lictor/runtime/decision"
)

var (
	descRequests  = describe("lictor_requests_total", "Requests answered on the data listener.", "route", "status")
	descDecisions = describe("lictor_decisions_total", "Decisions made, by result and reason code.", "result", "code")
	descLatency   = describe("lictor_request_duration_seconds", "From a request read to its answer complete, without the network.", "route")
)

// tally counts requests: what happens in every one of them costs no more than a few additions.
type tally struct {
	decisions [decision.CodeCount]atomic.Uint64
	routes    []*route // the last one is of requests that found none
}

// route counts the requests of one line of the routing table.
type route struct {
	// What nearly every request changes stands together: all cores write to it, and take it from one another.
	took    atomic.Int64                   // all together, nanoseconds
	ok      atomic.Uint64                  // those with status 200
	buckets [len(bounds) + 1]atomic.Uint64 // by how long they took; the last one is without a bound

	statuses [600]atomic.Uint64 // of HTTP, the others; 0 for one that is none
	path     string
}

func newTally(paths []string) *tally {
	t := new(tally)
	for _, path := range paths {
		t.routes = append(t.routes, &route{path: path})
	}
	t.routes = append(t.routes, &route{path: Unmatched})
	return t
}

// route returns the counters of the route with a path.
func (t *tally) route(path string) *route {
	for _, r := range t.routes {
		if r.path == path {
			return r
		}
	}
	return t.routes[len(t.routes)-1]
}

// observe counts a request.
func (r *route) observe(status int, took time.Duration) {
	i := 0
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	r.buckets[i].Add(1)
	r.took.Add(int64(took))
	switch {
	case status == http.StatusOK:
		r.ok.Add(1)
	case status < 0 || status >= len(r.statuses):
		r.statuses[0].Add(1)
	default:
		r.statuses[status].Add(1)
	}
}

// Describe names what there is.
func (t *tally) Describe(to chan<- *prometheus.Desc) {
	to <- descRequests
	to <- descDecisions
	to <- descLatency
}

// Collect reads the counters.
func (t *tally) Collect(to chan<- prometheus.Metric) {
	for i := range t.decisions {
		result := "deny"
		if decision.Code(i) == decision.Allowed {
			result = "allow"
		}
		to <- counter(descDecisions, t.decisions[i].Load(), result, decision.Code(i).String())
	}
	for _, r := range t.routes {
		r.requests(to, http.StatusOK, &r.ok)
		for status := range r.statuses {
			r.requests(to, status, &r.statuses[status])
		}
		to <- r.latency()
	}
}

// requests reads the counter of a status that was ever answered.
func (r *route) requests(to chan<- prometheus.Metric, status int, from *atomic.Uint64) {
	if n := from.Load(); n > 0 {
		to <- counter(descRequests, n, r.path, strconv.Itoa(status))
	}
}

func counter(d *prometheus.Desc, n uint64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

// latency returns the histogram of how long requests took.
func (r *route) latency() prometheus.Metric {
	var count uint64
	buckets := make(map[float64]uint64, len(bounds))
	for i, bound := range bounds {
		count += r.buckets[i].Load()
		buckets[bound.Seconds()] = count
	}
	count += r.buckets[len(bounds)].Load()
	return prometheus.MustNewConstHistogram(descLatency, count, time.Duration(r.took.Load()).Seconds(), buckets, r.path)
}
