package subset

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// findPolicies marks the policies in kept namespaces that somebody kept may hold.
func (b *builder) findPolicies() {
	b.keptPolicies = make([]bool, len(b.m.Policies))
	reached := b.reached()
	for i := range b.m.Policies {
		p := &b.m.Policies[i]
		if !b.namespaces[p.Permission.Namespace()] {
			continue
		}
		if p.Owner == policy.OwnedBySubject {
			_, b.keptPolicies[i] = slices.BinarySearch(b.kept, p.OwnerIndex)
		} else {
			b.keptPolicies[i] = reached[p.OwnerIndex]
		}
	}
	if !b.personal() {
		b.dropTouched()
	}
}

// reached returns which holders somebody kept may be.
func (b *builder) reached() []bool {
	reached := make([]bool, len(b.m.Holders))
	reach := func(h policy.HolderIndex) {
		for _, c := range b.m.Holders[h].Closure {
			reached[c] = true
		}
	}
	for i := range b.m.Holders {
		if len(b.birthright(&b.m.Holders[i].Birthright).Types) > 0 {
			reach(policy.HolderIndex(i))
		}
	}
	for _, i := range b.kept {
		for _, a := range b.m.Subjects[i].Assignments {
			reach(a.Holder)
		}
	}
	return reached
}

// birthright returns what is kept of a birthright. With named subjects it is theirs alone, because the part does not
// know what others are denied; without, nobody is known.
func (b *builder) birthright(whole *policy.Birthright) policy.Birthright {
	if whole.Known && !b.personal() {
		return policy.Birthright{}
	}
	var kept policy.Birthright
	for _, t := range whole.Types {
		if b.types[t] {
			kept.Types = append(kept.Types, t)
		}
	}
	kept.Known = b.personal() && len(kept.Types) > 0
	return kept
}

// dropTouched leaves out every ALLOW that a DENY overlaps which some stored subject may hold and others not, or which may
// count for some and not for others. An ALLOW that may itself count so is left out as well.
func (b *builder) dropTouched() {
	universal, guesses := b.universal(), b.guesses()
	denies := map[string][]*permission.Permission{} // by namespace
	for i := range b.m.Policies {
		p := &b.m.Policies[i]
		common := p.Owner != policy.OwnedBySubject && universal[p.OwnerIndex] && !guesses(p.Condition)
		if namespace := p.Permission.Namespace(); p.Effect == policy.Deny && b.namespaces[namespace] && !common {
			denies[namespace] = append(denies[namespace], &p.Permission)
		}
	}
	for i := range b.m.Policies {
		p := &b.m.Policies[i]
		if !b.keptPolicies[i] || p.Effect == policy.Deny {
			continue
		}
		if guesses(p.Condition) || slices.ContainsFunc(denies[p.Permission.Namespace()], func(d *permission.Permission) bool {
			return permission.Overlaps(d, &p.Permission)
		}) {
			b.keptPolicies[i] = false
			b.touched++
		}
	}
}

// guesses tells which conditions may have a definite value without a stored subject's properties and another one with them.
// One that names what it reads is unknown without it; Rego may look whether there are properties at all, and what it calls
// may do anything.
func (b *builder) guesses() func(policy.ConditionID) bool {
	stored := slices.ContainsFunc(b.m.Subjects, func(s policy.Subject) bool { return b.types[s.Type] && s.Properties.Len() > 0 })
	guessed := make([]bool, len(b.m.Conditions))
	for i := range b.m.Conditions {
		guessed[i] = stored && looksAtSubject(b.m.Conditions[i].Expr)
	}
	return func(id policy.ConditionID) bool { return id != 0 && guessed[id-1] }
}

// looksAtSubject reports whether Rego below an expression reads properties of the subject that it does not name.
func looksAtSubject(e policy.Expr) bool {
	switch e := e.(type) {
	case policy.Rego:
		m := newMembers(policy.SubjectProperties)
		m.add(e)
		return m.all
	case policy.Call:
		return slices.ContainsFunc(e.Args, looksAtSubject)
	default:
		return false
	}
}

// universal returns which holders everybody of every kept type is by birth.
func (b *builder) universal() []bool {
	count := make([]int, len(b.m.Holders))
	for t := range b.types {
		born := map[policy.HolderIndex]bool{}
		for i := range b.m.Holders {
			h := &b.m.Holders[i]
			if h.Birthright.Known || !slices.Contains(h.Birthright.Types, t) {
				continue
			}
			for _, c := range h.Closure {
				born[c] = true
			}
		}
		for h := range born {
			count[h]++
		}
	}
	universal := make([]bool, len(count))
	for i := range count {
		universal[i] = count[i] == len(b.types)
	}
	return universal
}

// findHolders keeps who is reached and has a kept policy, its own or included.
func (b *builder) findHolders() {
	useful := make([]bool, len(b.m.Holders))
	for i := range b.m.Policies {
		if p := &b.m.Policies[i]; b.keptPolicies[i] && p.Owner != policy.OwnedBySubject {
			useful[p.OwnerIndex] = true
		}
	}
	reached := b.reached()
	next := policy.HolderIndex(0)
	b.holderAt = make([]policy.HolderIndex, len(b.m.Holders))
	for i := range b.m.Holders {
		b.holderAt[i] = gone
		if reached[i] && slices.ContainsFunc(b.m.Holders[i].Closure, func(c policy.HolderIndex) bool { return useful[c] }) {
			b.holderAt[i] = next
			next++
		}
	}
}

func (b *builder) holders() {
	for i, at := range b.holderAt {
		if at == gone {
			continue
		}
		h := &b.m.Holders[i]
		kept := policy.Holder{Kind: h.Kind, Name: h.Name, Birthright: b.birthright(&h.Birthright)}
		for _, c := range h.Closure {
			if b.holderAt[c] != gone {
				kept.Closure = append(kept.Closure, b.holderAt[c])
			}
		}
		b.out.Holders = append(b.out.Holders, kept)
	}
}

// findOrganisations keeps those that something kept is bound to.
func (b *builder) findOrganisations() {
	used := make([]bool, len(b.m.Organisations))
	use := func(v policy.Validity) {
		if v.Organisation != policy.NoOrganisation {
			used[v.Organisation] = true
		}
	}
	for _, i := range b.kept {
		for _, a := range b.m.Subjects[i].Assignments {
			if b.holderAt[a.Holder] != gone {
				use(a.Validity)
			}
		}
	}
	for i := range b.m.Policies {
		if b.keptPolicies[i] {
			use(b.m.Policies[i].Validity)
		}
	}
	next := policy.OrganisationIndex(0)
	b.organisation = make([]policy.OrganisationIndex, len(used))
	for i := range used {
		b.organisation[i] = gone
		if used[i] {
			b.organisation[i] = next
			next++
		}
	}
}

// findConditions keeps those of kept policies, and notes what they read.
func (b *builder) findConditions() {
	used := make([]bool, len(b.m.Conditions))
	for i := range b.m.Policies {
		if c := b.m.Policies[i].Condition; c != 0 && b.keptPolicies[i] {
			used[c-1] = true
		}
	}
	next := policy.ConditionID(1)
	b.conditionAt = make([]policy.ConditionID, len(used))
	b.subjectReads, b.objectReads = newMembers(policy.SubjectProperties), newMembers(policy.ResourceProperties)
	for i := range used {
		if used[i] {
			b.conditionAt[i] = next
			next++
			b.subjectReads.add(b.m.Conditions[i].Expr)
			b.objectReads.add(b.m.Conditions[i].Expr)
		}
	}
}
