package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lictor-dev/lictor/runtime/live"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// kinds are what [live.Options.Notify] tells, there from the start so that a first refusal is an increase.
var kinds = []live.Kind{
	live.Loaded, live.Unchanged, live.Refused, live.Restored, live.Pinned,
	live.PinFailed, live.Waiting, live.StateFailed, live.WatchFailed,
}

func label(k live.Kind) string { return strings.ReplaceAll(string(k), " ", "_") }

// Notify counts what became of a bundle: it is a [live.Options.Notify].
func (m *Metrics) Notify(e live.Event) { m.events.WithLabelValues(label(e.Kind)).Inc() }

// Lines are how many lines of a log came to what end.
type Lines struct{ Written, Dropped, Failed uint64 }

// State is what an edge is asked for whenever metrics are collected. A nil function leaves its metrics out.
type State struct {
	Status      func() live.Status
	Ready       func() bool
	Connections func() map[string]int // open ones, by the name of the listener
	AccessLog   func() Lines
	DecisionLog func() Lines
	Conditions  func(wasm.Failure) uint64 // failures of conditions that only Rego can evaluate
	Clock       func() time.Time          // nil: time.Now
}

// Follow adds the metrics that are read from the state of an edge. It is called once.
func (m *Metrics) Follow(s State) {
	if s.Clock == nil {
		s.Clock = time.Now
	}
	m.registry.MustRegister(&s)
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	descReady       = describe("lictor_ready", "Whether questions are answered: 1, or 0 without a good bundle and while draining.")
	descInfo        = describe("lictor_generation_info", "The bundle that runs; always 1, absent without one.", "revision")
	descEpoch       = describe("lictor_generation_epoch", "The epoch of the bundle that runs.")
	descAge         = describe("lictor_generation_age_seconds", "How long ago the bundle that runs took over.")
	descRefused     = describe("lictor_refused_bundles", "Bundles that the last reload kept out.")
	descRestored    = describe("lictor_generation_restored", "Whether what runs was restored from the state folder, since its source is away.")
	descPinned      = describe("lictor_generation_pinned", "Whether an operator holds on to a generation.")
	descConnections = describe("lictor_open_connections", "Open connections.", "listener")
	descConditions  = describe("lictor_condition_failures_total", "Conditions in Rego that count as unknown because evaluating them failed.", "reason")
	descAccessLog   = describe("lictor_access_log_lines_total", "Lines of the access log: written, dropped because the log was too slow, failed to be written.", "result")
	descDecisionLog = describe("lictor_decision_log_lines_total", "Lines of the decision log: written, dropped because the log was too slow, failed to be written.", "result")
)

// Describe names what there is.
func (s *State) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descReady, descInfo, descEpoch, descAge, descRestored, descPinned, descRefused, descConnections, descConditions, descAccessLog, descDecisionLog} {
		to <- d
	}
}

// Collect reads the state.
func (s *State) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if s.Status != nil {
		status := s.Status()
		if g := status.Generation; g != nil {
			gauge(descInfo, 1, g.Revision)
			gauge(descEpoch, float64(g.Epoch))
			gauge(descAge, max(0, s.Clock().Sub(g.LoadedAt).Seconds()))
		}
		gauge(descRestored, number(status.Restored))
		gauge(descPinned, number(status.Pinned != nil))
		gauge(descRefused, float64(len(status.Refused)))
	}
	if s.Ready != nil {
		gauge(descReady, number(s.Ready()))
	}
	if s.Connections != nil {
		for listener, n := range s.Connections() {
			gauge(descConnections, float64(n), listener)
		}
	}
	if s.Conditions != nil {
		for f := range wasm.Failure(wasm.FailureCount) {
			to <- prometheus.MustNewConstMetric(descConditions, prometheus.CounterValue, float64(s.Conditions(f)), f.String())
		}
	}
	collectLines(to, descAccessLog, s.AccessLog)
	collectLines(to, descDecisionLog, s.DecisionLog)
}

// collectLines counts the lines of a log that there may be.
func collectLines(to chan<- prometheus.Metric, d *prometheus.Desc, counted func() Lines) {
	if counted == nil {
		return
	}
	lines := counted()
	for result, n := range map[string]uint64{"written": lines.Written, "dropped": lines.Dropped, "failed": lines.Failed} {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), result)
	}
}

func number(fact bool) float64 {
	if fact {
		return 1
	}
	return 0
}
