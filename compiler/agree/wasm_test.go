package agree_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/compiler/agree"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
)

// module compiles the Rego of a subject after something in it was replaced.
func module(t *testing.T, s agree.Subject, text, by string) []byte {
	t.Helper()
	members := map[string][]byte{}
	replaced := 0
	for _, m := range s.Rego.Modules {
		replaced += bytes.Count(m.Text, []byte(text))
		members[m.Path] = bytes.ReplaceAll(m.Text, []byte(text), []byte(by))
	}
	if replaced == 0 {
		t.Fatalf("%s is nowhere in the Rego", text)
	}
	compiled, err := wasm.Compile(t.Context(), members, rego.Entrypoints)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestCheckAsksWasm(t *testing.T) {
	t.Parallel()
	const seed = 4
	s := subject(t, generate.Model(seed))
	for name, test := range map[string]struct{ text, by, want string }{
		"as it is":               {"package", "package", ""},
		"another reason":         {`answer("no_grant", [])`, `answer("condition_false", [])`, `policy.wasm says {"code":"condition_false",`},
		"allow says no more":     {"default allow := false\n\nallow if {", "default allow := false\n\nallow if {\n\tfalse", "]}, allow false, for the input {"},
		"nothing can be decided": {"valid if {", "valid if {\n\tfalse", "policy.wasm: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s
			s.Wasm = module(t, s, test.text, test.by)
			_, err := agree.Check(t.Context(), s, agree.Options{Seed: seed})
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v, want %s", err, test.want)
			}
			if _, again := agree.Check(t.Context(), s, agree.Options{Seed: seed}); again == nil || again.Error() != err.Error() {
				t.Errorf("first %v\nthen  %v", err, again)
			}
		})
	}
}

func TestCheckRefusesWhatDoesNotStart(t *testing.T) {
	t.Parallel()
	s := subject(t, generate.Model(1))
	s.Wasm = []byte("\x00asm")
	if _, err := agree.Check(t.Context(), s, agree.Options{}); err == nil {
		t.Error("a module that is none is not missed")
	}
}
