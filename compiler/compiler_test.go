package compiler_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/bundle"
	build "github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/golden"
)

func compile(t testing.TB, dir string, o compiler.Options) *compiler.Result {
	t.Helper()
	r, err := compiler.Compile(context.Background(), os.DirFS(dir), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Diagnostics.HasErrors() {
		t.Fatalf("diagnostics: %v", r.Diagnostics)
	}
	return r
}

// TestStockOPALoadsTheBundle puts one question to OPA, with nothing but the bundle's file.
func TestStockOPALoadsTheBundle(t *testing.T) {
	t.Parallel()
	r := compile(t, "../examples/springfield", compiler.Options{Revision: "r1", Epoch: 3})
	file := filepath.Join(t.TempDir(), "springfield.tar.gz")
	if err := os.WriteFile(file, r.Bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := bundle.NewReader(bytes.NewReader(r.Bundle)).Read()
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Manifest.Revision != "r1" {
		t.Errorf("revision %q", loaded.Manifest.Revision)
	}
	input := map[string]any{
		"subject":  map[string]any{"type": "user", "id": "nobody"},
		"action":   map[string]any{"name": "read"},
		"resource": map[string]any{"type": "nothing", "id": "1"},
		"now":      json.Number("1800000000"),
	}
	results, err := rego.New(rego.Query("data.lictor.authz.decision"), rego.LoadBundle(file), rego.Input(input)).Eval(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"decision": "DENY", "code": "no_grant", "policies": []any{}}
	if diff := cmp.Diff(want, results[0].Expressions[0].Value); diff != "" {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
}

// TestEveryEngineReproducesTheTests asks stock OPA and the reference engine what the bundles of the examples expect.
// OPA gets each test's input as it stands in the bundle.
func TestEveryEngineReproducesTheTests(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{"springfield": 30, "newsletter": 20, "bookstore": 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := compile(t, "../examples/"+name, compiler.Options{})
			b, err := bundles.Open(bytes.NewReader(r.Bundle), bundles.Options{AllowUnsigned: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := golden.Prove(b, conformance.NewReference(r.Model), r.Model.Grammar()); err != nil {
				t.Error(err)
			}
			member, _ := b.Member(bundles.TestsName)
			var carried struct{ Tests []carriedTest }
			if err := util.UnmarshalJSON(member.Bytes, &carried); err != nil || len(carried.Tests) < least {
				t.Fatalf("%d tests, %v", len(carried.Tests), err)
			}
			reproduceInOPA(t, r.Bundle, carried.Tests)
		})
	}
}

// carriedTest is a test as it stands in a bundle.
type carriedTest struct {
	Name, Expect string
	Reason       string `json:"expect_reason"`
	Input        any
}

func reproduceInOPA(t *testing.T, raw []byte, tests []carriedTest) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	query, err := rego.New(rego.Query("data.lictor.authz.decision"), rego.LoadBundle(file)).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		results, err := query.Eval(t.Context(), rego.EvalInput(test.Input))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := results[0].Expressions[0].Value.(map[string]any)
		if got["decision"] != test.Expect || test.Reason != "" && got["code"] != test.Reason {
			t.Errorf("%s: OPA says %v, want %s %s", test.Name, got, test.Expect, test.Reason)
		}
	}
}

// TestOPABuildsOnTheBundle does what "opa build -b" does: the tests are no hindrance, and not part of the result. It runs alone,
// because OPA formats what it has built in terms that its parser shares among all modules of the process.
//
//nolint:paralleltest // see above
func TestOPABuildsOnTheBundle(t *testing.T) {
	r := compile(t, "../examples/newsletter", compiler.Options{Revision: "r1"})
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	if err := os.WriteFile(file, r.Bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	compiled := build.New().WithPaths(file).WithAsBundle(true).WithOutput(&out)
	if err := compiled.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	built, err := bundle.NewReader(&out).Read()
	if err != nil {
		t.Fatal(err)
	}
	if lictor, ok := built.Data["lictor"].(map[string]any); !ok || lictor["tests"] != nil || len(built.Modules) == 0 {
		t.Errorf("OPA built %d modules with data %v", len(built.Modules), built.Data)
	}
}

// TestTestsOfEveryPass warns of tests that fail, and makes no bundle where one depends on the time.
func TestTestsOfEveryPass(t *testing.T) {
	t.Parallel()
	const definitions = "lictor: v1\nsubjects:\n  lisa: {policies: [{permission: x, decision: ALLOW, valid_to: 2027-01-01T00:00:00Z}]}\ntests:\n" +
		"  - {name: a, subject: lisa, permission: x, expect: DENY"
	for _, tt := range []struct {
		rest, code string
		bundle     bool
	}{
		{"}", "E0702", false},
		{", now: 2026-01-01T00:00:00Z}", "W0108", true},
		{", now: 2027-01-01T00:00:00Z}", "", true},
	} {
		files := fstest.MapFS{"a.yaml": {Data: []byte(definitions + tt.rest + "\n")}}
		r, err := compiler.Compile(t.Context(), files, compiler.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, d := range r.Diagnostics {
			codes = append(codes, d.Code)
		}
		if strings.Join(codes, " ") != tt.code || (r.Bundle != nil) != tt.bundle || (r.Model != nil) != tt.bundle {
			t.Errorf("%s: %v, bundle %v, model %v", tt.rest, r.Diagnostics, r.Bundle != nil, r.Model != nil)
		}
	}
}

func TestSignedBundleVerifiesInOPA(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), "k1")
	if err != nil {
		t.Fatal(err)
	}
	r := compile(t, "../examples/bookstore", compiler.Options{Epoch: 1, Key: signer})
	keys := map[string]*bundle.KeyConfig{"k1": {Key: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), Algorithm: "ES256"}}
	reader := bundle.NewReader(bytes.NewReader(r.Bundle)).WithBundleVerificationConfig(bundle.NewVerificationConfig(keys, "k1", "", nil))
	if _, err := reader.Read(); err != nil {
		t.Error(err)
	}
}

