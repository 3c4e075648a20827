package wasm_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/runtime/wasm"
	"github.com/lictor-dev/lictor/runtime/wasm/guard"
)

// FuzzModule loads whatever claims to be a policy. One that starts must end what it is asked, and what is refused must leave
// nothing behind.
func FuzzModule(f *testing.F) {
	for _, m := range []module{
		{},
		{start: []byte{opDrop}, extra: doubling()},
		{bodies: map[string][]byte{"opa_eval": when(forEver...)}},
		{bodies: map[string][]byte{"opa_eval": when(allocates...)}},
		{more: [][]byte{imported("env", "opa_println", 0, 1)}, table: 3},
	} {
		f.Add(m.encode())
	}
	r := wasm.NewRuntime("")
	options := wasm.Options{Instances: 1, Start: 20 * time.Millisecond, Deadline: 20 * time.Millisecond, Pages: 16}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := slices.Clone(text)
		c, err := r.Conditions(text, options)
		if !slices.Equal(text, before) {
			t.Error("the module was changed")
		}
		if err == nil {
			c.Condition("r1", []byte(`{"now":1800000000}`))
			c.Close()
		}
		if u := r.Usage(); u != (wasm.Usage{}) {
			t.Errorf("left over: %+v after %v", u, err)
		}
	})
}

// TestRewrittenOnce shows that what was rewritten is no policy any more: nobody can be given it by mistake.
func TestRewrittenOnce(t *testing.T) {
	t.Parallel()
	once, err := guard.Rewrite((&module{}).encode(), 16)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guard.Rewrite(once, 16); err == nil {
		t.Error("a rewritten module is rewritten again")
	} else if missing, ok := errors.AsType[*guard.ImportError](err); !ok || missing.Name != "memory" {
		t.Errorf("%v", err)
	}
}
