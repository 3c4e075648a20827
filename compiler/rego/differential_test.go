package rego_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// TestAgreesWithReference compares decisions, codes and ids on random policies and requests.
func TestAgreesWithReference(t *testing.T) {
	t.Parallel()
	models, requests := uint64(25), 20
	if testing.Short() {
		models = 5
	}
	for seed := range models {
		m := generate.Model(seed)
		engine, s, o := conformance.NewReference(m), generate.NewSampler(m, seed), load(t, m)
		for i := range requests {
			compare(t, fmt.Sprintf("seed %d request %d", seed, i), m, o, engine, s.Next())
		}
	}
}

func compare(t *testing.T, name string, m *policy.Model, o *opa, engine decision.Engine, r *decision.Request) {
	t.Helper()
	d, ids, err := engine.Deciding(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"code":%q,"decision":%q,"policies":%s}`, d.Code, effect(d.Allowed), list(ids))
	for _, form := range []input.Form{input.Names, input.Strings} {
		text := string(input.Append(nil, r, m.Grammar(), form))
		if got := o.ask(t, "decision", text); got != want {
			t.Fatalf("%s: got %s, want %s for\n%s", name, got, want, text)
		}
		if got := o.ask(t, "allow", text); got != strconv.FormatBool(d.Allowed) {
			t.Fatalf("%s: allow is %s for\n%s", name, got, text)
		}
	}
}

func effect(allowed bool) string {
	if allowed {
		return "ALLOW"
	}
	return "DENY"
}

func list(ids []policy.ID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.Itoa(int(id))
	}
	return "[" + strings.Join(texts, ",") + "]"
}
