package evaluator

import (
	"os"
	"testing"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/guest/built"
)

// TestMemoryIsStable puts 10 million checks to one instance, whose memory may not grow, and swaps policies, whose memory
// is used again.
func TestMemoryIsStable(t *testing.T) {
	checks := 10_000_000
	if testing.Short() || raceEnabled {
		checks = 100_000
	}
	e, err := New(t.Context(), built.Module(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	content, err := os.ReadFile("../../table/testdata/format2/springfield.bin")
	if err != nil {
		t.Fatal(err)
	}
	l, err := e.Load(Policy{Tables: content})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	i, err := l.acquire()
	if err != nil {
		t.Fatal(err)
	}
	defer l.release(i)
	p, err := l.Grammar().Parse("organisation:read:SNPP")
	if err != nil {
		t.Fatal(err)
	}
	r := &decision.Request{Subject: decision.Subject{Type: "user", ID: "x"}, Now: 1782907200}
	r.Permissions = append(r.Permissions, p)
	check := func(n int) {
		for range n {
			view := i.view()
			if code, err := i.compact(i.check, view, appendRequest(view[:0], r, l.Grammar())); err != nil || code != uint64(decision.Allowed) {
				t.Fatalf("%d, %v", code, err)
			}
		}
	}
	check(1000)
	before := i.memory.Size()
	check(checks)
	if after := i.memory.Size(); after != before {
		t.Errorf("%d bytes of memory after %d checks, %d before", after, checks, before)
	}
	for range 200 {
		old := i.handle
		if err := i.open(&l.policy); err != nil {
			t.Fatal(err)
		}
		if err := i.number("lictor_close", old); err != nil {
			t.Fatal(err)
		}
	}
	check(1)
	if after := i.memory.Size(); after > before+8<<20 {
		t.Errorf("%d bytes of memory after 200 policies, %d before", after, before)
	}
}
