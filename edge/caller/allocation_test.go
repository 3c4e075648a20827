//go:build !race

package caller_test

import (
	"testing"

	"github.com/lictor-dev/lictor/edge/caller"
)

func TestAuthenticateAllocates(t *testing.T) {
	var keys caller.Keys
	keys.Replace(map[caller.Digest]*caller.Caller{digest("abc"): {}})
	for _, authorization := range []string{"Bearer abc", "Bearer nobody", "x"} {
		header := []byte(authorization)
		if n := testing.AllocsPerRun(100, func() { keys.Authenticate(header) }); n != 0 {
			t.Errorf("%q: %v allocations", authorization, n)
		}
	}
}
