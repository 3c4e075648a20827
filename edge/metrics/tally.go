package metrics

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

var (
	descRequests  = describe("lictor_requests_total", "Requests answered on the data listener.", "route", "status")
	descDecisions = describe("lictor_decisions_total", "Decisions made, by result and reason code.", "result", "code")
	descLatency   = describe("lictor_request_duration_seconds", "From a request read to its answer complete, without the network.", "route")
)

// tally counts requests: what happens in every one of them costs no more than a few additions.
type tally struct {
	decisions [decision.CodeCount]atomic.Uint64 // in requests that are not plain
	routes    []*route                          // the last one is of requests that found none
}

// route counts the requests of one line of the routing table.
type route struct {
	path string
	_    [cacheLine]byte // cores that count do not take the path from one another

	lanes    [lanes]lane
	statuses [600]atomic.Uint64 // of HTTP, in requests that are not plain; 0 for one that is none
}

// lanes is how many cores can count without taking what they write to from one another.
const lanes = 8

const cacheLine = 64 // bytes

// lane counts some of the requests of a route: plain ones, which were answered with one decision and status 200, by its
// code, and in the last line all others.
type lane [decision.CodeCount + 1]line

// line counts requests. What a request changes stands within one line of the cache, unless it took long.
type line struct {
	took    atomic.Int64                   // all together, nanoseconds
	buckets [len(bounds) + 1]atomic.Uint64 // by how long they took; the last one is without a bound
	_       [3*cacheLine - 8*(len(bounds)+2)]byte
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
func (t *tally) observe(a *observe.Answered) {
	r := t.route(a.Route)
	kind := kindOf(a)
	r.lanes[a.Lane%lanes][kind].observe(a.Took)
	if kind < decision.CodeCount {
		return
	}
	for code, n := range a.Decided {
		if n > 0 {
			t.decisions[code].Add(uint64(n))
		}
	}
	status := a.Status
	if status < 0 || status >= len(r.statuses) {
		status = 0
	}
	r.statuses[status].Add(1)
}

// kindOf returns the line of a lane that a request belongs to.
func kindOf(a *observe.Answered) int {
	kind, sum := 0, uint32(0)
	for code, n := range a.Decided {
		if sum += n; n > 0 {
			kind = code
		}
	}
	if sum != 1 || a.Status != http.StatusOK {
		return decision.CodeCount
	}
	return kind
}

func (l *line) observe(took time.Duration) {
	i := 0
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	l.took.Add(int64(took))
	l.buckets[i].Add(1)
}

// Describe names what there is.
func (t *tally) Describe(to chan<- *prometheus.Desc) {
	to <- descRequests
	to <- descDecisions
	to <- descLatency
}

// Collect reads the counters.
func (t *tally) Collect(to chan<- prometheus.Metric) {
	var decisions [decision.CodeCount]uint64
	for i := range decisions {
		decisions[i] = t.decisions[i].Load()
	}
	for _, r := range t.routes {
		sum := r.sum()
		ok := r.statuses[http.StatusOK].Load()
		for code := range decisions {
			n := sum[code].count()
			decisions[code] += n
			ok += n
		}
		r.requests(to, http.StatusOK, ok)
		for status := range r.statuses {
			if status != http.StatusOK {
				r.requests(to, status, r.statuses[status].Load())
			}
		}
		to <- r.latency(&sum)
	}
	for code, n := range decisions {
		result := "deny"
		if decision.Code(code) == decision.Allowed {
			result = "allow"
		}
		to <- counter(descDecisions, n, result, decision.Code(code).String())
	}
}

// requests tells of the requests of a status that was ever answered.
func (r *route) requests(to chan<- prometheus.Metric, status int, n uint64) {
	if n > 0 {
		to <- counter(descRequests, n, r.path, strconv.Itoa(status))
	}
}

func counter(d *prometheus.Desc, n uint64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

// read is a line as it was read.
type read struct {
	took    time.Duration
	buckets [len(bounds) + 1]uint64
}

// sum adds the lanes of a route up.
func (r *route) sum() (all [decision.CodeCount + 1]read) {
	for i := range r.lanes {
		for kind := range all {
			to, from := &all[kind], &r.lanes[i][kind]
			to.took += time.Duration(from.took.Load())
			for bucket := range to.buckets {
				to.buckets[bucket] += from.buckets[bucket].Load()
			}
		}
	}
	return all
}

// count returns how many requests there were.
func (l *read) count() (n uint64) {
	for _, bucket := range l.buckets {
		n += bucket
	}
	return n
}

// latency returns the histogram of how long requests took.
func (r *route) latency(sum *[decision.CodeCount + 1]read) prometheus.Metric {
	var count uint64
	var took time.Duration
	buckets := make(map[float64]uint64, len(bounds))
	for i := range len(bounds) + 1 {
		for kind := range sum {
			count += sum[kind].buckets[i]
		}
		if i < len(bounds) {
			buckets[bounds[i].Seconds()] = count
		}
	}
	for kind := range sum {
		took += sum[kind].took
	}
	return prometheus.MustNewConstHistogram(descLatency, count, took.Seconds(), buckets, r.path)
}
