package policy

import (
	"cmp"
	"slices"
	"strings"
)

// Number puts m.Policies into canonical order, drops repeats (the first place stays), and writes the
// resulting ids to the Policies of their owners. Every other part of m must already be in canonical
// order, because policies refer to it by index.
func (m *Model) Number() {
	rows := make([]numbered, len(m.Policies))
	for i := range m.Policies {
		rows[i] = numbered{policy: m.Policies[i], permission: m.Policies[i].Permission.String()}
	}
	slices.SortFunc(rows, func(a, b numbered) int {
		return cmp.Or(a.compare(&b), comparePlaces(a.policy.Place, b.policy.Place))
	})
	rows = slices.CompactFunc(rows, func(a, b numbered) bool { return a.compare(&b) == 0 })
	for i := range m.Holders {
		m.Holders[i].Policies = nil
	}
	for i := range m.Subjects {
		m.Subjects[i].Policies = nil
	}
	m.Policies = m.Policies[:0]
	for i := range rows {
		p := rows[i].policy
		m.Policies = append(m.Policies, p)
		owner := m.ownedBy(&p)
		*owner = append(*owner, ID(i+1))
	}
}

func (m *Model) ownedBy(p *Policy) *[]ID {
	if p.Owner == OwnedBySubject {
		return &m.Subjects[p.OwnerIndex].Policies
	}
	return &m.Holders[p.OwnerIndex].Policies
}

// numbered is a policy with the text of its permission, which sorting needs again and again.
type numbered struct {
	policy     Policy
	permission string
}

// compare orders policies by what makes them unique. Owners sort by index, because holders and
// subjects are sorted by name.
func (a *numbered) compare(b *numbered) int {
	p, q := &a.policy, &b.policy
	return cmp.Or(
		cmp.Compare(p.Owner, q.Owner),
		cmp.Compare(p.OwnerIndex, q.OwnerIndex),
		strings.Compare(a.permission, b.permission),
		cmp.Compare(p.Effect, q.Effect),
		cmp.Compare(p.Condition, q.Condition),
		p.Validity.Compare(q.Validity),
	)
}

// Compare orders validities by organisation, From and To.
func (v Validity) Compare(w Validity) int {
	return cmp.Or(cmp.Compare(v.Organisation, w.Organisation), cmp.Compare(v.From, w.From), cmp.Compare(v.To, w.To))
}

// Compare orders assignments as [Subject.Assignments] are: by organisation, holder, From and To.
func (a Assignment) Compare(b Assignment) int {
	return cmp.Or(
		cmp.Compare(a.Validity.Organisation, b.Validity.Organisation),
		cmp.Compare(a.Holder, b.Holder),
		a.Validity.Compare(b.Validity),
	)
}

func comparePlaces(p, q Place) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line))
}
