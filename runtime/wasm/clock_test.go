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
