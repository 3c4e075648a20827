//go:build !race

package wasm_test

import (
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/runtime/wasm"
)

// TestDecisionsDoNotAllocate holds decisions, and single conditions, to no allocation in Go.
func TestDecisionsDoNotAllocate(t *testing.T) {
	c := compile(t, files(strings.ReplaceAll(hammered, "%s", "a")))
	r := newRuntime(t)
	e := newEngine(t, r, c, wasm.Options{Instances: 1})
	engine, conditions := mixed(t, r, c, wasm.Options{Instances: 1})
	defer conditions.Close()
	request := ask(t, c, "rosa", "newsletter:update:7")
	request.Context = object(t, `{"tags": ["aa", "ab"]}`)
	names := ask(t, c, strings.Repeat("a long name ", 10), "newsletter:update:7")
	for name, decide := range map[string]func() error{
		"whole": func() error { _, err := e.Decide(request); return err },
		"allow": func() error { _, err := e.Allow(names); return err },
		"table": func() error { _, err := engine.Decide(request); return err },
	} {
		if n := testing.AllocsPerRun(200, func() {
			if err := decide(); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
