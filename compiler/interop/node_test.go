//go:build !race

package interop_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// node is a process of Node that answers with @open-policy-agent/opa-wasm, one policy after the other
// (node/decide.mjs). It ends with its test.
type node struct {
	questions *json.Encoder
	answers   *bufio.Reader
}

// deadline is for all that one process of Node is asked.
const deadline = 8 * time.Minute

// program returns the path of Node. It skips the test where Node or the package is missing, and fails it where it must
// have both.
func program(t *testing.T) string {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("CI") != "" {
		missing = t.Fatalf
	}
	path, err := exec.LookPath("node")
	if err != nil {
		missing("node is missing: %v", err)
	}
	if _, err := os.Stat(filepath.Join("node", "node_modules")); err != nil {
		missing("run npm ci in compiler/interop/node: %v", err)
	}
	return path
}

func newNode(t *testing.T) *node {
	t.Helper()
	path := program(t)
	ctx, end := context.WithTimeout(context.Background(), deadline) // a test's own context ends before what cleans up after it
	cmd := exec.CommandContext(ctx, path, "decide.mjs")
	cmd.Dir = "node"
	var faults bytes.Buffer
	cmd.Stderr = &faults
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		end()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer end()
		in.Close()
		if err := cmd.Wait(); err != nil || faults.Len() > 0 {
			t.Errorf("node: %v\n%s", err, &faults)
		}
	})
	return &node{json.NewEncoder(in), bufio.NewReader(out)}
}

// asked is a policy with questions to it.
type asked struct {
	Wasm   []byte   `json:"wasm"`
	Data   string   `json:"data"`
	Inputs []string `json:"inputs"`
}

func newAsked(t *testing.T, m *policy.Model) *asked {
	t.Helper()
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatal(err)
	}
	module, err := wasm.Compile(t.Context(), out.Members(), rego.Entrypoints)
	if err != nil {
		t.Fatal(err)
	}
	return &asked{Wasm: module, Data: `{"lictor":` + string(out.Data) + `}`}
}

// answer is what policy.wasm says to one question.
type answer struct {
	Decision, Code string
	Policies       []policy.ID
	Allow          bool
	Undefined      bool // the decision is
}

// ask returns an answer for each input, in their order.
func (n *node) ask(t *testing.T, a *asked) []answer {
	t.Helper()
	if err := n.questions.Encode(a); err != nil {
		t.Fatal(err)
	}
	line, err := n.answers.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var texts []json.RawMessage
	if err := json.Unmarshal(line, &texts); err != nil || len(texts) != len(a.Inputs) {
		t.Fatalf("%d answers, %v", len(texts), err)
	}
	answers := make([]answer, len(texts))
	for i, text := range texts {
		if answers[i], err = parseAnswer(text); err != nil {
			t.Fatalf("%s: %s: %v", a.Inputs[i], text, err)
		}
	}
	return answers
}

func parseAnswer(text []byte) (answer, error) {
	var decision *answer
	var allow bool
	err := json.Unmarshal(text, &[]any{&decision, &allow})
	if decision == nil {
		return answer{Undefined: true, Allow: allow}, err
	}
	decision.Allow = allow
	return *decision, err
}

// TestConformanceInNode runs every case that an input can say.
func TestConformanceInNode(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	for i := range cases {
		t.Run(cases[i].Name, func(t *testing.T) { requests += n.runCase(t, &cases[i]) })
	}
	if requests < 500 {
		t.Errorf("only %d requests were put", requests)
	}
}

// runCase returns how many requests were put.
func (n *node) runCase(t *testing.T, c *conformance.Case) int {
	d, faults := source.Load(c.Files)
	faults.Add(check.Run(d)...)
	m, more := lower.Lower(d)
	faults.Add(more...)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	a := newAsked(t, m)
	var wanted []*conformance.Request
	for i := range c.Requests {
		if r := &c.Requests[i]; r.Plain() && (r.Code != "" || r.Malformed != "") {
			wanted = append(wanted, r)
			a.Inputs = append(a.Inputs, timed(t, r.Input))
		}
	}
	if len(wanted) == 0 {
		return 0
	}
	for i, got := range n.ask(t, a) {
		compareCase(t, m, wanted[i], got)
	}
	return len(wanted)
}

func compareCase(t *testing.T, m *policy.Model, want *conformance.Request, got answer) {
	t.Helper()
	if want.Malformed != "" {
		if !got.Undefined || got.Allow {
			t.Errorf("malformed %s: %+v", want.Input, got)
		}
		return
	}
	var texts []string
	for _, id := range got.Policies {
		texts = append(texts, conformance.PolicyText(m, id))
	}
	if got.Decision != want.Decision || got.Code != want.Code || got.Allow != (want.Decision == "ALLOW") || !cmp.Equal(texts, want.Policies) {
		t.Errorf("%s: %+v with policies %q, want %s %s %q", want.Input, got, texts, want.Decision, want.Code, want.Policies)
	}
}

// timed gives an input that names no time the time of the cases: there is no clock in the package.
func timed(t *testing.T, text json.RawMessage) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return string(text)
	}
	if _, ok := members["now"]; !ok {
		members["now"] = json.RawMessage(strconv.FormatInt(conformance.Now, 10))
	}
	b, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// perModel is how many generated requests a generated policy is asked.
const perModel = 100

// TestGeneratedRequestsInNode puts 2,000 generated requests, or as many as LICTOR_PAIRS says up to 20,000, to
// policy.wasm in Node and to the reference engine.
func TestGeneratedRequestsInNode(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	pairs := 2_000
	if text := os.Getenv("LICTOR_PAIRS"); text != "" {
		var err error
		if pairs, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for seed := range uint64(min(pairs, 20_000) / perModel) {
		n.runGenerated(t, seed)
	}
}

func (n *node) runGenerated(t *testing.T, seed uint64) {
	t.Helper()
	m := generate.Model(seed)
	engine, sampler, a := conformance.NewReference(m), generate.NewSampler(m, seed), newAsked(t, m)
	var wanted []answer
	for i := range perModel {
		r := sampler.Next()
		d, ids, err := engine.Deciding(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := answer{Decision: "DENY", Code: d.Code.String(), Policies: append([]policy.ID{}, ids...), Allow: d.Allowed}
		if d.Allowed {
			want.Decision = "ALLOW"
		}
		wanted = append(wanted, want)
		a.Inputs = append(a.Inputs, string(input.Append(nil, r, m.Grammar(), input.Form(i%2))))
	}
	for i, got := range n.ask(t, a) {
		if diff := cmp.Diff(wanted[i], got); diff != "" {
			t.Fatalf("seed %d, request %d (-want +got):\n%s\n%s", seed, i, diff, a.Inputs[i])
		}
	}
}
