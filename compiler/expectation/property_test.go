package expectation_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/expectation"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// TestTimeIsFound asks the reference engine at every moment that a generated policy names, and just before
// it: a test without a time that passes must come out the same at all of them.
func TestTimeIsFound(t *testing.T) {
	t.Parallel()
	passed, refused := 0, 0
	for seed := range uint64(40) {
		m := generate.Model(seed)
		d := &source.Definitions{Options: source.Options{Namespace: text(m.Namespace), Case: m.Case}}
		requests := sample(m, seed)
		for i, r := range requests {
			d.Tests = append(d.Tests, written(m, i, r))
		}
		_, list := expectation.Run(d, expectation.Subject{Model: m, Engine: native.Open(t, m, nil)})
		dependent := map[int]bool{}
		for _, found := range list {
			if found.Code == expectation.CodeTimeless {
				dependent[found.Pos.Line-1] = true
			} else if found.Severity == diag.Error {
				t.Errorf("seed %d: %s", seed, found.Message)
			}
		}
		for i, r := range requests {
			if dependent[i] {
				refused++
			} else if passed++; !steady(t, m, r, mindsReason(i)) {
				t.Errorf("seed %d: test %d depends on the time and passed", seed, i)
			}
		}
	}
	if passed < 500 || refused < 100 {
		t.Errorf("%d tests passed and %d were refused: the test proves little", passed, refused)
	}
}

// sample returns requests that definitions can write as tests.
func sample(m *policy.Model, seed uint64) []*decision.Request {
	var list []*decision.Request
	for s := generate.NewSampler(m, seed); len(list) < 60; {
		r := s.Next()
		r.Token, r.Strict, r.Callers = nil, false, decision.Overlay
		if r.Context.Get("organisation").Kind() == value.Missing && len(r.Permissions) == 1 {
			list = append(list, r)
		}
	}
	return list
}

func text(s string) source.Text {
	return source.Text{Value: s, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}
}

// mindsReason reports whether a test expects a reason, as every second does.
func mindsReason(test int) bool { return test%2 == 1 }

func written(m *policy.Model, i int, r *decision.Request) source.Test {
	name := text(fmt.Sprintf("test %d", i))
	name.Pos.Line = i + 1
	organisation := source.Text{}
	if r.Organisation != "" {
		organisation = text(r.Organisation)
	}
	reason := source.Text{}
	if mindsReason(i) {
		reason = text(decision.NoGrant.String())
	}
	return source.Test{
		Name: name, ExpectReason: reason, SubjectType: text(r.Subject.Type), SubjectID: text(r.Subject.ID), SubjectProperties: r.Subject.Properties,
		Organisation: organisation, Permission: text(m.Grammar().Format(&r.Permissions[0])),
		ResourceProperties: r.ResourceProperties, ActionProperties: r.ActionProperties, Context: r.Context,
		Expect: text("ALLOW"),
	}
}

// steady reports whether a test comes out the same at and before every moment that the policy names.
func steady(t *testing.T, m *policy.Model, r *decision.Request, reason bool) bool {
	t.Helper()
	engine := conformance.NewReference(m)
	outcomes := map[decision.Decision]bool{}
	for _, now := range moments(m) {
		r.Now = now
		d, err := engine.Decide(r)
		if err != nil {
			t.Fatal(err)
		}
		if !reason {
			d.Code = 0
		}
		outcomes[d] = true
	}
	return len(outcomes) == 1
}

func moments(m *policy.Model) []int64 {
	list := []int64{0, 1}
	add := func(v policy.Validity) {
		for _, at := range []int64{v.From, v.To} {
			if at != math.MinInt64 && at != math.MaxInt64 {
				list = append(list, at-1, at)
			}
		}
	}
	for i := range m.Policies {
		add(m.Policies[i].Validity)
	}
	for i := range m.Subjects {
		for _, a := range m.Subjects[i].Assignments {
			add(a.Validity)
		}
	}
	for i := range m.Conditions {
		for _, at := range integers(m.Conditions[i].Expr) {
			list = append(list, at-1, at, at+1)
		}
	}
	return list
}

// integers returns the integers that a condition names.
func integers(e policy.Expr) []int64 {
	var list []int64
	switch e := e.(type) {
	case policy.Ref, policy.Rego:
	case policy.Literal:
		if e.Value.Kind() == value.Integer {
			list = append(list, e.Value.Int())
		}
	case policy.Call:
		for _, arg := range e.Args {
			list = append(list, integers(arg)...)
		}
	}
	return list
}

// TestTimeIsNotImagined counts what the reference engine, too, finds to change: where no condition reads the time,
// only tests that do are refused.
func TestTimeIsNotImagined(t *testing.T) {
	t.Parallel()
	refused := 0
	for seed := range uint64(40) {
		m := generate.Model(seed)
		for i := range m.Policies { // no conditions, so that only validity is left
			m.Policies[i].Condition = 0
		}
		m.Conditions = nil
		engine := native.Open(t, m, nil)
		for i, r := range sample(m, seed) {
			d := &source.Definitions{Options: source.Options{Namespace: text(m.Namespace), Case: m.Case}, Tests: []source.Test{written(m, i, r)}}
			_, list := expectation.Run(d, expectation.Subject{Model: m, Engine: engine})
			if !list.HasErrors() {
				continue
			}
			if refused++; steady(t, m, r, mindsReason(i)) {
				t.Errorf("seed %d: test %d is refused and depends on no time: %s", seed, i, list[0].Message)
			}
		}
	}
	if refused < 20 {
		t.Errorf("%d tests were refused: the test proves little", refused)
	}
}
