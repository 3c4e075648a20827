package tables

import (
	"maps"
	"slices"
	"sort"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// names numbers namespaces, subject types, organisations and files.
func (b *builder) names() error {
	spaces := map[string]struct{}{b.m.Namespace: {}}
	for i := range b.m.Policies {
		spaces[b.m.Policies[i].Permission.Namespace()] = struct{}{}
	}
	sorted := slices.Sorted(maps.Keys(spaces))
	if len(sorted) > maxNamespaces {
		return fault(ErrTooLarge, number(len(sorted))+" namespaces")
	}
	for i, name := range sorted {
		b.namespaces[name] = uint16(i)
		b.appendRef(secNamespaces, name)
	}
	for _, o := range b.m.Organisations {
		b.appendRef(secOrgs, o.Code)
	}
	for _, f := range b.m.Files {
		b.appendRef(secFiles, f)
	}
	return nil
}

// holders numbers the birthright holders behind the named ones, two for each subject type that has
// birthrights, and closes who is what.
func (b *builder) holders() {
	for _, h := range b.m.Holders {
		closure := make([]uint32, 0, len(h.Closure))
		for _, c := range h.Closure {
			closure = append(closure, uint32(c))
		}
		b.closures = append(b.closures, closure)
	}
	names := b.subjectTypes()
	for i, name := range names {
		b.types[name] = uint16(i)
		anyone, known := b.birthrights(name)
		b.birthAny[name] = b.birthHolder(anyone)
		b.birthKnown[name] = b.birthHolder(known)
		b.appendRef(secTypes, name)
		b.append(secTypes, b.birthAny[name], b.birthKnown[name])
	}
	b.members = make([][]uint32, len(b.m.Holders))
	for h, closure := range b.closures {
		for _, c := range closure {
			b.members[c] = append(b.members[c], uint32(h))
		}
	}
}

func (b *builder) subjectTypes() []string {
	types := map[string]struct{}{}
	for i := range b.m.Subjects {
		types[b.m.Subjects[i].Type] = struct{}{}
	}
	for _, h := range b.m.Holders {
		for _, t := range h.Birthright.Types {
			types[t] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(types))
}

// birthrights returns the closures of what unknown and stored subjects of a type hold by birth.
func (b *builder) birthrights(subjectType string) (anyone, known []uint32) {
	for i, h := range b.m.Holders {
		if !slices.Contains(h.Birthright.Types, subjectType) {
			continue
		}
		known = append(known, b.closures[i]...)
		if !h.Birthright.Known {
			anyone = append(anyone, b.closures[i]...)
		}
	}
	return unique(anyone), unique(known)
}

func (b *builder) birthHolder(closure []uint32) uint32 {
	if len(closure) == 0 {
		return none
	}
	b.closures = append(b.closures, closure)
	return uint32(len(b.closures) - 1)
}

func unique(items []uint32) []uint32 {
	slices.Sort(items)
	return slices.Compact(items)
}

func (b *builder) writeShapes() {
	shapes := slices.Collect(maps.Keys(b.shapes))
	sort.Slice(shapes, func(i, j int) bool {
		if shapes[i].Mask != shapes[j].Mask {
			return shapes[i].Mask < shapes[j].Mask
		}
		return !shapes[i].Deny && shapes[j].Deny
	})
	for _, s := range shapes {
		word := uint32(s.Mask)
		if s.Deny {
			word |= 1 << 16
		}
		b.append(secShapes, word)
	}
}

func (b *builder) writeHolders() {
	for i := range b.m.Holders {
		h := &b.m.Holders[i]
		ids := make([]uint32, 0, len(h.Policies))
		for _, id := range h.Policies {
			ids = append(ids, uint32(id))
		}
		b.appendRef(secHolders, h.Name)
		b.append(secHolders, uint32(h.Kind), b.list(ids), b.list(b.closures[i]),
			uint32(h.Place.File), uint32(h.Place.Line), 0)
	}
	for i := len(b.m.Holders); i < len(b.closures); i++ {
		b.appendRef(secHolders, "")
		b.append(secHolders, birthrightKind, 0, b.list(b.closures[i]), none, 0, 0)
	}
}

// birthrightKind marks a birthright holder, beside the numbers of policy.HolderKind.
const birthrightKind = 2

func (b *builder) writePolicies() {
	grow := slices.Grow(b.sections[secPolicies], policySize*len(b.m.Policies))
	b.sections[secPolicies] = grow
	for i := range b.m.Policies {
		p := &b.m.Policies[i]
		term := none
		if p.Validity != policy.Always {
			term = b.term(Term{Effect: p.Effect, Condition: p.Condition, Validity: p.Validity})
		}
		b.appendRef(secPolicies, p.Permission.String())
		b.append(secPolicies, uint32(p.Owner)|uint32(p.Effect)<<8, uint32(p.OwnerIndex), uint32(p.Condition), term,
			uint32(p.Place.File), uint32(p.Place.Line), 0, 0)
	}
}

func (b *builder) writeScopes() {
	for i := range b.m.Scopes {
		s := &b.m.Scopes[i]
		b.appendRef(secScopes, s.Name)
		b.appendRef(secScopes, s.Permission.String())
	}
}
