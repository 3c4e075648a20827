package portable_test

import (
	"os"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/portable"
)

// TestFunctionsAreDocumented holds the list of functions in DEFINITIONS.md against the table: every portable one is in it, no
// other is, and those of the native subset are marked.
func TestFunctionsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../DEFINITIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(text), "\nFunctions, which all engines evaluate alike: ")
	list, _, ends := strings.Cut(list, ". Numbers are")
	if !found || !ends {
		t.Fatal("DEFINITIONS.md lists no functions")
	}
	var want []string
	for _, name := range portable.Functions() {
		entry := "`" + name + "`"
		if _, native := portable.Operations[name]; native {
			entry += "*"
		}
		want = append(want, entry)
	}
	if got := strings.Join(strings.Fields(list), " "); got != strings.Join(want, ", ") {
		t.Errorf("DEFINITIONS.md lists\n%s\nwant\n%s", got, strings.Join(want, ", "))
	}
}

// TestEveryBuiltinHasAnAnswer sees that each built-in of OPA is portable, or the compiler says what to write instead.
func TestEveryBuiltinHasAnAnswer(t *testing.T) {
	t.Parallel()
	for _, b := range ast.Builtins {
		ok, hint := portable.Portable(b.Name)
		if ok == (hint != "") {
			t.Errorf("%s: portable %v, hint %q", b.Name, ok, hint)
		}
		if strings.HasPrefix(hint, "functions: ") && b.Infix == "" {
			t.Errorf("%s: no hint but the list of functions", b.Name)
		}
	}
}
