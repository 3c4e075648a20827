package rego_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/custom"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

func model(t testing.TB, d *source.Definitions) *policy.Model {
	t.Helper()
	list := check.Run(d)
	m, faults := lower.Lower(d)
	list.Add(faults...)
	if list.HasErrors() {
		t.Fatalf("definitions: %v", list)
	}
	return m
}

// answer is what the decision entrypoint gives, with policies as cases name them.
type answer struct {
	Decision, Code string
	Policies       []string
}

// TestConformance runs every case that an input can say.
func TestConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	withRego, err := conformance.RegoCases()
	if err != nil {
		t.Fatal(err)
	}
	cases = append(cases, withRego...)
	for i := range cases {
		c := &cases[i]
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			d, list := source.Load(c.Files)
			modules, faults := custom.Read(d)
			if list.Add(faults...); list.HasErrors() {
				t.Fatal(list)
			}
			texts := map[string]string{}
			for name, text := range modules {
				texts[name] = string(text)
			}
			m := model(t, d)
			o := load(t, m, texts)
			for j := range c.Requests {
				if r := &c.Requests[j]; r.Plain() && (r.Code != "" || r.Malformed != "") {
					ask(t, o, m, r)
				}
			}
		})
	}
}

func ask(t *testing.T, o *opa, m *policy.Model, r *conformance.Request) {
	t.Helper()
	text := timed(t, r.Input)
	got := o.ask(t, "decision", text)
	if r.Malformed != "" {
		if allow := o.ask(t, "allow", text); got != "undefined" || allow != "false" {
			t.Errorf("malformed %s: decision %s, allow %s", text, got, allow)
		}
		return
	}
	var raw struct {
		Decision, Code string
		Policies       []policy.ID
	}
	if err := json.Unmarshal([]byte(got), &raw); err != nil {
		t.Fatalf("%s: %s", text, got)
	}
	a := answer{Decision: raw.Decision, Code: raw.Code}
	for _, id := range raw.Policies {
		a.Policies = append(a.Policies, conformance.PolicyText(m, id))
	}
	if diff := cmp.Diff(answer{r.Decision, r.Code, r.Policies}, a); diff != "" {
		t.Errorf("%s (-want +got):\n%s", text, diff)
	}
	if allow := o.ask(t, "allow", text); (allow == "true") != (r.Decision == "ALLOW") {
		t.Errorf("%s: allow is %s", text, allow)
	}
}

// timed gives an input that names no time the time of the cases.
func timed(t *testing.T, text json.RawMessage) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return string(text)
	}
	if _, ok := members["now"]; !ok {
		members["now"] = json.RawMessage("1800000000")
	}
	b, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRefusesWhatDecodeRefuses compares which inputs are malformed, without and with a policy that
// allows everything.
func TestRefusesWhatDecodeRefuses(t *testing.T) {
	t.Parallel()
	m := parseModel(t, "lictor: v1\nroles: {all: {birthright: {types: [user]}, permissions: [\"*\"]}}\n")
	o := load(t, m)
	values := []string{`null`, `true`, `1`, `1.5`, `9007199254740993`, `-9007199254740992`, `""`, `"a"`, `" "`, `[]`, `["a"]`, `["a",1]`, `["a",""]`, `{}`, `{"properties":{}}`, `{"properties":[]}`, `{"name":"x"}`, `{"id":"x"}`, `{"organisation":"a"}`, `{"organisation":"b"}`, `{"organisation":null}`, `{"type":"user","id":"u"}`, `{"type":"user","id":""}`, `{"type":1,"id":"u"}`, `{"type":"/x","id":"u"}`, `{"type":"x/","id":"u"}`, `{"type":"a/b/c","id":"u"}`, `"a::b"`, `1e3`, `1e300`, `-0.0`}
	bases := []string{
		`{"subject":{"type":"user","id":"u"},"action":{"name":"a"},"resource":{"type":"r","id":"i"},"now":1}`,
		`{"subject":{"type":"user","id":"u"},"permission":"r:a","now":1}`,
		`{"subject":{"type":"user","id":"u"},"permissions":["r:a","r:b"],"now":1,"organisation":"a"}`,
	}
	for _, base := range bases {
		for _, member := range []string{"subject", "action", "resource", "context", "attribute", "organisation", "now", "token", "permission", "permissions", "other"} {
			for _, v := range values {
				var members map[string]json.RawMessage
				if err := json.Unmarshal([]byte(base), &members); err != nil {
					t.Fatal(err)
				}
				members[member] = json.RawMessage(v)
				text, err := json.Marshal(members)
				if err != nil {
					t.Fatal(err)
				}
				refuses(t, o, m, text)
			}
		}
	}
}

func refuses(t *testing.T, o *opa, m *policy.Model, text []byte) {
	t.Helper()
	_, body, err := value.Parse(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	var r decision.Request
	var fault *input.MemberError
	malformed := errors.As(input.Decode(&r, body, m.Grammar()), &fault)
	decided := o.ask(t, "decision", string(text))
	if (decided == "undefined") != malformed {
		t.Errorf("%s\ndecision %s, but decoding says %v", text, decided, fault)
	}
	if got, want := o.ask(t, "allow", string(text)), strconv.FormatBool(strings.Contains(decided, `"ALLOW"`)); got != want {
		t.Errorf("%s\nallow %s, but decision %s", text, got, decided)
	}
}
