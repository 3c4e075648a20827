package table_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// searches are the three kinds of a search.
var searches = map[string]func(s decision.Searcher, r *decision.Request, after string, yield func(string) bool) error{
	"subjects":  decision.Searcher.SearchSubjects,
	"resources": decision.Searcher.SearchResources,
	"actions":   decision.Searcher.SearchActions,
}

// found runs a search up to a number of results, -1 for all of them.
func found(t testing.TB, s decision.Searcher, kind string, r *decision.Request, after string, limit int) []string {
	t.Helper()
	results := []string{}
	if limit == 0 {
		return results
	}
	err := searches[kind](s, r, after, func(result string) bool {
		results = append(results, strings.Clone(result))
		return len(results) != limit
	})
	if err != nil && !errors.Is(err, decision.ErrSearch) {
		t.Fatal(err)
	}
	if err != nil {
		results = append(results, err.Error())
	}
	return results
}

// crowded returns a generated policy with every subject several times, under other ids.
func crowded(seed uint64, copies int) *policy.Model {
	m := generate.Model(seed)
	var subjects []policy.Subject
	for i := range m.Subjects {
		for n := range copies {
			s := m.Subjects[i]
			s.ID = fmt.Sprintf("%s%d", s.ID, n*n*7919%1009)
			s.Place.Line = int32(1000*n + i) // marks whose copy it is
			subjects = append(subjects, s)
		}
	}
	slices.SortFunc(subjects, func(s, t policy.Subject) int { return strings.Compare(s.ID, t.ID) })
	var policies []policy.Policy
	for _, p := range m.Policies {
		if p.Owner != policy.OwnedBySubject {
			policies = append(policies, p)
			continue
		}
		for i := range subjects {
			if copied := p; subjects[i].Place.Line%1000 == p.OwnerIndex {
				copied.OwnerIndex = int32(i)
				policies = append(policies, copied)
			}
		}
	}
	m.Subjects, m.Policies = subjects, policies
	m.Number()
	return m
}

// searchRequest makes a request of a search from one that a sampler made: for one atom, often of the type
// of a stored instance.
func searchRequest(m *policy.Model, s *generate.Sampler) *decision.Request {
	r := s.Next()
	s.Vary(r)
	var atom permission.Atom
	r.Permissions = r.Permissions[:1]
	r.Permissions[0].Atom(0, &atom)
	if n := len(m.Objects); n > 0 && s.IntN(4) > 0 {
		object := &m.Objects[s.IntN(n)]
		atom.Namespace, atom.Parts[0] = object.Namespace, object.Type
	}
	r.Permissions[0].SetAtom(&atom)
	return r
}

// TestSearchAgreesWithReference compares the three searches with deciding for every candidate, from the
// start, from behind every result, and between results.
func TestSearchAgreesWithReference(t *testing.T) {
	t.Parallel()
	hits := map[string]int{}
	for s := *seed; s < *seed+uint64(*models); s++ {
		m := generate.Model(s)
		if s%4 == 0 {
			m = crowded(s, 2+int(s%24))
		}
		e, reference := open(t, m), conformance.NewReference(m)
		sampler := generate.NewSampler(m, s)
		for range 16 {
			r := searchRequest(m, sampler)
			for kind := range searches {
				want := found(t, reference, kind, r, "", -1)
				compare := func(after string, limit int, want []string) {
					if diff := cmp.Diff(want, found(t, e, kind, r, after, limit)); diff != "" {
						t.Fatalf("seed %d: %s after %q for %+v (-want +got):\n%s", s, kind, after, r, diff)
					}
				}
				compare("", -1, want)
				if len(want) == 1 && want[0] == decision.ErrSearch.Error() {
					continue
				}
				hits[kind] += len(want)
				for i, after := range want {
					compare(after, -1, want[i+1:])
					compare(after+"\x00", -1, want[i+1:])
					compare(after, 2, want[i+1:min(i+3, len(want))])
				}
				compare("\U0010ffff", -1, []string{})
			}
		}
	}
	for kind := range searches {
		if hits[kind] < 500 {
			t.Errorf("only %d %s were found", hits[kind], kind)
		}
	}
}

// TestSearchesAtOnce makes the index from many goroutines at the same time.
func TestSearchesAtOnce(t *testing.T) {
	t.Parallel()
	m := crowded(5, 40)
	e, reference := open(t, m), conformance.NewReference(m)
	sampler := generate.NewSampler(m, 5)
	var wait sync.WaitGroup
	for range 8 {
		r := searchRequest(m, sampler)
		for kind := range searches {
			wait.Go(func() {
				want, got := found(t, reference, kind, r, "", -1), found(t, e, kind, r, "", -1)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", kind, diff)
				}
			})
		}
	}
	wait.Wait()
}

