package wasm_test

import (
	"slices"
	"testing"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// TestClock has a policy ask for the time, twice. It gets a value that it parsed itself, of a text in its own memory.
func TestClock(t *testing.T) {
	t.Parallel()
	const load8, counter, same = 0x2d, 4000, `[{"result":{"r1":true}}]`
	now := slices.Concat(number(3), number(0), []byte{opCall, importBuiltin0})
	parses := slices.Concat( // counts, and gives the digits that the text begins with
		[]byte{opLocalGet, 0, load8, 0, 0}, number('1'), []byte{opEqual, opIf, nothing},
		number(counter), number(counter), []byte{opLoad, 2, 0}, number(1), []byte{opAdd, opStore, 2, 0, opEnd},
		[]byte{opLocalGet, 0, opLoad, 0, 5}, number(1), []byte{opAdd}, // not 0 for the data either
	)
	m := module{
		bodies: map[string][]byte{
			"opa_json_parse": parses,
			"opa_eval": when(slices.Concat(now, now, []byte{opEqual}, number(counter), []byte{opLoad, 2, 0}, number(2), []byte{opEqual, 0x71 /* and */},
				[]byte{opIf, nothing}, number(allowAt), []byte{opReturn, opEnd})...),
		},
		texts: map[uint32]string{builtinsAt: `{"time.now_ns":3}`, allowAt: same},
	}
	c, err := newRuntime(t).Conditions(m.encode(), wasm.Options{Instances: 1})
	if err != nil {
		t.Fatal(err)
	}
	if truth := c.Condition("r1", []byte(`{"some":"environment"}`)); truth != decision.True {
		t.Errorf("%v, %v", truth, failures(c))
	}
}

// TestTimes asks around the borders of what a clock of nanoseconds can say. The first answer of an engine takes the time from the
// clock, later ones from the input.
func TestTimes(t *testing.T) {
	t.Parallel()
	c := compile(t, files(`
lictor: v1
roles:
  any:
    birthright: {types: [user]}
    policies:
      - {permission: "zero", decision: ALLOW, when: now == 0}
      - {permission: "late", decision: ALLOW, when: now >= 9223372036}
      - {permission: "later", decision: ALLOW, when: now > 9223372036}
      - {permission: "early", decision: ALLOW, when: now <= -9223372036}
      - {permission: "earlier", decision: ALLOW, when: now < -9223372036}
      - {permission: "year", decision: ALLOW, when: [now >= 1767225600, now < 1798761600]}
  year: {permissions: ["held"]}
subjects:
  ada: {roles: [{role: year, valid_from: 2026-01-01T00:00:00Z, valid_to: 2027-01-01T00:00:00Z}]}
`))
	r := newRuntime(t)
	for permission, times := range map[string]map[int64]bool{
		"zero":    {0: true, 1: false, -1: false},
		"late":    {9223372035: false, 9223372036: true, 9223372037: true, 1 << 53: true},
		"later":   {9223372036: false, 9223372037: true},
		"early":   {-9223372035: false, -9223372036: true, -9223372037: true, -1 << 53: true},
		"earlier": {-9223372036: false, -9223372037: true},
		"year":    {1767225599: false, 1767225600: true, 1798761599: true, 1798761600: false},
		"held":    {1767225599: false, 1767225600: true, 1798761599: true, 1798761600: false},
	} {
		for now, want := range times {
			e := newEngine(t, r, c, wasm.Options{Instances: 1})
			asked := ask(t, c, "ada", permission)
			asked.Now = now
			for range 2 {
				if allowed, err := e.Allow(asked); err != nil || allowed != want {
					t.Errorf("%s at %d: %v, %v", permission, now, allowed, err)
				}
			}
			if d, err := e.Decide(asked); err != nil || d.Allowed != want {
				t.Errorf("%s at %d: decision %v, %v", permission, now, d.Allowed, err)
			}
		}
	}
}
