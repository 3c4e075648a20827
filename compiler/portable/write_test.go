package portable_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/portable"
)

// TestSizes sees that what is written of an item grows as the item does, not with its square.
func TestSizes(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"tests":          `x.m%d.a > %[1]d`,
		"variables":      `y%d := x.m%[1]d; y%[1]d.a > 1`,
		"loops":          `some y%d in x.m%[1]d; y%[1]d.a`,
		"comprehensions": `count([y | some y in x.m%d; y.a]) > 1`,
		"every":          `every y in x.m%d { y.a; y.b }`,
		"negations":      `not x.m%d[_].a`,
		"patterns":       `[a%d, [1, b%[1]d]] := x.m%[1]d; a%[1]d > b%[1]d`,
	} {
		size := func(count int) int {
			all := []string{`some x in context.xs`}
			for i := range count {
				all = append(all, fmt.Sprintf(statement, i))
			}
			var b strings.Builder
			portable.Reread(policy.Rego{Text: strings.Join(all, "; ")}).Write(&b, "r1")
			return b.Len()
		}
		if half, whole := size(20), size(40); whole > half*5/2 {
			t.Errorf("%s: 20 statements are %d bytes, 40 are %d", name, half, whole)
		}
	}
}
