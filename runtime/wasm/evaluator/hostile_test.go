package evaluator_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/runtime/table"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

// Instructions and types of the WebAssembly core specification, section 5.
const (
	i32, i64               = 0x7f, 0x7e
	opConst32, opConst64   = 0x41, 0x42
	opUnreachable, opEnd   = 0x00, 0x0b
	kindFunction, kindMemo = 0, 2
)

// function is an export of a module made by hand.
type function struct {
	name   string
	params int // i32 each
	gives  byte
	body   []byte
}

// functions are those of an evaluator that answers 0 to everything; its ABI has the given version.
func functions(version byte) []function {
	zero := []byte{opConst32, 0}
	list := []function{{"_initialize", 0, 0, nil}, {"lictor_abi", 0, i32, []byte{opConst32, 0x80, 0x80, version << 2}}}
	for name, params := range map[string]int{"lictor_buffer": 1, "lictor_open_tables": 2, "lictor_prove": 2, "lictor_check": 2, "lictor_has_role": 2} {
		list = append(list, function{name, params, i32, zero})
	}
	for name, params := range map[string]int{"lictor_decide": 2, "lictor_ask": 3, "lictor_error": 0} {
		list = append(list, function{name, params, i64, []byte{opConst64, 0}})
	}
	return list
}

func replace(list []function, name string, body ...byte) []function {
	for i := range list {
		if list[i].name == name {
			list[i].body = body
		}
	}
	return list
}

