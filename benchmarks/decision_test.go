package benchmarks_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// question is one request with the answer it must get, so that no benchmark measures an early refusal.
type question struct {
	name                              string
	subject, organisation, permission string
	code                              decision.Code
}

var springfield = []question{
	{"entitlement", "homer.simpson@springfield.com", "SNPP", "reactor:read:sector-7g", decision.Allowed},
	{"birthright", "somebody@example.com", "", "organisation:read:SNPP", decision.Allowed},
	{"condition", "homer.simpson@springfield.com", "SNPP", "organisation:update:SNPP", decision.Allowed},
	{"stored", "lenny.leonard@springfield.com", "SNPP", "reactor:operate:sector-7g", decision.Allowed},
	{"denied", "lenny.leonard@springfield.com", "SNPP", "reactor:operate:sector-4", decision.DeniedByPolicy},
	{"nothing", "homer.simpson@springfield.com", "MOES", "organisation:update:MOES", decision.NoGrant},
}

// BenchmarkSpringfield measures single decisions of examples/springfield.
func BenchmarkSpringfield(b *testing.B) {
	m := read(b, "../examples/springfield")
	e := engine(b, m)
	for _, q := range springfield {
		b.Run(q.name, func(b *testing.B) {
			r := ask(b, m, decision.Subject{Type: "user", ID: q.subject}, q.organisation, q.permission)
			if d, err := e.Decide(r); err != nil || d.Code != q.code {
				b.Fatalf("%v, %v instead of %v", d.Code, err, q.code)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Decide(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestDecisionsDoNotAllocate holds every question of BenchmarkSpringfield to no allocation.
func TestDecisionsDoNotAllocate(t *testing.T) {
	m := read(t, "../examples/springfield")
	e := engine(t, m)
	for _, q := range springfield {
		r := ask(t, m, decision.Subject{Type: "user", ID: q.subject}, q.organisation, q.permission)
		if d, err := e.Decide(r); err != nil || d.Code != q.code {
			t.Errorf("%s: %v, %v instead of %v", q.name, d.Code, err, q.code)
		}
		allocations := testing.AllocsPerRun(100, func() {
			if _, err := e.Decide(r); err != nil {
				t.Error(err)
			}
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations", q.name, allocations)
		}
	}
}

// BenchmarkCloud measures decisions among 2,461 real roles and 10,000 subjects: one asked again and again, and
// subjects in turn, each for a grant of its first role.
func BenchmarkCloud(b *testing.B) {
	m := cloud(b)
	e := engine(b, m)
	requests := firstGrants(b, m)
	b.Run("hot", func(b *testing.B) { decide(b, e, requests[:1]) })
	b.Run("turn", func(b *testing.B) { decide(b, e, requests) })
}

// firstGrants returns a request for each subject, for the first grant of its first assignment.
func firstGrants(tb testing.TB, m *policy.Model) []*decision.Request {
	tb.Helper()
	var requests []*decision.Request
	for _, s := range m.Subjects {
		first := s.Assignments[0]
		granted := m.Holders[first.Holder].Policies
		if len(granted) == 0 || noon >= first.Validity.To {
			continue
		}
		organisation := ""
		if first.Validity.Organisation != policy.NoOrganisation {
			organisation = m.Organisations[first.Validity.Organisation].Code
		}
		subject := decision.Subject{Type: s.Type, ID: s.ID}
		requests = append(requests, ask(tb, m, subject, organisation, m.Policy(granted[0]).Permission.String()))
	}
	return requests
}

func decide(b *testing.B, e decision.Engine, requests []*decision.Request) {
	b.Helper()
	for _, r := range requests {
		if d, err := e.Decide(r); err != nil || !d.Allowed {
			b.Fatalf("%s: %v, %v", r.Subject.ID, d.Code, err)
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := e.Decide(requests[i]); err != nil {
			b.Fatal(err)
		}
		if i++; i == len(requests) {
			i = 0
		}
	}
}

// BenchmarkLoadCloud measures opening the tables of examples/cloud, which proves every offset in them.
func BenchmarkLoadCloud(b *testing.B) {
	data := build(b, cloud(b))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tables.Open(data); err != nil {
			b.Fatal(err)
		}
	}
}
