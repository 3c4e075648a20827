//go:build !race

// Package js_test puts the conformance tree and generated requests to the JavaScript SDK, in Node and in headless
// Chromium, and runs the SDK's own tests. All of that happens in other programs, of which the race detector sees nothing.
package js_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
	"github.com/lictor-dev/lictor/runtime/table"
)

// answer is what one request is answered.
type answer struct {
	Decision  string
	Code      string
	Policies  []policy.ID
	Malformed string
	Roles     map[string]bool
	Inexact   bool // the host has no number for one in the request
}

// answers are those of one group; Refused says why its bundle is.
type answers struct {
	Refused string
	Answers []answer
}

// TestConformance puts every case to the SDK in Node and in Chromium.
func TestConformance(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	var want []expected
	for i := range cases {
		for _, callers := range []string{"", "stored", "ignore"} {
			want = append(want, f.addCase(t, &cases[i], callers)...)
		}
	}
	f.write(t)
	compare(t, want, f.answers(t, "answer_node.js"))
	compare(t, want, f.answers(t, "answer_browser.js"))
}

// TestRegoConditions puts the cases whose conditions only Rego can evaluate to the SDK in Node, which evaluates them by the bundle's own
// policy.wasm, and in Chromium, where nobody evaluates them.
func TestRegoConditions(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	cases, err := conformance.RegoCases()
	if err != nil {
		t.Fatal(err)
	}
	var want, refused []expected
	for i := range cases {
		compiled, err := compiler.Compile(t.Context(), cases[i].Files, compiler.Options{Revision: "r1", Epoch: 1, Key: f.key})
		if err != nil || compiled.Bundle == nil {
			t.Fatalf("%s: %v\n%v", cases[i].Name, err, compiled.Diagnostics)
		}
		w, g := questions(t, &cases[i], "")
		w.model = compiled.Model
		f.keep(t, compiled.Bundle, g)
		want, refused = append(want, w), append(refused, expected{name: w.name, refused: "conditions"})
	}
	f.write(t)
	compare(t, want, f.answers(t, "answer_rego.js"))
	compare(t, refused, f.answers(t, "answer_browser.js"))
}

// expected is what a group must be answered. Policies are compared by what cases call them: two may have one text.
type expected struct {
	name     string
	model    *policy.Model
	refused  string
	requests []*conformance.Request
}

// addCase adds the requests of a case that are asked under one rule about callers, if there are any.
func (f *folder) addCase(t *testing.T, c *conformance.Case, callers string) []expected {
	t.Helper()
	want, g := questions(t, c, callers)
	if len(want.requests) == 0 {
		return nil
	}
	want.model = model(t, c)
	f.add(t, want.model, g)
	return []expected{want}
}

// questions returns the requests of a case that are asked under one rule about callers.
func questions(t *testing.T, c *conformance.Case, callers string) (expected, group) {
	t.Helper()
	want, g := expected{name: c.Name + " " + callers}, group{Callers: cmp.Or(callers, "overlay")}
	for i := range c.Requests {
		if r := &c.Requests[i]; r.Callers == callers {
			want.requests = append(want.requests, r)
			g.Requests = append(g.Requests, asked{whole(t, r), r.Code != "" || r.Malformed != "", slices.AppendSeq([]string{}, maps.Keys(r.Roles))})
		}
	}
	return want, g
}

func model(t *testing.T, c *conformance.Case) *policy.Model {
	t.Helper()
	d, faults := source.Load(c.Files)
	faults.Add(check.Run(d)...)
	m, more := lower.Lower(d)
	faults.Add(more...)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	return m
}

// whole returns the input with what cases say beside it, and with their time where it names none.
func whole(t *testing.T, r *conformance.Request) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(r.Input, &members); err != nil {
		return string(r.Input)
	}
	if members["now"] == nil {
		members["now"] = json.RawMessage(strconv.FormatInt(conformance.Now, 10))
	}
	if r.Strict {
		members["strict"] = json.RawMessage("true")
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func compare(t *testing.T, want []expected, got []answers) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d groups are answered, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Refused != w.refused || len(got[i].Answers) != len(w.requests) {
			t.Errorf("%s: %+v, want refused for %q or %d answers", w.name, got[i], w.refused, len(w.requests))
			continue
		}
		for k, r := range w.requests {
			a := got[i].Answers[k]
			var texts []string
			for _, id := range a.Policies {
				texts = append(texts, conformance.PolicyText(w.model, id))
			}
			if a.Decision != r.Decision || a.Code != r.Code || a.Malformed != r.Malformed ||
				!slices.Equal(texts, r.Policies) || !maps.Equal(a.Roles, r.Roles) {
				t.Errorf("%s: %s: %+v with policies %q, want %+v", w.name, r.Input, a, texts, r)
			}
		}
	}
}

// TestGeneratedRequests puts 20,000 generated requests to the SDK in Node and in Chromium, and to the table engine.
func TestGeneratedRequests(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	const models, each = 44, 500 // more than 20,000, since Node 20 cannot ask all
	var want []answers
	for seed := range uint64(models) {
		want = append(want, f.addGenerated(t, seed, each))
	}
	f.write(t)
	for _, runner := range []string{"answer_node.js", "answer_browser.js"} {
		got := f.answers(t, runner)
		inexact := 0
		for i := range want {
			inexact += leaveOut(got[i].Answers, want[i].Answers)
			if diff := gocmp.Diff(want[i], got[i], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, seed %d (-want +got):\n%s", runner, i, diff)
			}
		}
		if asked := models*each - inexact; asked < 20_000 {
			t.Errorf("%s: only %d requests were asked", runner, asked)
		}
	}
}

// leaveOut gives requests that could not be asked the answer they should have had, and returns how many there are. A
// host has more than doubles only with JSON.rawJSON, which Node has from version 21 on.
func leaveOut(got, want []answer) int {
	n := 0
	for i := range min(len(got), len(want)) {
		if got[i].Inexact {
			got[i] = want[i]
			n++
		}
	}
	return n
}

// addGenerated adds a generated policy with requests, and returns what the table engine answers.
func (f *folder) addGenerated(t *testing.T, seed uint64, requests int) answers {
	t.Helper()
	m := generate.Model(seed)
	sampler := generate.NewSampler(m, seed)
	g := group{Callers: "overlay"}
	var all []*decision.Request
	for i := range requests {
		r := sampler.Next()
		r.Strict, r.Callers = false, decision.Overlay
		all = append(all, r)
		text := input.Append(nil, r, m.Grammar(), input.Form(i%2))
		g.Requests = append(g.Requests, asked{Input: string(text), Decide: true, Roles: []string{}})
	}
	engine, err := table.New(f.add(t, m, g))
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	var want answers
	for _, r := range all {
		d, ids, err := engine.Deciding(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := answer{Decision: "DENY", Code: d.Code.String(), Policies: ids}
		if d.Allowed {
			a.Decision = "ALLOW"
		}
		want.Answers = append(want.Answers, a)
	}
	return want
}
