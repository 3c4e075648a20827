package conformance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/runtime/conformance"
)

// TestCases sees that the tree is well-formed: every case cites its source and its answers make sense.
func TestCases(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, c := range cases {
		if !strings.Contains(c.Comment, "DESIGN") && !strings.Contains(c.Comment, "Rule") && !strings.Contains(c.Comment, "RFC") && !strings.Contains(c.Comment, "AuthZEN") {
			t.Errorf("%s cites nothing: %s", c.Name, c.Comment)
		}
		for _, r := range c.Requests {
			codes = append(codes, r.Code)
		}
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) != 9 { // eight codes, and none for malformed requests and role checks
		t.Errorf("the cases reach %q", codes)
	}
	if len(cases) < 200 {
		t.Errorf("%d cases", len(cases))
	}
}
