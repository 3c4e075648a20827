package evaluator_test

import (
	"hash/fnv"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/custom"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	opawasm "github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
	"github.com/lictor-dev/lictor/runtime/wasm"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

func compile(tb testing.TB, c *conformance.Case) (*source.Definitions, *policy.Model) {
	tb.Helper()
	definitions, list := source.Load(c.Files)
	list = append(list, check.Run(definitions)...)
	model, more := lower.Lower(definitions)
	if list = append(list, more...); list.HasErrors() {
		tb.Fatalf("the definitions do not compile: %v", list)
	}
	return definitions, model
}

// TestConformance puts every case to the guest, strict ones and every callers mode included.
func TestConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	e := newEvaluator(t, evaluator.Options{Instances: 1})
	for i := range cases {
		if testing.Short() && i%16 != 0 {
			continue
		}
		t.Run(cases[i].Name, func(t *testing.T) {
			_, model := compile(t, &cases[i])
			l := load(t, e, evaluator.Policy{Tables: build(t, model)})
			defer l.Close()
			conformance.Run(t, &cases[i], model, l)
		})
	}
}

// TestRegoConformance lets policy.wasm evaluate what the guest cannot.
func TestRegoConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.RegoCases()
	if err != nil {
		t.Fatal(err)
	}
	e, runtime := newEvaluator(t, evaluator.Options{Instances: 1}), wasm.NewRuntime("")
	defer runtime.Close()
	for i := range cases {
		if testing.Short() && i%8 != 0 {
			continue
		}
		t.Run(cases[i].Name, func(t *testing.T) {
			definitions, model := compile(t, &cases[i])
			conditions, err := runtime.Conditions(policyWasm(t, definitions, model), wasm.Options{Instances: 1, Deadline: 30 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer conditions.Close()
			l := load(t, e, evaluator.Policy{Tables: build(t, model), Conditions: conditions})
			defer l.Close()
			conformance.Run(t, &cases[i], model, l)
		})
	}
}

func policyWasm(tb testing.TB, definitions *source.Definitions, model *policy.Model) []byte {
	tb.Helper()
	generated, err := rego.Generate(model)
	if err != nil {
		tb.Fatal(err)
	}
	modules, list := custom.Read(definitions)
	if list.HasErrors() {
		tb.Fatalf("the modules do not compile: %v", list)
	}
	generated.Add(modules)
	module, err := opawasm.Compile(tb.Context(), generated.Members(), rego.Entrypoints)
	if err != nil {
		tb.Fatal(err)
	}
	return module
}

// hashed gives conditions values that depend on all they are asked with.
type hashed struct{}

func (hashed) Condition(rule string, environment []byte) decision.Truth {
	h := fnv.New32a()
	_, _ = h.Write([]byte(rule))
	_, _ = h.Write(environment)
	return decision.Truth(h.Sum32() % 3)
}

// TestAgrees puts 20,000 generated requests to the guest and to the native engine, half of them to policies with
// conditions that the guest asks its host for.
func TestAgrees(t *testing.T) {
	t.Parallel()
	policies, requests := uint64(200), 100
	if testing.Short() {
		policies = 20
	}
	e := newEvaluator(t, evaluator.Options{Instances: 1})
	codes := map[decision.Code]int{}
	for seed := range policies {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			m := generate.Model(seed)
			if seed%2 == 1 {
				m = generate.RegoModel(seed)
			}
			content := build(t, m)
			opened, err := tables.Open(content)
			if err != nil {
				t.Fatal(err)
			}
			host, err := table.NewWith(opened, hashed{})
			if err != nil {
				t.Fatal(err)
			}
			guest := load(t, e, evaluator.Policy{Tables: content, Conditions: hashed{}})
			defer guest.Close()
			sampler := generate.NewSampler(m, seed)
			for n := range requests {
				r := sampler.Next()
				want := ask(t, host, r)
				if diff := cmp.Diff(want, ask(t, guest, r)); diff != "" {
					t.Fatalf("request %d, %s: (-native +guest):\n%s", n, r.Permissions[0].String(), diff)
				}
				codes[want.Decision.Code]++
			}
		})
	}
	if len(codes) != decision.CodeCount && !testing.Short() {
		t.Errorf("only some codes occur: %v", codes)
	}
}
