package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestLoad runs a small plan: no answer may be lost or of two generations while bundles are replaced.
func TestLoad(t *testing.T) {
	p := plan{rate: 2000, connections: 16, reloads: 20, steady: 500 * time.Millisecond, every: 20 * time.Millisecond}
	r, err := p.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.verdict(); err != nil {
		t.Error(err)
	}
	if r.steadily.served < 500 || r.reloading.served == 0 || r.before == 0 || r.after == 0 {
		t.Errorf("the load was none: %+v", r)
	}
	var text strings.Builder
	if err := r.write(&text); err != nil || !strings.Contains(text.String(), "20 reloads seen of 20") {
		t.Errorf("%v, %s", err, &text)
	}
}

// TestVerdict wants what went wrong to be an error.
func TestVerdict(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	for name, r := range map[string]report{
		"lost while steady":       {steadily: outcome{lost: 1, first: fault}},
		"wrong during reloads":    {reloading: outcome{wrong: 1, first: fault}},
		"a reload did not happen": {plan: plan{reloads: 2}, swaps: 1},
	} {
		if err := r.verdict(); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	if err := (&report{plan: plan{reloads: 1}, swaps: 1}).verdict(); err != nil {
		t.Error(err)
	}
}
