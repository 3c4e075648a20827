package table_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// workload is a model with requests that it allows.
type workload struct {
	name     string
	model    func() *policy.Model
	requests func(i int) (subject, permission string)
	count    int // distinct requests
}

// rbac has grants spread over roles of 100 grants each, and subjects with a number of roles.
func rbac(roles, grantsPerRole, subjects, rolesPerSubject int) func() *policy.Model {
	return func() *policy.Model {
		m := &policy.Model{Namespace: "default", Files: []string{"bench.yaml"}}
		g := m.Grammar()
		for r := range roles {
			h := policy.Holder{Name: fmt.Sprintf("role-%06d", r), Closure: []policy.HolderIndex{policy.HolderIndex(r)}}
			for n := range grantsPerRole {
				p, err := g.Parse(fmt.Sprintf("resource-%d:action-%d", r, n))
				if err != nil {
					panic(err)
				}
				m.Policies = append(m.Policies, policy.Policy{OwnerIndex: int32(r), Permission: p, Validity: policy.Always})
				h.Policies = append(h.Policies, policy.ID(len(m.Policies)))
			}
			m.Holders = append(m.Holders, h)
		}
		for s := range subjects {
			subject := policy.Subject{ID: subjectName(s), Type: "user"}
			for n := range rolesPerSubject {
				subject.Assignments = append(subject.Assignments,
					policy.Assignment{Holder: policy.HolderIndex((s + n) % roles), Validity: policy.Always})
			}
			m.Subjects = append(m.Subjects, subject)
		}
		return m
	}
}

func subjectName(s int) string { return fmt.Sprintf("subject-%07d", s) }

// own asks for a grant of the subject's first role.
func own(roles, grantsPerRole int) func(i int) (string, string) {
	return func(i int) (string, string) {
		return subjectName(i), fmt.Sprintf("resource-%d:action-%d", i%roles, i%grantsPerRole)
	}
}

// instances has one role with a grant for each of many instances.
func instances(n int) func() *policy.Model {
	return func() *policy.Model {
		m := rbac(1, 0, 1000, 1)()
		g := m.Grammar()
		for i := range n {
			p, err := g.Parse("doc:read:" + strconv.Itoa(i))
			if err != nil {
				panic(err)
			}
			m.Policies = append(m.Policies, policy.Policy{Permission: p, Validity: policy.Always})
			m.Holders[0].Policies = append(m.Holders[0].Policies, policy.ID(i+1))
		}
		return m
	}
}

var workloads = []workload{
	{"grants=10", rbac(1, 10, 10, 1), own(1, 10), 10},
	{"grants=1000", rbac(10, 100, 100, 1), own(10, 100), 100},
	{"grants=100000", rbac(1000, 100, 1000, 1), own(1000, 100), 1000},
	{"grants=1000000-hot", rbac(10000, 100, 1000, 1), own(10000, 100), 1000},
	{"roles=1", rbac(1000, 10, 100, 1), own(1000, 10), 100},
	{"roles=200", rbac(1000, 10, 100, 200), own(1000, 10), 100},
	{"subjects=1000000-hot", rbac(100, 100, 1000000, 1), own(100, 100), 1000},
	{"subjects=1000000-random", rbac(100, 100, 1000000, 1), own(100, 100), 1000000},
	{"instances=1000000-random", instances(1000000), func(i int) (string, string) {
		return subjectName(i % 1000), "doc:read:" + strconv.Itoa(i)
	}, 1000000},
}

func requestFor(t testing.TB, g permission.Grammar, subject, text string) decision.Request {
	p, err := g.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return decision.Request{
		Subject:     decision.Subject{Type: "user", ID: subject},
		Permissions: []permission.Permission{p},
	}
}

// BenchmarkDecide measures one decision in process, beside a look-up of the same keys in a Go map of
// the same size.
func BenchmarkDecide(b *testing.B) {
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			e := open(b, w.model())
			requests := make([]decision.Request, w.count)
			floor := make(map[string]int, w.count)
			keys := make([]string, w.count)
			for n, i := range rand.New(rand.NewPCG(1, 2)).Perm(w.count) {
				subject, text := w.requests(i)
				requests[n] = requestFor(b, e.Grammar(), subject, text)
				keys[n] = subject + " " + text
				floor[keys[n]] = i
			}
			b.Run("lictor", func(b *testing.B) {
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					if d, _ := e.Decide(&requests[n]); !d.Allowed {
						b.Fatal(d.Code)
					}
					if n++; n == len(requests) {
						n = 0
					}
				}
			})
			b.Run("map", func(b *testing.B) {
				n := 0
				for b.Loop() {
					if _, ok := floor[keys[n]]; !ok {
						b.Fatal("missing")
					}
					if n++; n == len(keys) {
						n = 0
					}
				}
			})
		})
	}
}

// BenchmarkOpen measures proving tables, after decompression and signature.
func BenchmarkOpen(b *testing.B) {
	for _, subjects := range []int{1000, 1000000} {
		b.Run(fmt.Sprintf("subjects=%d", subjects), func(b *testing.B) {
			data, err := tables.Build(rbac(100, 100, subjects, 1)())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(data)), "bytes")
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := tables.Open(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCondition measures what one native condition adds.
func BenchmarkCondition(b *testing.B) {
	m := rbac(1, 2, 1, 1)()
	owner := policy.Call{Op: policy.Equal, Args: []policy.Expr{
		policy.Ref{Root: policy.ResourceProperties, Path: []string{"owner"}}, policy.Ref{Root: policy.SubjectID},
	}}
	m.Conditions = []policy.Condition{{Text: "resource.properties.owner == subject.id", Expr: owner}}
	m.Policies[1].Condition = 1
	e := open(b, m)
	_, properties, err := value.Parse(nil, []byte(`{"status":"active","owner":"subject-0000000"}`))
	if err != nil {
		b.Fatal(err)
	}
	for i, name := range []string{"without", "with"} {
		r := requestFor(b, e.Grammar(), "subject-0000000", fmt.Sprintf("resource-0:action-%d", i))
		r.ResourceProperties = properties
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, _ := e.Decide(&r); !d.Allowed {
					b.Fatal(d.Code)
				}
			}
		})
	}
}
