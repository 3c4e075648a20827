// Package metrics counts what an edge does, in the form that Prometheus collects. Nothing that a caller said becomes
// a label: routes and codes are those of the program, revisions those of the operator's bundles.
package metrics

import (
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Unmatched is the label of requests that found no route.
const Unmatched = "unmatched"

// buckets bound the latency, in seconds: from what a decision takes to what a caller gives up at.
var buckets = []float64{
	10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6,
	1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1,
}

// Metrics are the counters of one edge, in a registry of their own. They are an [observe.Observer] and safe for
// concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	events    *prometheus.CounterVec
	decisions [decision.CodeCount]prometheus.Counter
	routes    map[string]*route
	unmatched *route
}

// route counts the requests of one line of the routing table.
type route struct {
	path     string
	latency  prometheus.Observer
	statuses [600]atomic.Pointer[counter] // by status; filled when a status is first answered
}

// counter is a counter behind a pointer that can be swapped in.
type counter struct{ prometheus.Counter }

// New returns metrics for requests to routes; requests to others count as [Unmatched]. The version is that of the
// running program.
func New(version string, routes []string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lictor_requests_total", Help: "Requests answered on the data listener.",
		}, []string{"route", "status"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lictor_bundle_events_total", Help: "What became of bundles: loaded, unchanged, refused and the like.",
		}, []string{"kind"}),
		routes: make(map[string]*route, len(routes)),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "lictor_build_info", Help: "The version that runs; always 1.", ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.events, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.addDecisions()
	m.addRoutes(routes)
	for _, kind := range kinds {
		m.events.WithLabelValues(label(kind))
	}
	return m
}

func (m *Metrics) addDecisions() {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lictor_decisions_total", Help: "Decisions made, by result and reason code.",
	}, []string{"result", "code"})
	m.registry.MustRegister(vec)
	for i := range m.decisions {
		result := "deny"
		if decision.Code(i) == decision.Allowed {
			result = "allow"
		}
		m.decisions[i] = vec.WithLabelValues(result, decision.Code(i).String())
	}
}

func (m *Metrics) addRoutes(paths []string) {
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lictor_request_duration_seconds", Help: "From a request read to its answer complete, without the network.",
		Buckets: buckets,
	}, []string{"route"})
	m.registry.MustRegister(vec)
	for _, path := range paths {
		m.routes[path] = &route{path: path, latency: vec.WithLabelValues(path)}
	}
	m.unmatched = &route{path: Unmatched, latency: vec.WithLabelValues(Unmatched)}
}

// Observe counts one request. It allocates only when a route answers with a status for the first time.
func (m *Metrics) Observe(a *observe.Answered) {
	r, ok := m.routes[a.Route]
	if !ok {
		r = m.unmatched
	}
	r.latency.Observe(a.Took.Seconds())
	m.count(r, a.Status)
	for code, n := range a.Decided {
		if n > 0 {
			m.decisions[code].Add(float64(n))
		}
	}
}

func (m *Metrics) count(r *route, status int) {
	if status < 0 || status >= len(r.statuses) {
		status = 0
	}
	c := r.statuses[status].Load()
	if c == nil {
		c = &counter{m.requests.WithLabelValues(r.path, strconv.Itoa(status))}
		r.statuses[status].Store(c)
	}
	c.Inc()
}

// Handler writes all metrics, in the text format or as OpenMetrics, whichever the client accepts.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true})
}

// Gatherer hands the metrics to other collectors.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }
