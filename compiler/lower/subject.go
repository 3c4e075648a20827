package lower

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/source"
)

// subjects lowers subjects with their assignments and direct policies.
func (l *lowerer) subjects() {
	ordered := byName(l.d.Subjects, func(s *source.Subject) string { return s.ID.Value })
	l.m.Subjects = make([]policy.Subject, 0, len(ordered))
	for i, s := range ordered {
		typ := s.Type.Value
		if !s.Type.Set() && typ == "" {
			typ = "user"
		}
		l.m.Subjects = append(l.m.Subjects, policy.Subject{
			ID: s.ID.Value, Type: typ, Inactive: !s.Active, Properties: s.Properties,
			Assignments: l.assignments(s), Place: l.place(s.ID.Pos),
		})
		l.policies(policy.Policy{Owner: policy.OwnedBySubject, OwnerIndex: int32(i)}, s.Namespace, s.Permissions, s.Policies)
	}
}

func (l *lowerer) assignments(s *source.Subject) []policy.Assignment {
	out := make([]policy.Assignment, 0, len(s.Roles)+len(s.Entitlements))
	out = l.assign(out, s.Roles, l.roles)
	out = l.assign(out, s.Entitlements, l.entitlements)
	if len(out) == 0 {
		return nil
	}
	slices.SortFunc(out, policy.Assignment.Compare)
	return slices.Compact(out)
}

func (l *lowerer) assign(dst []policy.Assignment, list []source.Assignment, holders map[string]policy.HolderIndex) []policy.Assignment {
	for i := range list {
		h, found := holders[list[i].Name.Value]
		v, ok := l.validity(&list[i].Validity)
		if !found || !ok {
			continue
		}
		if v.Organisation != policy.NoOrganisation || l.m.Holders[h].Kind == policy.Role {
			dst = append(dst, policy.Assignment{Holder: h, Validity: v})
		}
	}
	return dst
}
