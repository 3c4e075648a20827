package wasm_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
)

// members are what the compiler gives to Compile: all members of a bundle.
func members(t testing.TB, m *policy.Model) map[string][]byte {
	t.Helper()
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatal(err)
	}
	all := out.Members()
	all[bundles.DataName], all[bundles.TablesName] = out.Data, []byte("no Rego")
	return all
}

func compile(t testing.TB, all map[string][]byte) []byte {
	t.Helper()
	module, err := wasm.Compile(t.Context(), all, rego.Entrypoints)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func model(t testing.TB, definitions string) *policy.Model {
	t.Helper()
	d, faults := source.Load(fstest.MapFS{"a.yaml": {Data: []byte("lictor: v1\n" + definitions)}})
	faults.Add(check.Run(d)...)
	m, more := lower.Lower(d)
	faults.Add(more...)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	return m
}

// seeds are of generated policies, with conditions of every kind.
const seeds = 3

// digests are what is compiled from the generated policies.
func digests(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	for seed := range uint64(seeds) {
		digest := bundles.DigestOf(compile(t, members(t, generate.Model(seed))))
		all.WriteString(hex.EncodeToString(digest[:]) + "\n")
	}
	return all.String()
}

func TestSameModulesGiveTheSameBytes(t *testing.T) {
	want := digests(t)
	for n := range 3 {
		if got := digests(t); got != want {
			t.Fatalf("run %d gives %s, the first %s", n, got, want)
		}
	}
	var side sync.WaitGroup
	for range 4 {
		side.Go(func() {
			if got := digests(t); got != want {
				t.Errorf("side by side gives %s, alone %s", got, want)
			}
		})
	}
	side.Wait()
}

// printDigests asks a process of this test for its digests, and nothing else.
const printDigests = "LICTOR_TEST_PRINT_DIGESTS"

// TestOtherProcessesGiveTheSameBytes runs this test again, in a process with other processors, time zone and folder.
func TestOtherProcessesGiveTheSameBytes(t *testing.T) {
	if os.Getenv(printDigests) != "" {
		fmt.Print("digests\n" + digests(t))
		return
	}
	t.Parallel()
	want := digests(t)
	for _, processors := range []string{"1", "7"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOtherProcessesGiveTheSameBytes$")
		cmd.Env = append(os.Environ(), printDigests+"=1", "GOMAXPROCS="+processors, "TZ=Pacific/Kiritimati", "GOGC=25")
		cmd.Dir = t.TempDir()
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(out); !strings.HasPrefix(got, "digests\n"+want) {
			t.Errorf("GOMAXPROCS=%s gives %s, this process %s", processors, got, want)
		}
	}
}

// grants defines a role with n grants of the same shapes, a deny among them, and a condition.
func grants(n int) string {
	var b strings.Builder
	b.WriteString("roles:\n  reader:\n    policies:\n      - {permission: \"doc:read\", decision: ALLOW, when: \"context.a == 1\"}\n" +
		"      - {permission: \"doc:delete:7\", decision: DENY}\n    permissions:\n")
	for i := range n {
		fmt.Fprintf(&b, "      - \"doc:read:%d\"\n", i)
	}
	return b.String()
}

// lineNumbers is what a module may grow by because rules stand on later lines, which run-time errors name: the
// generated Rego lists up to a thousand policies in comments above its rules.
const lineNumbers = 64

// TestSizeDoesNotGrowWithGrants also says that no data is in the module.
func TestSizeDoesNotGrowWithGrants(t *testing.T) {
	t.Parallel()
	few, many := compile(t, members(t, model(t, grants(10)))), compile(t, members(t, model(t, grants(10_000))))
	if len(few)+lineNumbers < len(many) {
		t.Errorf("10 grants take %d bytes, 10,000 take %d", len(few), len(many))
	}
	if bytes.Contains(many, []byte("reader")) || !bytes.Contains(many, []byte("lictor/authz/decision")) {
		t.Error("the name of a role is in the module, or no entrypoint is")
	}
}

// TestRegularExpressionsAreForThoseWhoUseThem holds that the engine for them, which takes about 190 kB, is not in the
// module of a policy without any.
func TestRegularExpressionsAreForThoseWhoUseThem(t *testing.T) {
	t.Parallel()
	plain := len(compile(t, members(t, model(t, grants(1)))))
	matching := len(compile(t, members(t, model(t, strings.ReplaceAll(grants(1), "context.a == 1", "regex.match(\\\"^a\\\", context.a)")))))
	if plain > 300_000 || matching < plain+150_000 {
		t.Errorf("%d bytes without, %d with", plain, matching)
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	good := map[string][]byte{"lictor/a.rego": []byte("package lictor.authz\n\nallow := input.x\n")}
	entrypoints := []string{"lictor/authz/allow"}
	if _, err := wasm.Compile(t.Context(), good, entrypoints); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no Rego":          "allow",
		"empty":            "",
		"unknown function": "package lictor.authz\n\nallow := nothing(1)\n",
		"no entrypoint":    "package lictor.authz\n\ndeny := 1\n",
		"recursion":        "package lictor.authz\n\nallow := allow\n",
	} {
		all := maps.Clone(good)
		all["lictor/a.rego"] = []byte(text)
		if module, err := wasm.Compile(t.Context(), all, entrypoints); err == nil || module != nil {
			t.Errorf("%s: %d bytes and %v", name, len(module), err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if module, err := wasm.Compile(ended, good, entrypoints); !errors.Is(err, context.Canceled) || module != nil {
		t.Errorf("a context that ended gives %d bytes and %v", len(module), err)
	}
}

func TestEnvironmentThatChangesTheBytesIsRefused(t *testing.T) {
	all := map[string][]byte{"lictor/a.rego": []byte("package lictor.authz\n\nallow := input.x\n")}
	for _, name := range []string{"EXPERIMENTAL_WASM_OPT", "EXPERIMENTAL_WASM_OPT_ARGS"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "-O1")
			_, err := wasm.Compile(t.Context(), all, []string{"lictor/authz/allow"})
			if refused, ok := errors.AsType[*wasm.EnvironmentError](err); !ok || refused.Variable != name {
				t.Errorf("%v", err)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	all := members(b, generate.Model(1))
	runtime.GC()
	for b.Loop() {
		compile(b, all)
	}
}
