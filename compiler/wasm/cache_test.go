package wasm_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/wasm"
)

// TestCache gives the module of the call before where the Rego is the same, and that of [wasm.Compile] always.
func TestCache(t *testing.T) {
	var cache wasm.Cache
	first := members(t, model(t, "roles: {a: {permissions: [\"doc:read\"]}}\n"))
	grown := maps.Clone(first)
	grown["lictor/data.json"] = []byte(`{"other":"data"}`)
	changed := members(t, model(t, "roles: {a: {permissions: [\"doc:read:1:x\"]}}\n"))
	var before []byte
	for _, step := range []struct {
		name    string
		members map[string][]byte
		points  []string
		known   bool
	}{
		{"nothing known", first, rego.Entrypoints, false},
		{"the same", first, rego.Entrypoints, true},
		{"other data", grown, rego.Entrypoints, true},
		{"other entrypoints", first, rego.Entrypoints[:1], false},
		{"other Rego", changed, rego.Entrypoints, false},
		{"the first again", first, rego.Entrypoints, false},
	} {
		want, err := wasm.Compile(t.Context(), step.members, step.points)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cache.Compile(t.Context(), step.members, step.points)
		if err != nil || !bytes.Equal(want, got) {
			t.Fatalf("%s: another module, or %v", step.name, err)
		}
		if known := before != nil && &before[0] == &got[0]; known != step.known {
			t.Errorf("%s: kept %t, want %t", step.name, known, step.known)
		}
		before = got
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cache.Compile(done, first, rego.Entrypoints); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	t.Setenv("EXPERIMENTAL_WASM_OPT", "-O4")
	if _, err := cache.Compile(t.Context(), first, rego.Entrypoints); err == nil {
		t.Error("an environment that changes modules is no error when one is kept")
	}
}