func TestSameDefinitionsSameBytes(t *testing.T) {
	t.Parallel()
	first, second := compile(t, "../examples/newsletter", compiler.Options{}), compile(t, "../examples/newsletter", compiler.Options{})
	if !bytes.Equal(first.Bundle, second.Bundle) {
		t.Error("the bundles differ")
	}
	if first.Manifest.Agreement.Requests < 100 {
		t.Errorf("agreement %+v", first.Manifest.Agreement)
	}
	if first.Manifest.Revision != first.Manifest.Source.String() {
		t.Errorf("revision %q", first.Manifest.Revision)
	}
}

func TestDiagnosticsOfEveryPass(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"a.yaml": {Data: []byte("lictor: v1\nroles:\n  a: {includes: [b], policies: [{permission: x, decision: DENY, when: foo == 1}]}\n")},
		"b.rego": {Data: []byte("package other\n")},
		"c.rego": {Data: []byte("package custom\n\nallow if {\n")},
		"d.rego": {Data: []byte("package custom.d\n\ndefault ok := false\n")},
		"e.yaml": {Data: []byte("lictor: v1\nroles: {e: {permission: [x], policies: [{permission: x, decision: Deny, when: [1, \"foo\"]}]}}\n")},
	}
	r, err := compiler.Compile(context.Background(), files, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range r.Diagnostics {
		if strings.HasPrefix(d.Code, "E") {
			got = append(got, d.Pos.File+" "+d.Code)
		}
	}
	if diff := cmp.Diff([]string{
		"a.yaml E0203", "a.yaml E0603", "b.rego E0608", "c.rego E0608",
		"e.yaml E0101", "e.yaml E0104", "e.yaml E0103", "e.yaml E0603",
	}, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	if r.Bundle != nil || r.Model != nil {
		t.Error("a bundle in spite of errors")
	}
}

func TestCustomModulesAreMembers(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"a.yaml":        {Data: []byte("lictor: v1\nroles: {a: {permissions: [\"x\"]}}\n")},
		"custom/d.rego": {Data: []byte("package custom.d\n\ndefault ok := false\n")},
	}
	r, err := compiler.Compile(context.Background(), files, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range r.Manifest.Parts {
		found = found || p.Name == "custom/d.rego"
	}
	if !found {
		t.Errorf("parts: %v", r.Manifest.Parts)
	}
}

func BenchmarkCompileCloud(b *testing.B) {
	for b.Loop() {
		compile(b, "../examples/cloud", compiler.Options{})
	}
}
