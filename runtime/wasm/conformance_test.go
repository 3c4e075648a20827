package wasm_test

import (
	"testing"

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
		if testing.Short() && i%8 != 0 {
			continue
		}
		c.Requests = plain(c.Requests)
		asked += len(c.Requests)
		t.Run(c.Name, func(t *testing.T) {
			compiled := compile(t, &c)
			engine := newEngine(t, runtime, compiled, wasm.Options{Instances: 1})
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
