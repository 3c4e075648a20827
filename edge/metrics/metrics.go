// Package metrics counts what an edge does, in the form that Prometheus collects. Nothing that a caller said becomes
// a label: routes and codes are those of the program, revisions those of the operator's bundles.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lictor-dev/lictor/edge/observe"
)

// Unmatched is the label of requests that found no route.
const Unmatched = "unmatched"

// bounds are those of the latency's buckets: from what a decision takes to what a caller gives up at.
var bounds = [...]time.Duration{
	10 * time.Microsecond, 25 * time.Microsecond, 50 * time.Microsecond,
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	1 * time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
}

// Metrics are the counters of one edge, in a registry of their own. They are an [observe.Observer] and safe for
// concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	events   *prometheus.CounterVec
	stale    *prometheus.GaugeVec
	tally    *tally
}

// New returns metrics for requests to routes; requests to others count as [Unmatched]. The version is that of the
// running program.
func New(version string, routes []string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lictor_bundle_events_total", Help: "What became of bundles: loaded, unchanged, refused and the like.",
		}, []string{"kind"}),
		stale: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "lictor_stale_files", Help: "Whether files are bad as they are now, so that what they held before counts.",
		}, []string{"what"}),
		tally: newTally(routes),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "lictor_build_info", Help: "The version that runs; always 1.", ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.tally, m.events, m.stale, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, kind := range kinds {
		m.events.WithLabelValues(label(kind))
	}
	return m
}

// Followed notes whether files of the configuration could be taken up as they are now. What they are is the operator's
// word for them.
func (m *Metrics) Followed(what string, err error) {
	value := 0.0
	if err != nil {
		value = 1
	}
	m.stale.WithLabelValues(what).Set(value)
}

// Observe counts one request. It allocates nothing.
func (m *Metrics) Observe(a *observe.Answered) { m.tally.observe(a) }

// Handler writes all metrics, in the text format or as OpenMetrics, whichever the client accepts.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true})
}

// Gatherer hands the metrics to other collectors.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }
