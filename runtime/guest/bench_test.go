package guest_test

import (
	"testing"

	"github.com/lictor-dev/lictor/runtime/guest"
)

// BenchmarkCheck measures checks without WebAssembly. Its profile tells the compiler which calls of the module are worth inlining; see README.md.
func BenchmarkCheck(b *testing.B) {
	g, h := open(b, 0)
	for _, q := range []struct {
		name, subject, organisation, resource, action, id string
		want                                              int32
	}{
		{"entitlement", "homer.simpson@springfield.com", "SNPP", "reactor", "read", "sector-7g", 7},
		{"birthright", "somebody@example.com", "", "organisation", "read", "SNPP", 7},
		{"condition", "homer.simpson@springfield.com", "SNPP", "organisation", "update", "SNPP", 7},
		{"stored", "lenny.leonard@springfield.com", "SNPP", "reactor", "operate", "sector-7g", 7},
		{"denied", "lenny.leonard@springfield.com", "SNPP", "reactor", "operate", "sector-4", 4},
		{"nothing", "homer.simpson@springfield.com", "MOES", "organisation", "update", "MOES", 0},
	} {
		b.Run(q.name, func(b *testing.B) {
			r := request{
				flags: guest.RequestNames | guest.RequestNow, count: 4, now: noon,
				fields: []string{"user", q.subject, q.organisation, "", "", "", "", "", q.resource, q.action, q.id, ""},
			}
			n := put(g, r.encode())
			if got := g.Check(h, n); got != q.want {
				b.Fatalf("%d: %s", got, g.Error())
			}
			b.ReportAllocs()
			for b.Loop() {
				g.Check(h, n)
			}
		})
	}
}
