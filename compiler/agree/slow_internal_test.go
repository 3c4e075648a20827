package agree

import (
	"errors"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// TestSlow compares policies whose conditions would take days.
func TestSlow(t *testing.T) {
	t.Parallel()
	const item = `count([1 | some a in numbers.range(1, 1000); some b in numbers.range(1, 1000); some c in numbers.range(1, 1000); ` +
		`some d in numbers.range(1, 1000); a + b + c == d]) == 1`
	e, faults := condition.Parse([]source.Text{{Value: item, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}}, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	m := generate.RegoModel(1)
	for i := range m.Conditions {
		m.Conditions[i].Expr = e
	}
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := NewConditions(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	engine := native.Open(t, m, conditions)
	conditions.deadline = 50 * time.Millisecond
	_, err = Check(t.Context(), Subject{Model: m, Engine: engine, Rego: out, Conditions: conditions}, Options{})
	slow, ok := errors.AsType[*SlowError](err)
	if !ok || slow.Rule != "r1" || slow.Error() != "rule r1 takes longer than 50ms to evaluate" {
		t.Fatal(err)
	}
	began := time.Now()
	if got := conditions.Condition("r1", []byte(`{}`)); got != decision.Unknown || time.Since(began) > time.Second {
		t.Errorf("asked again, it is %v after %s", got, time.Since(began))
	}
}
