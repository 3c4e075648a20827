package benchmarks_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// workload is a model with requests that it allows. Request i has one varying key: a subject's id or an
// instance's.
type workload struct {
	name    string
	model   func() *policy.Model
	request func(i int) (subject, resource, action, id string)
	count   int // distinct requests
}

// rbac has grants spread over roles, and subjects with a number of roles.
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
func own(roles, grantsPerRole int) func(i int) (subject, resource, action, id string) {
	return func(i int) (string, string, string, string) {
		return subjectName(i), fmt.Sprintf("resource-%d", i%roles), fmt.Sprintf("action-%d", i%grantsPerRole), "7"
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
	{"instances=1000000-random", instances(1000000), func(i int) (string, string, string, string) {
		return subjectName(i % 1000), "doc", "read", strconv.Itoa(i)
	}, 1000000},
}

// stream is requests in random order, as a server sees them: only their texts differ.
type stream struct {
	subjects, resources, actions, ids []string
	floor                             map[string]int
	keys                              []string // the key of each request that varies, as found in floor
}

func (w workload) stream() *stream {
	s := &stream{floor: make(map[string]int, w.count)}
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(w.count) {
		subject, resource, action, id := w.request(i)
		s.subjects, s.resources = append(s.subjects, subject), append(s.resources, resource)
		s.actions, s.ids = append(s.actions, action), append(s.ids, id)
		key := subject
		if resource == "doc" {
			key = id
		}
		s.keys = append(s.keys, key)
	}
	for i := range s.keys {
		s.floor[strings.Clone(s.keys[(i*7919)%len(s.keys)])] = i
	}
	return s
}

// BenchmarkScale measures one decision in process, reading the request included but for "prepared", beside a look-up of
// the keys that vary in a Go map of the same size. In "ahead" the engine is told of each request before it decides the one before
// it, as it is in a batch; a loop of look-ups in a map does that by itself, since the processor starts the next ones while it waits.
func BenchmarkScale(b *testing.B) {
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			e := engine(b, w.model())
			s := w.stream()
			b.Run("lictor", func(b *testing.B) {
				b.ReportAllocs()
				r := newReader(s, e.Grammar())
				for b.Loop() {
					allowed(b, e, r.next(b))
				}
			})
			if w.count <= 1000 {
				b.Run("prepared", func(b *testing.B) { readBeforehand(b, e, s) })
			}
			b.Run("ahead", func(b *testing.B) {
				b.ReportAllocs()
				r := newReader(s, e.Grammar())
				next := r.next(b)
				for b.Loop() {
					this := next
					next = r.next(b)
					e.Fetch(next)
					allowed(b, e, this)
				}
			})
			b.Run("map", func(b *testing.B) {
				n := 0
				for b.Loop() {
					if _, ok := s.floor[s.keys[n]]; !ok {
						b.Fatal("missing")
					}
					if n++; n == len(s.keys) {
						n = 0
					}
				}
			})
		})
	}
}

// readBeforehand decides requests that were read before anything is timed.
func readBeforehand(b *testing.B, e *table.Engine, s *stream) {
	b.ReportAllocs()
	all := make([]*decision.Request, len(s.keys))
	for i := range all {
		r := newReader(s, e.Grammar())
		r.n = i
		all[i] = r.next(b)
	}
	n := 0
	for b.Loop() {
		allowed(b, e, all[n])
		if n++; n == len(all) {
			n = 0
		}
	}
}

func allowed(b *testing.B, e *table.Engine, r *decision.Request) {
	if d, _ := e.Decide(r); !d.Allowed {
		b.Fatal(d.Code)
	}
}

// reader makes requests of the texts of a stream, in turn, in storage for two of them.
type reader struct {
	s        *stream
	grammar  permission.Grammar
	requests [2]decision.Request
	n, turn  int
}

func newReader(s *stream, g permission.Grammar) *reader {
	r := &reader{s: s, grammar: g}
	for i := range r.requests {
		r.requests[i] = decision.Request{Subject: decision.Subject{Type: "user"}, Permissions: make([]permission.Permission, 1)}
	}
	return r
}

// next returns the next request, which is valid until the one after the next is made.
func (r *reader) next(b *testing.B) *decision.Request {
	s, n, to := r.s, r.n, &r.requests[r.turn&1]
	r.turn++
	to.Subject.ID = s.subjects[n]
	if err := r.grammar.SetLiteral(&to.Permissions[0], s.resources[n], s.actions[n], s.ids[n], ""); err != nil {
		b.Fatal(err)
	}
	if r.n++; r.n == len(s.keys) {
		r.n = 0
	}
	return to
}

// BenchmarkLoadSubjects measures proving tables, after decompression and signature.
func BenchmarkLoadSubjects(b *testing.B) {
	for _, subjects := range []int{1000, 1000000} {
		b.Run(fmt.Sprintf("subjects=%d", subjects), func(b *testing.B) {
			data := build(b, rbac(100, 100, subjects, 1)())
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := tables.Open(data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(data)), "bytes")
		})
	}
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

// BenchmarkCondition measures what one native condition adds.
func BenchmarkCondition(b *testing.B) {
	m := rbac(1, 2, 1, 1)()
	owner := policy.Call{Op: policy.Equal, Args: []policy.Expr{
		policy.Ref{Root: policy.ResourceProperties, Path: []string{"owner"}}, policy.Ref{Root: policy.SubjectID},
	}}
	m.Conditions = []policy.Condition{{Text: "resource.properties.owner == subject.id", Expr: owner}}
	m.Policies[1].Condition = 1
	e := engine(b, m)
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
