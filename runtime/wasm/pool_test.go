package wasm_test

import (
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

var compiledGrammar permission.Grammar

// slow is a policy that ends no evaluation but the first.
func slow() []byte {
	return (&module{bodies: map[string][]byte{"opa_eval": when(forEver...)}}).encode()
}

// TestWaitingIsBounded has more ask than there are instances: each gets an answer when its time is over.
func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()
	r := newRuntime(t)
	c, err := r.Conditions(slow(), wasm.Options{Instances: 2, Deadline: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if truth := c.Condition("r1", []byte(`{"now":1800000000}`)); truth != decision.Unknown {
				t.Errorf("%v", truth)
			}
		})
	}
	all.Wait()
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if late, busy := c.Failures(wasm.Deadline), c.Failures(wasm.Busy); late == 0 || busy == 0 || late+busy != 16 {
		t.Errorf("failures %v", failures(c))
	}
	if n := r.Failures(wasm.Busy); n != c.Failures(wasm.Busy) {
		t.Errorf("the runtime counts %d", n)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	r := wasm.NewRuntime("")
	c, err := r.Conditions((&module{}).encode(), wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.Engine((&module{}).encode(), []byte("{}"), compiledGrammar, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if u := r.Usage(); u != (wasm.Usage{Policies: 2, Instances: 2, Bytes: 4 << 16}) {
		t.Errorf("%+v", u)
	}
	c.Close()
	c.Close()
	e.Close()
	if truth := c.Condition("r1", []byte(`{}`)); truth != decision.Unknown || c.Failures(wasm.Closed) != 1 {
		t.Errorf("%v, %v", truth, failures(c))
	}
	_, err = e.Decide(&decision.Request{Permissions: []permission.Permission{parse(t, "a")}})
	if failed, ok := errors.AsType[*wasm.EvaluationError](err); !ok || failed.Failure != wasm.Closed {
		t.Errorf("%v", err)
	}
	if u := r.Usage(); u != (wasm.Usage{}) {
		t.Errorf("left over: %+v", u)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if _, err := r.Conditions((&module{}).encode(), wasm.Options{}); !errors.Is(err, wasm.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// TestGarbage drops engines without closing them.
func TestGarbage(t *testing.T) {
	t.Parallel()
	r := newRuntime(t)
	for range 10 {
		if _, err := r.Conditions((&module{}).encode(), wasm.Options{}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Engine((&module{}).encode(), []byte("{}"), compiledGrammar, wasm.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for until := time.Now().Add(20 * time.Second); r.Usage() != (wasm.Usage{}); {
		if time.Now().After(until) {
			t.Fatalf("left over: %+v", r.Usage())
		}
		runtime.GC()
		runtime.Gosched()
	}
}

// TestInputIsBounded leaves the instance as it is: whoever asks too much must not make others wait for another one.
func TestInputIsBounded(t *testing.T) {
	t.Parallel()
	c, err := newRuntime(t).Conditions((&module{}).encode(), wasm.Options{Instances: 1, Input: 200, Deadline: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	large := append(append([]byte(`{"x":"`), make([]byte, 200)...), `"}`...)
	for n := range uint64(3) {
		if truth := c.Condition("r1", large); truth != decision.Unknown || c.Failures(wasm.TooLarge) != n+1 {
			t.Errorf("%v, %v", truth, failures(c))
		}
	}
	c.Condition("r1", []byte(`{}`))
	if got := failures(c); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
