package lower

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/source"
)

func (l *lowerer) lowerOrganisations() {
	for _, o := range byName(l.d.Organisations, func(o *source.Organisation) string { return o.Code.Value }) {
		l.organisations[o.Code.Value] = policy.OrganisationIndex(len(l.m.Organisations))
		l.m.Organisations = append(l.m.Organisations, policy.Organisation{
			Code: o.Code.Value, Name: o.Name.Value, Type: o.Type.Value, Properties: o.Properties, Place: l.place(o.Code.Pos),
		})
	}
}

// holders lowers roles and entitlements with their policies.
func (l *lowerer) holders() {
	name := func(r *source.Role) string { return r.Name.Value }
	roles, entitlements := byName(l.d.Roles, name), byName(l.d.Entitlements, name)
	for i, r := range roles {
		l.roles[r.Name.Value] = policy.HolderIndex(i)
	}
	for i, r := range entitlements {
		l.entitlements[r.Name.Value] = policy.HolderIndex(len(roles) + i)
	}
	all := slices.Concat(roles, entitlements)
	for i, r := range all {
		h := policy.Holder{Kind: policy.Role, Name: r.Name.Value, Description: r.Description.Value, Place: l.place(r.Name.Pos)}
		owner := policy.OwnedByRole
		if i >= len(roles) {
			h.Kind, owner = policy.Entitlement, policy.OwnedByEntitlement
		} else if r.Birthright != nil {
			h.Birthright = policy.Birthright{Types: sortedUnique(values(r.Birthright.Types)), Known: r.Birthright.Known}
		}
		h.Closure = l.closure(policy.HolderIndex(i), all)
		l.m.Holders = append(l.m.Holders, h)
		l.policies(policy.Policy{Owner: owner, OwnerIndex: int32(i)}, r.Namespace, r.Permissions, r.Policies)
	}
}

// closure returns a holder with every role that it includes, however far away.
func (l *lowerer) closure(start policy.HolderIndex, all []*source.Role) []policy.HolderIndex {
	closed := []policy.HolderIndex{start}
	seen := map[policy.HolderIndex]bool{start: true}
	for at := 0; at < len(closed); at++ {
		for _, name := range all[closed[at]].Includes {
			if h, ok := l.roles[name.Value]; ok && !seen[h] {
				seen[h] = true
				closed = append(closed, h)
			}
		}
	}
	slices.Sort(closed)
	return closed
}

// policies adds the policies of one owner. Those of subjects may be bound.
func (l *lowerer) policies(owner policy.Policy, namespace string, plain []source.Text, long []source.Policy) {
	owner.Validity = policy.Always
	for i := range plain {
		p := owner
		var ok bool
		if p.Permission, ok = l.parse(namespace, plain[i].Value); ok {
			p.Place = l.place(plain[i].Pos)
			l.m.Policies = append(l.m.Policies, p)
		}
	}
	for i := range long {
		if p, ok := l.policy(owner, namespace, &long[i]); ok {
			l.m.Policies = append(l.m.Policies, p)
		}
	}
}

func (l *lowerer) policy(p policy.Policy, namespace string, long *source.Policy) (policy.Policy, bool) {
	switch long.Decision.Value {
	case "ALLOW":
		p.Effect = policy.Allow
	case "DENY":
		p.Effect = policy.Deny
	default:
		return p, false
	}
	var parsed, known, valid bool
	p.Permission, parsed = l.parse(namespace, long.Permission.Value)
	p.Condition, known = l.conditionIDs[conditionKey(long)]
	p.Place = l.place(long.Permission.Pos)
	if valid = true; p.Owner == policy.OwnedBySubject {
		p.Validity, valid = l.validity(&long.Validity)
	}
	return p, parsed && known && valid
}

func (l *lowerer) validity(v *source.Validity) (policy.Validity, bool) {
	out := policy.Validity{Organisation: policy.NoOrganisation, From: v.From, To: v.To}
	if !v.Organisation.Set() {
		return out, true
	}
	organisation, ok := l.organisations[v.Organisation.Value]
	out.Organisation = organisation
	return out, ok
}
