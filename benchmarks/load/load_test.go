package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// benchmarkLine is what a result of a scenario looks like to the program that reports it.
var benchmarkLine = regexp.MustCompile(`(?m)^BenchmarkLoad/scenario=([a-z-]+) 1 [1-9]\d* p50-ns [1-9]\d* p90-ns [1-9]\d* p99-ns [1-9]\d* p99\.9-ns [1-9]\d* offered [1-9]\d* served \d+ lost 0 wrong `)

// TestLoad runs every scenario for a short time: no answer may be lost or of two generations, whatever happens to bundles
// and logs, and no answer may be wrong where too much is asked.
func TestLoad(t *testing.T) {
	p := plan{
		rate: 10_000, connections: 16, reloads: 20, overload: 50, every: 20 * time.Millisecond, scenarios: scenarios,
		warm: 200 * time.Millisecond, length: 2200 * time.Millisecond, // more lines than a ring and a pipe hold
	}
	var text strings.Builder
	if err := p.run(t.Context(), &text); err != nil {
		t.Error(err)
	}
	var ran []string
	for _, match := range benchmarkLine.FindAllStringSubmatch(text.String(), -1) {
		ran = append(ran, match[1])
	}
	if got := strings.Join(ran, ", "); got != names(scenarios) {
		t.Errorf("results of %s, want %s", got, names(scenarios))
	}
	if !strings.Contains(text.String(), "20 reloads seen\n") {
		t.Error("no word of reloads")
	}
	t.Log(text.String())
}
