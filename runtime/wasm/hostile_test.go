package wasm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
	"github.com/lictor-dev/lictor/runtime/wasm/guard"
)

var (
	forEver   = []byte{opLoop, nothing, opBranch, 0, opEnd}
	allocates = []byte{opLoop, nothing, opConst, 16, opMemoryGrow, 0, opDrop, opBranch, 0, opEnd}
)

// TestHandmadeModuleAnswers shows that what the other tests change is what makes the difference.
func TestHandmadeModuleAnswers(t *testing.T) {
	t.Parallel()
	r := newRuntime(t)
	c, err := r.Conditions((&module{}).encode(), wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if truth := c.Condition("r1", []byte(`{"now":1800000000}`)); truth != decision.Unknown || c.Failures(wasm.Malformed) != 0 {
		t.Errorf("%v", truth)
	}
	e, err := r.Engine((&module{}).encode(), []byte("{}"), permission.Grammar{}, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r1 := &decision.Request{Permissions: []permission.Permission{parse(t, "a:b")}}
	if d, err := e.Decide(r1); err != nil || d != (decision.Decision{Code: decision.NoGrant}) {
		t.Errorf("%v, %v", d, err)
	}
	if allowed, err := e.Allow(r1); err != nil || allowed {
		t.Errorf("%v, %v", allowed, err)
	}
}

func parse(tb testing.TB, text string) permission.Permission {
	tb.Helper()
	p, err := permission.Grammar{}.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func imported(from, what string, kind ...byte) []byte {
	return slices.Concat(name(from), name(what), kind)
}

// TestRefusedModules loads modules that must not start.
func TestRefusedModules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		module module
		want   error
	}{
		{"unknown import", module{more: [][]byte{imported("env", "steal", 0, 0)}}, &guard.ImportError{Module: "env", Name: "steal", Reason: "not in OPA's ABI"}},
		{"import of WASI", module{more: [][]byte{imported("wasi_snapshot_preview1", "fd_write", 0, 0)}}, &guard.ImportError{Module: "wasi_snapshot_preview1", Name: "fd_write", Reason: "not in OPA's ABI"}},
		{"import of another type", module{more: [][]byte{imported("env", "opa_builtin1", 0, 0)}}, &guard.ImportError{Module: "env", Name: "opa_builtin1", Reason: "not of the type that OPA's ABI gives it"}},
		{"imported global", module{more: [][]byte{imported("env", "opa_abort", 3, 0x7f, 0)}}, &guard.ImportError{Module: "env", Name: "opa_abort", Reason: "not in OPA's ABI"}},
		{"no memory", module{without: "memory"}, &guard.ImportError{Module: "env", Name: "memory", Reason: "not imported"}},
		{"no built-ins", module{without: "opa_builtin0"}, &guard.ImportError{Module: "env", Name: "opa_builtin0", Reason: "not imported"}},
		{"later ABI", module{major: 1}, &guard.VersionError{Major: 2, Minor: 3}},
		{"earlier ABI", module{minor: 1}, &guard.VersionError{Major: 1, Minor: 2}},
		{"no ABI", module{without: "opa_wasm_abi_version"}, &guard.ExportError{Name: "opa_wasm_abi_version", Reason: "missing"}},
		{"no evaluation", module{without: "opa_eval"}, &guard.ExportError{Name: "opa_eval", Reason: "missing"}},
		{"large memory", module{pages: 257}, &guard.LimitError{What: "pages of memory", Got: 257, Limit: 256}},
		{"large table", module{table: 1 << 20}, &guard.LimitError{What: "table entries", Got: 1 << 20, Limit: 1 << 16}},
		{"second memory", module{section: []byte{12, 0}}, &guard.FormatError{Reason: "section of kind 12"}},
		{"starts for ever", module{start: forEver}, &wasm.EvaluationError{Failure: wasm.Deadline}},
		{"lists for ever", module{bodies: map[string][]byte{"builtins": append(slices.Clone(forEver), opUnreachable)}}, &wasm.EvaluationError{Failure: wasm.Deadline}},
		{"loads for ever", module{bodies: map[string][]byte{"opa_json_parse": append(slices.Clone(forEver), opUnreachable)}}, &wasm.EvaluationError{Failure: wasm.Deadline}},
		{"allocates garbage", module{bodies: map[string][]byte{"opa_malloc": number(-16)}}, &wasm.EvaluationError{Failure: wasm.Malformed, Detail: "an address out of memory"}},
		{"heap of garbage", module{bodies: map[string][]byte{"opa_heap_ptr_get": number(-16)}}, &wasm.EvaluationError{Failure: wasm.Malformed, Detail: "a heap out of memory"}},
		{"parses nothing", module{bodies: map[string][]byte{"opa_json_parse": number(0)}}, &wasm.EvaluationError{Failure: wasm.Malformed, Detail: "the data are no JSON"}},
		{"dumps garbage", module{bodies: map[string][]byte{"opa_json_dump": number(-1)}}, &wasm.EvaluationError{Failure: wasm.Malformed, Detail: "a text without end"}},
		{"unknown built-ins", module{texts: map[uint32]string{builtinsAt: `{"http.send":7,"time.now_ns":3}`}}, &wasm.BuiltinError{Names: []string{"http.send"}}},
		{"built-ins are no table", module{texts: map[uint32]string{builtinsAt: `[]`}}, &wasm.EvaluationError{Failure: wasm.Malformed, Detail: "a text that is no JSON object"}},
		{"entrypoint missing", module{texts: map[uint32]string{entrypointsAt: `{"lictor/authz/allow":0}`}}, &wasm.EntrypointError{Name: "lictor/authz/decision", Reason: "missing"}},
		{"entrypoint without number", module{texts: map[uint32]string{entrypointsAt: `{"lictor/authz/allow":-1}`}}, &wasm.EntrypointError{Name: "lictor/authz/allow", Reason: "missing"}},
		{
			"entrypoint that is another",
			module{texts: map[uint32]string{entrypointsAt: `{"lictor/authz/allow":0,"lictor/authz/decision":1,"lictor/authz/conditions":0}`}},
			&wasm.EntrypointError{Name: "lictor/authz/conditions", Reason: "policy.wasm: malformed: no object of conditions"},
		},
		{
			"first answer traps",
			module{bodies: map[string][]byte{"opa_eval": {opUnreachable}}},
			&wasm.EntrypointError{Name: "lictor/authz/conditions", Reason: "policy.wasm: trapped: wasm error: unreachable"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRuntime(t)
			c, err := r.Conditions(tt.module.encode(), wasm.Options{Start: 50 * time.Millisecond})
			if c != nil || !sameError(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if u := r.Usage(); u != (wasm.Usage{}) {
				t.Errorf("left over: %+v", u)
			}
		})
	}
}

// sameError reports whether err is, or wraps, one of the type of want that says the same. Offsets do not count.
func sameError(err, want error) bool {
	if f, ok := errors.AsType[*guard.FormatError](err); ok {
		err = &guard.FormatError{Reason: f.Reason}
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if cmp.Equal(err, want) {
			return true
		}
	}
	return false
}

// TestTruncatedModule cuts a module off everywhere.
func TestTruncatedModule(t *testing.T) {
	t.Parallel()
	r := newRuntime(t)
	whole := (&module{}).encode()
	for size := range whole {
		if c, err := r.Conditions(whole[:size], wasm.Options{}); c != nil || err == nil {
			t.Fatalf("the first %d of %d bytes are accepted", size, len(whole))
		}
	}
}

// TestHostileEvaluations start well. What they do then must end soon, be counted as what it is, and leave the next evaluation
// alone.
func TestHostileEvaluations(t *testing.T) {
	t.Parallel()
	call := []byte{opLocalGet, 0, opLocalGet, 1, opLocalGet, 2, opLocalGet, 3, opLocalGet, 4, opLocalGet, 5, opLocalGet, 6, opCall, evalAt}
	answer := func(text string) module {
		return module{bodies: map[string][]byte{"opa_eval": when(append(number(allowAt), opReturn)...)}, texts: map[uint32]string{allowAt: text}}
	}
	body := func(b ...byte) module { return module{bodies: map[string][]byte{"opa_eval": when(b...)}} }
	for _, tt := range []struct {
		name   string
		module module
		want   wasm.Failure
	}{
		{"loops for ever", body(forEver...), wasm.Deadline},
		{"calls for ever, in no loop", module{bodies: map[string][]byte{"opa_eval": when(opCall, extraAt)}, extra: doubling()}, wasm.Deadline},
		{"allocates without end", body(allocates...), wasm.Deadline},
		{"recursion without end", body(append(call, opDrop)...), wasm.Trapped},
		{"aborts", body(append(number(entrypointsAt), opCall, importAbort)...), wasm.Aborted},
		{"aborts with garbage", body(append(number(-1), opCall, importAbort)...), wasm.Aborted},
		{"calls a built-in", body(append(append(number(7), number(0)...), opCall, importBuiltin0, opDrop)...), wasm.Builtin},
		{"writes beyond memory", body(append(append(number(-8), number(0)...), opStore, 2, 0)...), wasm.Trapped},
		{"answers beyond memory", body(append(number(-1), opReturn)...), wasm.Malformed},
		{"answers no JSON", answer(`[{"result":`), wasm.Malformed},
		{"answers nothing", answer(`[]`), wasm.Malformed},
		{"answers twice", answer(`[{"result":{}},{"result":{}}]`), wasm.Malformed},
		{"answers a list", answer(`[{"result":["r1"]}]`), wasm.Malformed},
		{"answers what was not asked", answer(`[{"result":{"r2":true}}]`), wasm.Malformed},
		{"answers more than asked", answer(`[{"result":{"r1":true,"r2":true}}]`), wasm.Malformed},
		{"answers too much", answer(`[{"result":{"r1":` + strings.Repeat(" ", 120) + `true}}]`), wasm.TooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRuntime(t)
			options := wasm.Options{Instances: 1, Deadline: 20 * time.Second, Answer: 128}
			if tt.want == wasm.Deadline {
				options.Deadline = 200 * time.Millisecond
			}
			c, err := r.Conditions(tt.module.encode(), options)
			if err != nil {
				t.Fatal(err)
			}
			for n := uint64(1); n <= 3; n++ {
				begun := time.Now()
				truth := c.Condition("r1", []byte(`{"now":1800000000}`))
				if took := time.Since(begun); took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
				if truth != decision.Unknown || c.Failures(tt.want) != n {
					t.Errorf("%v; failures %v", truth, failures(c))
				}
			}
			if u := r.Usage(); u.Instances > 1 {
				t.Errorf("%d instances", u.Instances)
			}
		})
	}
}

func failures(c *wasm.Conditions) map[string]uint64 {
	counts := map[string]uint64{}
	for f := range wasm.FailureCount {
		if n := c.Failures(wasm.Failure(f)); n > 0 {
			counts[wasm.Failure(f).String()] = n
		}
	}
	return counts
}

// doubling are functions each of which calls the next one twice.
func doubling() [][]byte {
	var all [][]byte
	for n := range byte(40) {
		all = append(all, []byte{opCall, extraAt + n + 1, opCall, extraAt + n + 1})
	}
	return append(all, nil)
}

// TestMemoryIsBounded takes all the memory that it gets, and says whether that is as much as was promised.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const pages = 40
	body := slices.Concat(
		[]byte{opLoop, nothing, opConst, 1, opMemoryGrow, 0}, number(-1), []byte{opNotEqual, opBranchIf, 0, opEnd},
		[]byte{opMemorySize, 0}, number(pages), []byte{opEqual, opIf, nothing}, number(allowAt), []byte{opReturn, opEnd},
	)
	m := module{bodies: map[string][]byte{"opa_eval": when(body...)}, texts: map[uint32]string{allowAt: `[{"result":{"r1":true}}]`}}
	c, err := newRuntime(t).Conditions(m.encode(), wasm.Options{Pages: pages})
	if err != nil {
		t.Fatal(err)
	}
	if truth := c.Condition("r1", []byte(`{"now":1800000000}`)); truth != decision.True {
		t.Errorf("%v, %v", truth, failures(c))
	}
}

// TestFailedInstanceIsThrownAway has a policy note in its memory that it failed, and lie from then on.
func TestFailedInstanceIsThrownAway(t *testing.T) {
	t.Parallel()
	const note = 4000
	lie := slices.Concat(number(note), []byte{opLoad, 2, 0, opIf, nothing}, number(allowAt), []byte{opReturn, opEnd}, number(note), number(1), []byte{opStore, 2, 0})
	for name, then := range map[string][]byte{
		"traps":           {opUnreachable},
		"aborts":          append(number(entrypointsAt), opCall, importAbort),
		"loops":           forEver,
		"answers garbage": append(number(builtinsAt), opReturn),
		"answers nowhere": append(number(-1), opReturn),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := module{
				bodies: map[string][]byte{"opa_eval": when(append(slices.Clone(lie), then...)...)},
				texts:  map[uint32]string{allowAt: `[{"result":{"r1":true}}]`},
			}
			c, err := newRuntime(t).Conditions(m.encode(), wasm.Options{Instances: 1, Deadline: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if truth := c.Condition("r1", []byte(`{"now":1800000000}`)); truth != decision.Unknown {
					t.Fatalf("%v after %v", truth, failures(c))
				}
			}
		})
	}
}
