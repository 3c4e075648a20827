package wasm_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/rego"
	opawasm "github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// generated compiles a generated policy.
func generated(tb testing.TB, seed uint64) *compiled {
	tb.Helper()
	m := generate.Model(seed)
	if seed%4 == 3 {
		m = generate.RegoModel(seed)
	}
	out, err := rego.Generate(m)
	if err != nil {
		tb.Fatal(err)
	}
	module, err := opawasm.Compile(tb.Context(), out.Members(), rego.Entrypoints)
	if err != nil {
		tb.Fatal(err)
	}
	return &compiled{m, module, out.Data}
}

// verdict is what engines must agree on.
type verdict struct {
	Decision decision.Decision
	Policies []policy.ID
}

// TestAgrees puts 20,000 generated requests to policy.wasm and to the table engine; in every fourth of the 50 policies some
// conditions are Rego, which the table engine asks policy.wasm for.
func TestAgrees(t *testing.T) {
	t.Parallel()
	policies, requests := uint64(50), 400
	if testing.Short() {
		policies = 4
	}
	runtime := newRuntime(t)
	codes, asked := map[decision.Code]int{}, 0
	for seed := range policies {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			c := generated(t, seed)
			tables, conditions := mixed(t, runtime, c, wasm.Options{Instances: 1, Deadline: patient})
			defer conditions.Close()
			whole := newEngine(t, runtime, c, wasm.Options{Instances: 1, Deadline: patient})
			sampler := generate.NewSampler(c.model, seed)
			for n := range requests {
				r := sampler.Next()
				got, err := decide(whole, r)
				if _, inexpressible := errors.AsType[*wasm.InexpressibleError](err); inexpressible {
					continue
				}
				if err != nil {
					t.Fatalf("request %d: %v", n, err)
				}
				want, err := decide(tables, r)
				if err != nil {
					t.Fatalf("request %d: %v", n, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("request %d, %s: (-tables +wasm):\n%s", n, r.Permissions[0].String(), diff)
				}
				asked++
				codes[want.Decision.Code]++
			}
		})
	}
	if asked < int(policies)*requests*99/100 {
		t.Errorf("only %d requests were compared", asked)
	}
	if len(codes) != decision.CodeCount && !testing.Short() {
		t.Errorf("only some codes occur: %v", codes)
	}
}

func decide(e decision.Engine, r *decision.Request) (verdict, error) {
	d, ids, err := e.Deciding(r, nil)
	if short, _ := e.Decide(r); err == nil && short != d {
		return verdict{}, errors.New("Decide and Deciding differ")
	}
	return verdict{d, slices.Clip(ids)}, err
}
