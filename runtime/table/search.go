package table

import (
	"slices"
	"sort"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// The parts of a permission that searches look for.
const (
	typePart   = 0
	actionPart = 1
	idPart     = 2
)

var _ decision.Searcher = (*Engine)(nil)

// SearchSubjects implements [decision.Searcher]. Where grants are unconditional and no role's DENY matches, the index
// alone answers, and the cost is that of the results, whatever the number of subjects; everybody else that a
// matching policy names is decided one by one.
func (e *Engine) SearchSubjects(r *decision.Request, after string, yield func(id string) bool) error {
	s := subjectSearch{e: e}
	if err := decision.SearchAtom(r, &s.q.atom); err != nil {
		return err
	}
	number, ok := e.t.Type(r.Subject.Type)
	e.circumstances(&s.q, r)
	if !ok || s.q.scoped && !e.inScope(&s.q) {
		return nil
	}
	s.people = e.people()
	s.first, s.end = s.people.span(number, after)
	s.collect()
	s.streams.order()
	c := *r
	for {
		rank, says, ok := s.streams.next()
		if !ok {
			return nil
		}
		c.Subject = decision.Subject{Type: r.Subject.Type, ID: s.people.id(rank)}
		if (s.denied || says != sure) && !e.allows(&c) {
			continue
		}
		if !yield(c.Subject.ID) {
			return nil
		}
	}
}

func (e *Engine) allows(r *decision.Request) bool {
	d, err := e.Decide(r)
	return err == nil && d.Allowed
}

// subjectSearch gathers who may be allowed.
type subjectSearch struct {
	e          *Engine
	q          query // without a subject
	people     *people
	first, end uint32 // the ranks that are asked for
	streams    merge
	denied     bool // a DENY of a role matches: nobody is sure
}

// collect looks at every cell that matches the atom.
func (s *subjectSearch) collect() {
	namespace, ok := s.e.t.Namespace(s.q.atom.Namespace)
	if !ok {
		return
	}
	literal := s.e.hash(&s.q)
	for _, p := range s.e.plan.probes(nil, literal) {
		if cell, ok := s.e.t.Cell(namespace, p.mask, &s.q.hashes, &s.q.atom.Parts); ok {
			s.cell(cell, key{mask: p.mask, literal: literal})
		}
	}
}

func (s *subjectSearch) cell(cell tables.Cell, k key) {
	s.streams.add(s.people.directs[cell.ID()], s.first, s.end, check)
	for groups := cell.Groups(); ; {
		g, ok := groups.Next()
		switch {
		case !ok:
			return
		case !k.applies(g.Tag()) || !s.e.t.Residual(g.Residual(), &s.q.atom):
		case g.Effect() == policy.Deny:
			s.denied = true
		default:
			s.group(g)
		}
	}
}

// group adds everybody who is in a group of an ALLOW, or may be at some time.
func (s *subjectSearch) group(g tables.Group) {
	says := sure
	if g.Condition() != 0 {
		says = 0
	}
	p := s.people
	g.Holders().Each(func(h uint32) bool {
		s.streams.add(p.steady.of(h), s.first, s.end, says)
		s.streams.add(p.passing[assignment{h, policy.NoOrganisation}], s.first, s.end, 0)
		if s.q.organisation != policy.NoOrganisation {
			s.streams.add(p.passing[assignment{h, s.q.organisation}], s.first, s.end, 0)
		}
		return true
	})
}

// SearchResources implements [decision.Searcher]. The stored instances of the type are decided one by one.
func (e *Engine) SearchResources(r *decision.Request, after string, yield func(id string) bool) error {
	s, err := e.candidates(r, idPart)
	if err != nil || s == nil {
		return err
	}
	s.r.ResourceProperties = nil
	list := e.objects()[objectType{s.atom.Namespace, s.atom.Parts[typePart]}]
	id := func(i int) string { return e.t.ObjectAt(list[i]).ID }
	for i := sort.Search(len(list), func(i int) bool { return id(i) > after }); i < len(list); i++ {
		if candidate := id(i); s.allows(candidate) && !yield(candidate) {
			break
		}
	}
	return nil
}

// SearchActions implements [decision.Searcher]. The actions of the type are decided one by one.
func (e *Engine) SearchActions(r *decision.Request, after string, yield func(name string) bool) error {
	s, err := e.candidates(r, actionPart)
	if err != nil || s == nil {
		return err
	}
	s.r.ActionProperties = nil
	for _, name := range e.actions(s.atom.Namespace, s.atom.Parts[typePart]) {
		if name > after && s.allows(name) && !yield(name) {
			break
		}
	}
	return nil
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
	e    *Engine
	q    query
	r    decision.Request // what is decided
	atom permission.Atom
	part int
}

// candidates prepares a search for the values of a part. It returns nil when the subject is not active.
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
	if !e.resolve(&s.q, &s.r) {
		return nil, nil
	}
	return s, nil
}

// allows decides for one candidate. An empty one would mean every value, and is none.
func (s *candidateSearch) allows(candidate string) bool {
	if candidate == "" {
		return false
	}
	s.atom.Parts[s.part] = candidate
	s.r.Permissions[0].SetAtom(&s.atom)
	d := s.e.decide(&s.q)
	s.q.release()
	return d.Allowed
}
