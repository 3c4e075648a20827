package subset_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/subset"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// pair is a whole policy and a part of it, each behind an engine of its own kind.
type pair struct {
	whole, part *policy.Model
	report      *subset.Report
	selected    subset.Selection
	reference   decision.Engine // of the whole
	wholeTable  *table.Engine
	table       *table.Engine // of the part
}

func newPair(t *testing.T, m *policy.Model, s subset.Selection) *pair {
	t.Helper()
	part, report, err := subset.Select(m, s)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{m, part, report, s, conformance.NewReference(m), native.Open(t, m, nil), native.Open(t, part, nil)}
}

// answer is what must be the same of a request.
type answer struct {
	Code     string
	Policies []string
}

func ask(t *testing.T, e decision.Engine, m *policy.Model, r *decision.Request) (decision.Decision, answer) {
	t.Helper()
	d, ids, err := e.Deciding(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Code: d.Code.String()}
	for _, id := range ids {
		p := m.Policy(id)
		a.Policies = append(a.Policies, fmt.Sprintf("%s %s %s", owner(m, p), p.Effect, p.Permission.String()))
	}
	return d, a
}

func owner(m *policy.Model, p *policy.Policy) string {
	if p.Owner == policy.OwnedBySubject {
		return m.Subjects[p.OwnerIndex].ID
	}
	return m.Holders[p.OwnerIndex].Name
}

// retold is the request as a client that has only the part puts it: permissions are read in the part's grammar.
func (p *pair) retold(t *testing.T, r *decision.Request) *decision.Request {
	t.Helper()
	told := *r
	told.Permissions = nil
	whole, part := p.whole.Grammar(), p.part.Grammar()
	for i := range r.Permissions {
		text := whole.Format(&r.Permissions[i])
		read, err := part.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		told.Permissions = append(told.Permissions, read)
	}
	return &told
}

// inside reports whether the request is about what was kept, so that the answers must be the same.
func (p *pair) inside(r *decision.Request) bool {
	for i := range r.Permissions {
		if !slices.Contains(p.selected.Namespaces, r.Permissions[i].Namespace()) {
			return false
		}
	}
	at := slices.IndexFunc(p.whole.Subjects, func(s policy.Subject) bool { return s.ID == r.Subject.ID })
	if len(p.selected.Subjects) == 0 {
		return at < 0 && slices.Contains(p.selected.Types, r.Subject.Type) && p.report.Touched == 0
	}
	return slices.Contains(p.selected.Subjects, r.Subject.ID) &&
		(p.whole.Subjects[at].Type == r.Subject.Type || p.whole.Subjects[at].Inactive)
}

// sound reports whether the part can know that it may not allow the request.
func (p *pair) sound(r *decision.Request, whole decision.Code) bool {
	if len(p.selected.Subjects) > 0 {
		return true
	}
	return whole != decision.SubjectInactive && r.Callers != decision.Stored
}

// tally counts what a run came across.
type tally struct{ inside, allowed, denied, outside, withheld int }

func (p *pair) compare(t *testing.T, name string, r *decision.Request, n *tally) {
	t.Helper()
	told := p.retold(t, r)
	whole, want := ask(t, p.reference, p.whole, r)
	part, got := ask(t, p.table, p.part, told)
	if part.Allowed && !whole.Allowed && p.sound(r, whole.Code) {
		t.Fatalf("%s: the part allows what the whole denies with %s: %+v\nselected %+v", name, whole.Code, r, p.selected)
	}
	if !p.inside(r) {
		if n.outside++; whole.Allowed && !part.Allowed {
			n.withheld++
		}
		return
	}
	if n.inside++; whole.Allowed {
		n.allowed++
	} else if whole.Code != decision.NoGrant {
		n.denied++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-whole +part):\n%s\nselected %+v, request %+v", name, diff, p.selected, r)
	}
	p.comparePolicies(t, name, r)
	p.compareSearches(t, name, r)
}

// compareSearches compares on what a kept subject may do something, and what it may do: there the part knows
// fewer words.
func (p *pair) compareSearches(t *testing.T, name string, r *decision.Request) {
	t.Helper()
	if r.Strict || len(p.selected.Subjects) == 0 {
		return
	}
	for kind, search := range map[string]func(e *table.Engine, yield func(string) bool) error{
		"actions":   func(e *table.Engine, yield func(string) bool) error { return e.SearchActions(r, "", yield) },
		"resources": func(e *table.Engine, yield func(string) bool) error { return e.SearchResources(r, "", yield) },
	} {
		var lists [2][]string
		var errs [2]error
		for i, e := range []*table.Engine{p.wholeTable, p.table} {
			errs[i] = search(e, func(found string) bool { lists[i] = append(lists[i], found); return true })
		}
		if kind == "actions" {
			lists[0] = slices.DeleteFunc(lists[0], func(name string) bool { return !slices.Contains(lists[1], name) })
		}
		if diff := cmp.Diff(lists[0], lists[1], cmpopts.EquateEmpty()); diff != "" || !errors.Is(errs[1], errs[0]) {
			t.Fatalf("%s: %s: %v, %v (-whole +part):\n%s\nselected %+v, request %+v", name, kind, errs[0], errs[1], diff, p.selected, r)
		}
	}
}

