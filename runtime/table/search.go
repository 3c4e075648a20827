package table

import (
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
	s.q.r, s.q.organisation = r, policy.NoOrganisation
	e.circumstances(&s.q)
	if !ok || s.q.scoped && !e.inScope(&s.q) {
		return nil
	}
	s.people = e.people()
	s.first, s.end = s.people.span(number, after)
	s.collect()
	s.streams.order()
	c, effort := *r, decision.Effort{}
	c.Subject = decision.Subject{}
	bytes := c.Bytes()
	for {
		rank, says, ok := s.streams.next()
		if !ok {
			return nil
		}
		c.Subject = decision.Subject{Type: r.Subject.Type, ID: s.people.id(rank)}
		if s.denied || says != sure {
			if !effort.Add(1, bytes, decision.MaxSearchEffort) {
				return decision.ErrSearchEffort
			}
			d, asked := e.decideCounting(&c)
			if asked > 0 && !effort.Add(1, asked, decision.MaxSearchEffort) {
				return decision.ErrSearchEffort
			}
			if !d.Allowed {
				continue
			}
		}
		if !yield(c.Subject.ID) {
			return nil
		}
	}
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
	for groups := cell.Groups(); groups.More(); groups.Skip() {
		g := groups.Group()
		switch {
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
