package wasm_test

import (
	"testing"
	"time"

	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// TestConformance puts what the input of the entrypoints can say of every case to the engine.
func TestConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	runtime := newRuntime(t)
	asked := 0
	for i := range cases {
		c := cases[i]
		if testing.Short() && i%16 != 0 {
			continue
		}
		c.Requests = plain(c.Requests)
		asked += len(c.Requests)
		t.Run(c.Name, func(t *testing.T) {
			compiled := compile(t, &c)
			engine := newEngine(t, runtime, compiled, wasm.Options{Instances: 1, Deadline: patient})
			conformance.Run(t, &c, compiled.model, engine)
		})
	}
	t.Logf("%d requests in %d cases", asked, len(cases))
	if asked < len(cases) && !testing.Short() {
		t.Errorf("only %d requests in %d cases can be said", asked, len(cases))
	}
	if u := runtime.Usage(); u != (wasm.Usage{}) {
		t.Errorf("left over: %+v", u)
	}
}

// patient is a deadline for tests, whose machines may be slow.
const patient = 30 * time.Second

// TestRegoConformance puts the cases with conditions that only Rego can evaluate to both: the engine that is all
// WebAssembly, and the table engine that asks it for these conditions.
func TestRegoConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.RegoCases()
	if err != nil {
		t.Fatal(err)
	}
	runtime := newRuntime(t)
	for i := range cases {
		if testing.Short() && i%8 != 0 {
			continue
		}
		c := cases[i]
		t.Run(c.Name, func(t *testing.T) {
			compiled := compile(t, &c)
			engine, conditions := mixed(t, runtime, compiled, wasm.Options{Instances: 1, Deadline: patient})
			defer conditions.Close()
			t.Run("table", func(t *testing.T) { conformance.Run(t, &c, compiled.model, engine) })
			if got := failures(conditions); len(got) > 0 {
				t.Errorf("failures: %v", got)
			}
			c.Requests = plain(c.Requests)
			whole := newEngine(t, runtime, compiled, wasm.Options{Instances: 1, Deadline: patient})
			t.Run("wasm", func(t *testing.T) { conformance.Run(t, &c, compiled.model, whole) })
		})
	}
	if len(cases) < 20 {
		t.Errorf("only %d cases", len(cases))
	}
}

// plain returns the requests that an input says whole, without their role checks.
func plain(requests []conformance.Request) []conformance.Request {
	var kept []conformance.Request
	for _, r := range requests {
		if r.Plain() && r.Code != "" {
			r.Roles = nil
			kept = append(kept, r)
		}
	}
	return kept
}