// comparePolicies compares what a kept subject holds: all of it in the kept namespaces.
func (p *pair) comparePolicies(t *testing.T, name string, r *decision.Request) {
	t.Helper()
	all, err := p.wholeTable.Policies(r)
	if err != nil {
		t.Fatal(err)
	}
	var want []decision.CalculatedPolicy
	for _, c := range all {
		parsed := p.whole.Policy(c.ID).Permission
		if slices.Contains(p.selected.Namespaces, parsed.Namespace()) {
			c.ID = policy.ID(len(want))
			want = append(want, c)
		}
	}
	got, err := p.table.Policies(r)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].ID = policy.ID(i)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: policies (-whole +part):\n%s\nselected %+v, request %+v", name, diff, p.selected, r)
	}
}

// selection draws what to keep of a model.
func selection(m *policy.Model, random *rand.Rand, personal bool) subset.Selection {
	s := subset.Selection{}
	spaces := map[string]bool{m.Namespace: true}
	for i := range m.Policies {
		spaces[m.Policies[i].Permission.Namespace()] = true
	}
	for name := range spaces {
		s.Namespaces = append(s.Namespaces, name)
	}
	slices.Sort(s.Namespaces)
	random.Shuffle(len(s.Namespaces), func(i, j int) { s.Namespaces[i], s.Namespaces[j] = s.Namespaces[j], s.Namespaces[i] })
	s.Namespaces = s.Namespaces[:1+random.IntN(len(s.Namespaces))]
	types := map[string]bool{}
	if personal {
		for range 1 + random.IntN(2) {
			subject := &m.Subjects[random.IntN(len(m.Subjects))]
			s.Subjects = append(s.Subjects, subject.ID)
			types[subject.Type] = true
		}
	} else {
		for i := range m.Holders {
			for _, typ := range m.Holders[i].Birthright.Types {
				if len(types) == 0 || random.IntN(2) == 0 {
					types[typ] = true
				}
			}
		}
		if len(types) == 0 {
			types[m.Subjects[0].Type] = true
		}
	}
	for typ := range types {
		s.Types = append(s.Types, typ)
	}
	slices.Sort(s.Types)
	return s
}

// TestPart compares parts of generated models with the whole, about what is in the part and what is not.
func TestPart(t *testing.T) {
	t.Parallel()
	models := uint64(600)
	if testing.Short() {
		models = 100
	}
	for _, personal := range []bool{true, false} {
		t.Run(fmt.Sprintf("personal=%v", personal), func(t *testing.T) {
			t.Parallel()
			var n tally
			for seed := range models {
				m := generate.Model(seed)
				random := rand.New(rand.NewPCG(seed, 7))
				p := newPair(t, m, selection(m, random, personal))
				s := generate.NewSampler(m, seed)
				for i := range 120 {
					r := s.Next()
					aim(r, p, random)
					p.compare(t, fmt.Sprintf("seed %d request %d", seed, i), r, &n)
				}
			}
			if least := int(models); n.inside < 10*least || n.allowed < least/4 || n.denied < least || n.outside < 10*least || n.withheld < least {
				t.Errorf("the requests do not reach everything: %+v", n)
			}
		})
	}
}

// aim turns about half of the requests to what was kept.
func aim(r *decision.Request, p *pair, random *rand.Rand) {
	r.Strict = random.IntN(4) == 0
	r.Callers = decision.Callers(random.IntN(3))
	if random.IntN(2) == 0 {
		return
	}
	if len(p.selected.Subjects) > 0 {
		r.Subject.ID = p.selected.Subjects[random.IntN(len(p.selected.Subjects))]
		at := slices.IndexFunc(p.whole.Subjects, func(s policy.Subject) bool { return s.ID == r.Subject.ID })
		r.Subject.Type = p.whole.Subjects[at].Type
	} else {
		r.Subject.ID = "nobody"
		r.Subject.Type = p.selected.Types[random.IntN(len(p.selected.Types))]
	}
	kept := r.Permissions[:0]
	for _, one := range r.Permissions {
		if slices.Contains(p.selected.Namespaces, one.Namespace()) {
			kept = append(kept, one)
		}
	}
	if len(kept) > 0 {
		r.Permissions = kept
	}
}

// TestHomeLeftOut asks without a namespace where the project's own is left out.
func TestHomeLeftOut(t *testing.T) {
	t.Parallel()
	m := generate.Model(1)
	m.Namespace = "secret-home"
	all, err := permission.Grammar{Namespace: "shop"}.Parse("*")
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Policies {
		m.Policies[i].Permission = all
	}
	m.Number()
	part, _, err := subset.Select(m, subset.Selection{Namespaces: []string{"shop"}, Types: []string{m.Subjects[0].Type}, Subjects: []string{m.Subjects[0].ID}})
	if err != nil {
		t.Fatal(err)
	}
	if part.Namespace != "-" {
		t.Errorf("namespace is %q", part.Namespace)
	}
}