func leb(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func section(id byte, items ...[]byte) []byte {
	content := append(leb(len(items)), bytes.Join(items, nil)...)
	return append(append([]byte{id}, leb(len(content))...), content...)
}

func text(s string) []byte { return append(leb(len(s)), s...) }

// assemble makes a module with one memory.
func assemble(list []function, imports ...string) []byte {
	var types, declared, exports, code, imported [][]byte
	for _, name := range imports {
		imported = append(imported, append(append(text("env"), text(name)...), kindFunction, byte(len(list))))
	}
	for i, f := range list {
		kind := append(append([]byte{0x60}, leb(f.params)...), bytes.Repeat([]byte{i32}, f.params)...)
		if f.gives == 0 {
			kind = append(kind, 0)
		} else {
			kind = append(kind, 1, f.gives)
		}
		types, declared = append(types, kind), append(declared, leb(i))
		exports = append(exports, append(append(text(f.name), kindFunction), leb(len(imports)+i)...))
		body := append(append([]byte{0}, f.body...), opEnd)
		code = append(code, append(leb(len(body)), body...))
	}
	types = append(types, []byte{0x60, 0, 0})
	exports = append(exports, append(text("memory"), kindMemo, 0))
	module := []byte("\x00asm\x01\x00\x00\x00")
	module = append(module, section(1, types...)...)
	module = append(module, section(2, imported...)...)
	module = append(module, section(3, declared...)...)
	module = append(module, section(5, []byte{0, 1})...)
	module = append(module, section(7, exports...)...)
	return append(module, section(10, code...)...)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	whole := built.Module(t)
	// grow allocates without end, and gives up when there is no more.
	grow := []byte{0x03, 0x40, opConst32, 1, 0x40, 0, opConst32, 0x7f, 0x47, 0x0d, 0, opEnd, opUnreachable}
	for _, tt := range []struct {
		name   string
		module []byte
		is     func(error) bool
	}{
		{"nothing", nil, is[*evaluator.ModuleError]},
		{"truncated", whole[:len(whole)/2], is[*evaluator.ModuleError]},
		{"unknown imports", assemble(functions(1), "anything"), is[*evaluator.ImportError]},
		{"missing exports", assemble(functions(1)[:4]), is[*evaluator.ExportError]},
		{"a newer version", assemble(functions(2)), is[*evaluator.VersionError]},
		{"an older version", assemble(functions(0)), is[*evaluator.VersionError]},
		{"a trap at the start", assemble(replace(functions(1), "_initialize", opUnreachable)), is[*evaluator.FaultError]},
		{"memory without end", assemble(replace(functions(1), "_initialize", grow...)), is[*evaluator.FaultError]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if e, err := evaluator.New(t.Context(), tt.module, evaluator.Options{}); !tt.is(err) || e != nil {
				t.Errorf("%T %v", err, err)
			}
		})
	}
	e, err := evaluator.New(t.Context(), assemble(functions(1)), evaluator.Options{})
	if err != nil {
		t.Fatalf("a sound module: %v", err)
	}
	if _, err := e.Load(evaluator.Policy{Tables: []byte("x")}); !is[*evaluator.GuestError](err) {
		t.Errorf("a module without a buffer: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// TestATrapCostsOneInstance lets the host live on with other instances, each of which traps too.
func TestATrapCostsOneInstance(t *testing.T) {
	t.Parallel()
	list := replace(functions(1), "lictor_buffer", opConst32, 8)
	list = replace(list, "lictor_open_tables", opConst32, 1)
	// The answer of lictor_ask is the text {} at offset 0, that the buffer overwrites at offset 8 only.
	list = replace(list, "lictor_ask", append([]byte{opConst32, 0, opConst32, 0xfb, 0xfa, 1, 0x36, 0, 0}, opConst64, 2)...)
	list = replace(list, "lictor_check", opUnreachable)
	e, err := evaluator.New(t.Context(), assemble(list), evaluator.Options{Instances: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	l, err := e.Load(evaluator.Policy{Tables: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	m := generate.Model(1)
	r := generate.NewSampler(m, 1).Next()
	for range 5 {
		if d, err := l.Decide(r); !is[*evaluator.FaultError](err) || d != (decision.Decision{}) {
			t.Errorf("%v, %v", d, err)
		}
		if n := l.Instances(); n != 0 {
			t.Errorf("%d instances are kept", n)
		}
	}
	l.Close()
	if _, err := l.Decide(r); !errors.Is(err, evaluator.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	e := newEvaluator(t, evaluator.Options{})
	content := build(t, generate.RegoModel(1))
	plain := build(t, generate.Model(1))
	for _, tt := range []struct {
		name   string
		policy evaluator.Policy
		code   string
	}{
		{"nothing", evaluator.Policy{}, "damaged"},
		{"damaged", evaluator.Policy{Tables: plain[:len(plain)-64]}, "damaged"},
		{"conditions", evaluator.Policy{Tables: content}, "conditions"},
		{"tests", evaluator.Policy{Tables: plain, Tests: []byte("{")}, "damaged"},
		{"golden", evaluator.Policy{Tables: plain, Tests: []byte(`{"tests":[{"expect":"ALLOW","input":{"now":0,"permission":"no:such","subject":{"id":"x","type":"none"}},"name":"n","place":"a:1"}]}`)}, "golden"},
	} {
		_, err := e.Load(tt.policy)
		if refused, ok := errors.AsType[*evaluator.GuestError](err); !ok || refused.Code != tt.code || refused.Message == "" {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
}

// TestBusy waits no longer than the deadline for an instance that somebody else has.
func TestBusy(t *testing.T) {
	t.Parallel()
	e := newEvaluator(t, evaluator.Options{Instances: 1, Deadline: 10 * time.Millisecond})
	content, r := asking(t)
	waits := waiting{asked: make(chan struct{}), free: make(chan struct{})}
	l := load(t, e, evaluator.Policy{Tables: content, Conditions: &waits})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = l.Decide(r)
	}()
	select {
	case <-waits.asked:
	case <-done:
		t.Fatal("no condition was asked for")
	}
	if _, err := l.Decide(r); !errors.Is(err, evaluator.ErrBusy) {
		t.Errorf("%v", err)
	}
	close(waits.free)
	<-done
}

// asking returns a policy and a request that asks for a condition in Rego.
func asking(tb testing.TB) (content []byte, r *decision.Request) {
	tb.Helper()
	for seed := range uint64(100) {
		m := generate.RegoModel(seed)
		content := build(tb, m)
		opened, err := tables.Open(content)
		if err != nil {
			tb.Fatal(err)
		}
		var asked counting
		e, err := table.NewWith(opened, &asked)
		if err != nil {
			tb.Fatal(err)
		}
		sampler := generate.NewSampler(m, seed)
		for range 100 {
			r := sampler.Next()
			if _, err := e.Decide(r); err == nil && asked > 0 {
				return content, r
			}
		}
	}
	tb.Fatal("no request asks for a condition")
	return nil, nil
}

// counting counts how often it is asked.
type counting int

func (c *counting) Condition(string, []byte) decision.Truth {
	*c++
	return decision.Unknown
}

// waiting is a condition whose first value comes late.
type waiting struct {
	once        sync.Once
	asked, free chan struct{}
}

func (w *waiting) Condition(string, []byte) decision.Truth {
	w.once.Do(func() { close(w.asked) })
	<-w.free
	return decision.Unknown
}

// TestConcurrentlyWithSwaps checks from 8 goroutines while engines come and go.
func TestConcurrentlyWithSwaps(t *testing.T) {
	t.Parallel()
	e := newEvaluator(t, evaluator.Options{Instances: 4, Deadline: time.Minute})
	m := generate.Model(5)
	content := build(t, m)
	host := native(t, content)
	var wg sync.WaitGroup
	faults := make(chan error, 8)
	for n := range uint64(8) {
		wg.Go(func() {
			for round := range uint64(4) {
				l, err := e.Load(evaluator.Policy{Tables: content})
				if err != nil {
					faults <- err
					return
				}
				sampler := generate.NewSampler(m, n*4+round)
				for range 50 {
					r := sampler.Next()
					want, _ := host.Decide(r)
					if got, err := l.Decide(r); err != nil || got != want {
						faults <- fmt.Errorf("%v, %w, want %v", got, err, want)
						return
					}
				}
				l.Close()
				if left := l.Instances(); left != 0 {
					faults <- fmt.Errorf("%d instances are left", left)
				}
			}
		})
	}
	wg.Wait()
	close(faults)
	for err := range faults {
		t.Error(err)
	}
}
