package table

import (
	"slices"
	"sort"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// SearchResources implements [decision.Searcher]. Stored instances are decided one by one: all of the type where
// the subject has a grant that names no instance, and else those that its grants name.
func (e *Engine) SearchResources(r *decision.Request, after string, yield func(id string) bool) error {
	s, err := e.candidates(r, idPart)
	if err != nil || !s.active {
		return err
	}
	s.r.ResourceProperties = nil
	s.bytes = s.r.Bytes()
	if s.grantsAny() {
		s.all(after, yield)
	} else {
		s.named(after, yield)
	}
	return s.err
}

// all goes through all stored instances of the type.
func (s *candidateSearch) all(after string, yield func(id string) bool) {
	list := s.e.objects()[objectType{s.atom.Namespace, s.atom.Parts[typePart]}]
	id := func(i int) string { return s.e.t.ObjectAt(list[i]).ID }
	for i := sort.Search(len(list), func(i int) bool { return id(i) > after }); i < len(list); i++ {
		if candidate := id(i); s.allows(candidate) && !yield(candidate) || s.err != nil {
			return
		}
	}
}

// grantsAny reports whether the subject has an ALLOW for the atom, whatever its condition, that is not bound to
// a value of the part that is searched for.
func (s *candidateSearch) grantsAny() bool {
	s.q.atom = s.atom
	s.q.atom.Parts[s.part] = ""
	s.q.collect = true // a DENY that overlaps must not end the look-ups
	s.e.match(&s.q)
	s.q.collect = false
	s.q.release()
	return s.q.tally.allowCode() != decision.NoGrant
}

// named goes through the stored instances that the subject's own grants name.
func (s *candidateSearch) named(after string, yield func(id string) bool) {
	var ids []string
	var grant permission.Permission
	resourceType := s.atom.Parts[typePart]
	s.e.eachPolicy(&s.q, func(id policy.ID) {
		row := s.e.t.Policy(id)
		if row.Effect != policy.Allow || !s.e.t.PolicyPermission(id, s.e.grammar, &grant) || grant.Namespace() != s.atom.Namespace {
			return
		}
		if grant.Wild(typePart) || slices.Contains(grant.Values(typePart), resourceType) {
			ids = append(ids, grant.Values(idPart)...)
		}
	})
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if id <= after || s.e.t.Object(s.atom.Namespace, resourceType, id) == nil {
			continue
		}
		if s.allows(id) && !yield(id) || s.err != nil {
			return
		}
	}
}

// SearchActions implements [decision.Searcher]. The actions of the type are decided one by one.
func (e *Engine) SearchActions(r *decision.Request, after string, yield func(name string) bool) error {
	s, err := e.candidates(r, actionPart)
	if err != nil || !s.active {
		return err
	}
	s.r.ActionProperties = nil
	s.bytes = s.r.Bytes()
	for _, name := range e.actions(s.atom.Namespace, s.atom.Parts[typePart]) {
		if name > after && s.allows(name) && !yield(name) || s.err != nil {
			break
		}
	}
	return s.err
}

// actions returns what is declared for a type, and what policies grant on it by name, sorted.
func (e *Engine) actions(namespace, resourceType string) []string {
	var names []string
	if row, ok := e.t.FindResource(namespace, resourceType); ok {
		for i := range row.Actions.Len() {
			names = append(names, row.Actions.At(i))
		}
	}
	if number, ok := e.t.Namespace(namespace); ok {
		granted := e.vocabulary()
		names = append(names, granted[grantedOn{number, resourceType}]...)
		names = append(names, granted[grantedOn{number, ""}]...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// candidateSearch decides a request again and again, with another value in one part. Who asks is resolved
// once.
type candidateSearch struct {
	e      *Engine
	q      query
	r      decision.Request // what is decided
	atom   permission.Atom
	part   int
	active bool // the subject is; otherwise there is nothing to decide

	bytes  int // that a decision may look through
	effort decision.Effort
	err    error // why the search ended
}

// candidates prepares a search for the values of a part.
func (e *Engine) candidates(r *decision.Request, part int) (*candidateSearch, error) {
	s := &candidateSearch{e: e, r: *r, part: part}
	if err := decision.SearchAtom(r, &s.atom); err != nil {
		return nil, err
	}
	if s.atom.Parts[typePart] == "" {
		return nil, decision.ErrSearch
	}
	s.atom.Len = max(s.atom.Len, part+1)
	s.r.Permissions = make([]permission.Permission, 1)
	s.active = e.resolve(&s.q, &s.r)
	return s, nil
}

// allows decides for one candidate. It is not empty, which would mean every value: candidates are greater than
// some text. Beyond the effort that a search may take it sets s.err.
func (s *candidateSearch) allows(candidate string) bool {
	if !s.effort.Add(1, s.bytes, decision.MaxSearchEffort) {
		s.err = decision.ErrSearchEffort
		return false
	}
	s.atom.Parts[s.part] = candidate
	s.r.Permissions[0].SetAtom(&s.atom)
	s.q.effort = 0
	d := s.e.decide(&s.q)
	s.q.release()
	if s.q.effort > 0 && !s.effort.Add(1, s.q.effort, decision.MaxSearchEffort) {
		s.err = decision.ErrSearchEffort
		return false
	}
	return d.Allowed
}
