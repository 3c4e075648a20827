package policy_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// TestOpsAreStable pins the numbers of operations and roots: they are part of the table format, and
// old bundles must open for ever.
func TestOpsAreStable(t *testing.T) {
	t.Parallel()
	names := []string{
		"", "", "", "not", "==", "!=", "<", "<=", ">", ">=", "in", "[]", "{}", "+", "-", "*", "%", "&", "|", "startswith", "endswith", "contains",
		"lower", "upper", "trim_space", "trim_prefix", "trim_suffix", "count", "abs", "regex.match", "net.cidr_contains",
		"is_null", "is_boolean", "is_number", "is_string", "is_array", "is_object",
	}
	if len(names) != policy.OpCount {
		t.Fatalf("%d operations, want %d: a new one goes to the end", policy.OpCount, len(names))
	}
	for op, name := range names {
		if info := policy.Ops[op]; info.Rego != name || info.Args == 0 && op > 0 {
			t.Errorf("operation %d is %+v, want %q", op, info, name)
		}
	}
	roots := []string{
		"subject.type", "subject.id", "subject.properties", "action.name", "action.properties", "resource.type", "resource.id",
		"resource.properties", "context", "organisation", "token", "now",
	}
	if len(roots) != policy.RootCount {
		t.Fatalf("%d roots, want %d", policy.RootCount, len(roots))
	}
	paths := map[string]bool{"subject.properties": true, "action.properties": true, "resource.properties": true, "context": true, "token": true}
	for i, name := range roots {
		if r := policy.Root(i); r.String() != name || r.HasPath() != paths[name] {
			t.Errorf("root %d is %q, with a path: %v", i, r, r.HasPath())
		}
	}
}
