package metrics_test

import (
	"bufio"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// readme returns the guide of the edge.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReadmeNamesEveryMetric wants each metric in the table of the guide with its type and labels, and no others.
func TestReadmeNamesEveryMetric(t *testing.T) {
	t.Parallel()
	documented := map[string]string{}
	row := regexp.MustCompile("(?m)^\\| `(lictor_[a-z_]+)` \\| ([a-z]+) \\|([^|]*)\\|")
	for _, match := range row.FindAllStringSubmatch(readme(t), -1) {
		documented[match[1]] = strings.TrimSpace(match[2] + " " + strings.TrimSpace(strings.NewReplacer("`", "", ",", "").Replace(match[3])))
	}
	m := newMetrics(running())
	m.Observe(&observe.Answered{Route: evaluation, Status: 200})
	m.Followed("certificate", nil)
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]string{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "lictor_") {
			continue
		}
		words := []string{strings.ToLower(f.GetType().String())}
		for _, pair := range f.GetMetric()[0].GetLabel() {
			words = append(words, pair.GetName())
		}
		there[f.GetName()] = strings.Join(words, " ")
	}
	if diff := cmp.Diff(there, documented); diff != "" {
		t.Errorf("metrics (-there +documented):\n%s", diff)
	}
}

// TestReadmeNamesEveryKind wants the values of the labels that are closed sets in the guide.
func TestReadmeNamesEveryKind(t *testing.T) {
	t.Parallel()
	guide := readme(t)
	kind := regexp.MustCompile(`lictor_bundle_events_total\{kind="([a-z_]+)"\}`)
	kinds := kind.FindAllStringSubmatch(strings.Join(scrape(t, newMetrics(running())), "\n"), -1)
	if len(kinds) < 9 {
		t.Errorf("%d kinds", len(kinds))
	}
	for _, k := range kinds {
		if !strings.Contains(guide, "`"+k[1]+"`") {
			t.Errorf("the guide does not name the kind %s", k[1])
		}
	}
	for f := range wasm.Failure(wasm.FailureCount) {
		if !strings.Contains(guide, "`"+f.String()+"`") {
			t.Errorf("the guide does not name the failure %s", f)
		}
	}
}

// TestNothingOfCallers puts text of a caller wherever a request has some and finds none of it in the metrics.
func TestNothingOfCallers(t *testing.T) {
	t.Parallel()
	m := newMetrics(running())
	const secret = "s3cret"
	m.Observe(&observe.Answered{
		Route: "/" + secret, Method: secret, Status: 200, Caller: secret, Revision: secret, RequestID: []byte(secret),
		Decided: [decision.CodeCount]uint32{decision.Allowed: 1},
	})
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for s := bufio.NewScanner(w.Body); s.Scan(); {
		if strings.Contains(s.Text(), secret) {
			t.Errorf("line %s", s.Text())
		}
	}
}
