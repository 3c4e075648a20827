package benchmarks_test

import (
	"fmt"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// page is how many results a page of a search holds.
const page = 100

// searched is a policy with a million subjects or objects, and a search that finds at least a page of them.
type searched struct {
	name              string
	model             func() *policy.Model
	permission, after string
	search            func(e decision.Searcher, r *decision.Request, after string, yield func(string) bool) error
}

const million = 1_000_000

var searches = []searched{
	{"subjects-of-one-role-in-100", rbac(100, 10, million, 1), "resource-7:action-1:x", subjectName(million / 2), decision.Searcher.SearchSubjects},
	{"subjects-all", rbac(1, 10, million, 1), "resource-0:action-1:x", subjectName(million / 2), decision.Searcher.SearchSubjects},
	{"subjects-all-conditional", conditional(rbac(1, 10, million, 1)), "resource-0:action-1:x", subjectName(million / 2), decision.Searcher.SearchSubjects},
	{"resources-all", documents(rbac(1, 10, 1, 1)), "resource-0:action-1", documentName(million / 2), decision.Searcher.SearchResources},
	{"resources-named", documents(shelf), "resource-0:read", documentName(million/2 - 1), decision.Searcher.SearchResources},
}

// shelf has one role with grants on 200 of the documents by name.
func shelf() *policy.Model {
	m := rbac(1, 0, 1, 1)()
	for i := range 200 {
		p, err := m.Grammar().Parse("resource-0:read:" + documentName(i*million/200))
		if err != nil {
			panic(err)
		}
		m.Policies = append(m.Policies, policy.Policy{Permission: p, Validity: policy.Always})
		m.Holders[0].Policies = append(m.Holders[0].Policies, policy.ID(i+1))
	}
	return m
}

// conditional makes every grant depend on who asks.
func conditional(model func() *policy.Model) func() *policy.Model {
	return func() *policy.Model {
		m := model()
		is := policy.Call{Op: policy.StartsWith, Args: []policy.Expr{
			policy.Ref{Root: policy.SubjectID}, policy.Literal{Value: value.AppendString(nil, "subject-")},
		}}
		m.Conditions = []policy.Condition{{Text: `startswith(subject.id, "subject-")`, Expr: is}}
		for i := range m.Policies {
			m.Policies[i].Condition = 1
		}
		return m
	}
}

// documents adds a million objects of the first role's resource.
func documents(model func() *policy.Model) func() *policy.Model {
	return func() *policy.Model {
		m := model()
		empty := value.End(value.Begin(nil, value.Object), 0, 0)
		for i := range million {
			m.Objects = append(m.Objects, policy.Object{Namespace: "default", Type: "resource-0", ID: documentName(i), Properties: empty})
		}
		return m
	}
}

func documentName(i int) string { return fmt.Sprintf("document-%07d", i) }

// BenchmarkSearch measures the first search of an engine, which makes the index, and one page of 100 from the
// middle of the results afterwards.
func BenchmarkSearch(b *testing.B) {
	for _, s := range searches {
		b.Run(s.name, func(b *testing.B) {
			t, err := tables.Open(build(b, s.model()))
			if err != nil {
				b.Fatal(err)
			}
			e := prepared(b, t)
			r := requestFor(b, e.Grammar(), subjectName(0), s.permission)
			b.Run("first", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s.page(b, prepared(b, t), &r)
				}
			})
			b.Run("page", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s.page(b, e, &r)
				}
			})
		})
	}
}

func prepared(b *testing.B, t *tables.Tables) *table.Engine {
	e, err := table.New(t)
	if err != nil {
		b.Fatal(err)
	}
	return e
}

func (s *searched) page(b *testing.B, e *table.Engine, r *decision.Request) {
	found := 0
	err := s.search(e, r, s.after, func(string) bool {
		found++
		return found < page
	})
	if err != nil || found != page {
		b.Fatalf("%d results, %v", found, err)
	}
}
