package value_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles/value"
)

// members returns an object with n members, the last one first if backwards, and with one of them as given.
func members(tb testing.TB, n int, backwards bool, at int, member string) value.Value {
	tb.Helper()
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"m%d":%d`, i, i)
		if i == at {
			list[i] = member
		}
	}
	if backwards {
		for i := range n / 2 {
			list[i], list[n-1-i] = list[n-1-i], list[i]
		}
	}
	_, v, err := value.Parse(nil, []byte("{"+strings.Join(list, ",")+"}"))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestEqualOfLargeObjects(t *testing.T) {
	t.Parallel()
	for _, n := range []int{31, 32, 33, 34, 1000} {
		a, same := members(t, n, false, -1, ""), members(t, n, true, -1, "")
		if !value.Equal(a, same) || !value.Equal(same, a) {
			t.Errorf("%d members in another order are not equal", n)
		}
		for _, other := range []string{`"m7":8`, `"M7":7`, `"m7":null`} {
			if b := members(t, n, true, 7, other); value.Equal(a, b) || value.Equal(b, a) {
				t.Errorf("%d members with %s are equal", n, other)
			}
		}
	}
}

// TestEqualTakesProportionalTime compares objects of a size with ones that are 32 times as large: were each member looked
// for among all, it would take 1,000 times as long.
func TestEqualTakesProportionalTime(t *testing.T) {
	const small, times = 1000, 32
	least := func(n int) time.Duration {
		a, b := members(t, n, false, -1, ""), members(t, n, true, -1, "")
		best := time.Hour
		for range 5 {
			start := time.Now()
			if !value.Equal(a, b) {
				t.Fatal("not equal")
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	if one, many := least(small), least(small*times); many > 8*times*one {
		t.Errorf("%s for %d members, %s for %d", one, small, many, small*times)
	}
}