// TestSearchAsksForOneAtom refuses requests of another form.
func TestSearchAsksForOneAtom(t *testing.T) {
	t.Parallel()
	e := open(t, grants(t, []string{"doc:read"}, nil))
	tests := map[string][]string{
		"none":        {},
		"two":         {"doc:read", "doc:write"},
		"two atoms":   {"doc:read,write"},
		"no type":     {"*:read:1"},
		"empty":       {""},
		"one is good": {"doc:read:1"},
	}
	for name, texts := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &decision.Request{Subject: decision.Subject{Type: "user", ID: "alice"}}
			for _, text := range texts {
				p, err := e.Grammar().Parse(text)
				if err != nil && text != "" {
					t.Fatal(err)
				}
				r.Permissions = append(r.Permissions, p)
			}
			for kind := range searches {
				got := found(t, e, kind, r, "", -1)
				refused := len(got) == 1 && got[0] == decision.ErrSearch.Error()
				good := name == "one is good" || name == "no type" && kind == "subjects"
				if refused == good {
					t.Errorf("%s: got %q", kind, got)
				}
			}
		})
	}
}

func object(t testing.TB, text string) value.Value {
	t.Helper()
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// library is a policy whose every grant asks for a property: of the subject, the action or the resource.
func library(t *testing.T) *policy.Model {
	t.Helper()
	m := grants(t, []string{"doc:read", "doc:write", "doc:publish"}, nil)
	for i, ref := range []policy.Ref{
		{Root: policy.ResourceProperties, Path: []string{"ok"}},
		{Root: policy.SubjectProperties, Path: []string{"ok"}},
		{Root: policy.ActionProperties, Path: []string{"ok"}},
	} {
		m.Conditions = append(m.Conditions, policy.Condition{Text: strconv.Itoa(i), Expr: ref})
	}
	for i := range m.Policies {
		switch m.Policies[i].Permission.Values(1)[0] {
		case "read":
			m.Policies[i].Condition = 1
		case "write":
			m.Policies[i].Condition = 2
		case "publish":
			m.Policies[i].Condition = 3
		}
	}
	held := []policy.Assignment{{Holder: 0, Validity: policy.Always}}
	m.Subjects = []policy.Subject{
		{ID: "alice", Type: "user", Assignments: held, Properties: object(t, `{"ok":true}`)},
		{ID: "bob", Type: "user", Assignments: held},
		{ID: "carol", Type: "robot", Assignments: held, Properties: object(t, `{"ok":true}`)},
		{ID: "dave", Type: "user", Assignments: held, Properties: object(t, `{"ok":true}`), Inactive: true},
	}
	m.Objects = []policy.Object{
		{Namespace: "default", Type: "doc", ID: "1", Properties: object(t, `{"ok":true}`)},
		{Namespace: "default", Type: "doc", ID: "2", Properties: object(t, `{}`)},
		{Namespace: "other", Type: "doc", ID: "3", Properties: object(t, `{"ok":true}`)},
	}
	m.Resources = []policy.Resource{{Namespace: "default", Type: "doc", Actions: []string{"shred", "read"}}}
	m.Number()
	return m
}

// TestSearchProperties sees that properties a request gives to what is searched for do not count, and that
// all others do.
func TestSearchProperties(t *testing.T) {
	t.Parallel()
	ok := object(t, `{"ok":true}`)
	tests := []struct {
		kind, subject, permission  string
		bySubject, byAction, byDoc bool // who says that it is ok
		want                       []string
	}{
		{"subjects", "", "doc:write:1", true, false, false, []string{"alice"}},
		{"subjects", "", "doc:read:2", true, true, false, []string{}},
		{"subjects", "", "doc:read:1", false, false, false, []string{"alice", "bob"}},
		{"subjects", "", "doc:read:2", false, false, true, []string{"alice", "bob"}},
		{"subjects", "", "doc:publish:2", false, true, false, []string{"alice", "bob"}},
		{"subjects", "", "doc:shred:1", true, true, true, []string{}},
		{"resources", "bob", "doc:read", false, false, true, []string{"1"}},
		{"resources", "bob", "doc:read:2", false, false, true, []string{"1"}},
		{"resources", "bob", "doc:write:1", false, true, true, []string{}},
		{"resources", "bob", "doc:write:1", true, false, false, []string{"1", "2"}},
		{"resources", "bob", "doc:publish:1", false, true, false, []string{"1", "2"}},
		{"resources", "bob", "other/doc:read", false, false, true, []string{}},
		{"actions", "alice", "doc:publish:1", false, true, false, []string{"read", "write"}},
		{"actions", "alice", "doc:publish:2", false, true, false, []string{"write"}},
		{"actions", "bob", "doc:publish:2", true, true, true, []string{"read", "write"}},
		{"actions", "bob", "doc", false, false, true, []string{"read"}},
		{"actions", "dave", "doc", true, true, true, []string{}},
	}
	e := open(t, library(t))
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.kind, " ", tt.permission, tt.bySubject, tt.byAction, tt.byDoc), func(t *testing.T) {
			t.Parallel()
			p, err := e.Grammar().Parse(tt.permission)
			if err != nil {
				t.Fatal(err)
			}
			r := &decision.Request{Subject: decision.Subject{Type: "user", ID: tt.subject}, Permissions: []permission.Permission{p}}
			if tt.bySubject {
				r.Subject.Properties = ok
			}
			if tt.byAction {
				r.ActionProperties = ok
			}
			if tt.byDoc {
				r.ResourceProperties = ok
			}
			if diff := cmp.Diff(tt.want, found(t, e, tt.kind, r, "", -1)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}
