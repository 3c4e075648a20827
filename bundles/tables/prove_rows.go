package tables

import (
	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// proveNames proves the sections of names and fills the maps that requests are resolved with.
func (t *Tables) proveNames() error {
	for _, s := range []int{secNamespaces, secOrgs, secFiles} {
		for i := range t.count(s, refSize) {
			if err := t.proveRef(s, t.sections[s][refSize*i:]); err != nil {
				return err
			}
		}
	}
	if t.count(secNamespaces, refSize) > maxNamespaces {
		return corrupt(secNamespaces, "too many")
	}
	t.namespaces = make(map[string]uint16, t.count(secNamespaces, refSize))
	for i := range t.count(secNamespaces, refSize) {
		t.namespaces[t.refText(secNamespaces, uint32(i))] = uint16(i)
	}
	t.homeNumber = uint16(t.meta(metaNamespace))
	t.home = t.refText(secNamespaces, t.meta(metaNamespace))
	return t.proveTypes()
}

func (t *Tables) proveTypes() error {
	n := t.count(secTypes, typeSize)
	if n > 0xffff {
		return corrupt(secTypes, "too many")
	}
	t.types = make(map[string]uint16, n)
	for i := range n {
		row := t.sections[secTypes][typeSize*i:]
		if err := t.proveRef(secTypes, row); err != nil {
			return err
		}
		for _, h := range []uint32{load.U32(row, 8), load.U32(row, 12)} {
			if h != none && (h < t.meta(metaNamed) || h >= t.meta(metaHolders)) {
				return corrupt(secTypes, "not a birthright holder")
			}
		}
		t.types[t.text(row)] = uint16(i)
		t.typeNames = append(t.typeNames, t.text(row))
	}
	return nil
}

// proveRows proves terms, origins, policies, holders, scopes, resources and routes.
func (t *Tables) proveRows() error {
	policies := t.count(secPolicies, policySize)
	for i := range t.count(secOrigins, 4) {
		if uint64(load.U32(t.sections[secOrigins], int(4*i))) > policies {
			return corrupt(secOrigins, "unknown policy")
		}
	}
	holder, resources := uint32(0), resourceProof{t: t, proven: map[uint32]struct{}{}}
	routes := routeProof{t: t, bound: map[string]struct{}{}}
	proofs := []struct {
		section, size int
		prove         func(row []byte) error
	}{
		{secTerms, termSize, t.proveTerm},
		{secPolicies, policySize, t.provePolicy},
		{secHolders, holderSize, func(row []byte) error { holder++; return t.proveHolder(row, holder-1) }},
		{secScopes, scopeSize, t.proveScope},
		{secResources, resourceSize, resources.prove},
		{secRoutes, routeSize, routes.prove},
	}
	for _, p := range proofs {
		b := t.sections[p.section]
		for ; len(b) > 0; b = b[p.size:] {
			if err := p.prove(b[:p.size]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tables) proveTerm(row []byte) error {
	if row[0] > byte(policy.Deny) || row[1] != 0 || uint64(load.U32(row, 12)) > t.count(secOrgs, refSize) {
		return corrupt(secTerms, "unknown effect or organisation")
	}
	if err := t.proveCondition(secTerms, load.U32(row, 4)); err != nil {
		return err
	}
	return t.proveResidual(secTerms, load.U32(row, 8))
}

// proveCondition proves the id of a condition, 0 included.
func (t *Tables) proveCondition(section int, id uint32) error {
	if uint64(id) > uint64(t.conditionCount()) {
		return corrupt(section, "unknown condition")
	}
	return nil
}

func (t *Tables) proveResidual(section int, residual uint32) error {
	items, err := t.proveList(section, residual)
	if err != nil {
		return err
	}
	if len(items)%12 != 0 {
		return corrupt(section, "residual is not a list of parts")
	}
	for ; len(items) > 0; items = items[12:] {
		if load.U32(items, 0) >= permission.MaxParts {
			return corrupt(section, "residual part out of range")
		}
		if err := t.proveRef(section, items[4:]); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tables) provePolicy(row []byte) error {
	if err := t.proveRef(secPolicies, row); err != nil {
		return err
	}
	owners := uint64(t.meta(metaNamed))
	if row[8] == byte(policy.OwnedBySubject) {
		owners = uint64(t.meta(metaSubjects))
	}
	if row[8] > byte(policy.OwnedBySubject) || row[9] > byte(policy.Deny) || uint64(load.U32(row, 12)) >= owners {
		return corrupt(secPolicies, "unknown owner or effect")
	}
	if term := load.U32(row, 20); term != none && uint64(term) >= t.count(secTerms, termSize) {
		return corrupt(secPolicies, "unknown term")
	}
	if err := t.proveCondition(secPolicies, load.U32(row, 16)); err != nil {
		return err
	}
	return t.provePlace(secPolicies, load.U32(row, 24))
}

func (t *Tables) provePlace(section int, file uint32) error {
	if uint64(file) >= t.count(secFiles, refSize) {
		return corrupt(section, "unknown file")
	}
	return nil
}

func (t *Tables) proveHolder(row []byte, holder uint32) error {
	if err := t.proveRef(secHolders, row); err != nil {
		return err
	}
	kind := load.U32(row, 8)
	if kind > birthrightKind {
		return corrupt(secHolders, "unknown kind")
	}
	if kind != birthrightKind {
		if err := t.provePlace(secHolders, load.U32(row, 20)); err != nil {
			return err
		}
	}
	if err := t.proveItems(load.U32(row, 12), t.count(secPolicies, policySize)+1); err != nil {
		return err
	}
	if err := t.proveOwned(holder, t.list(load.U32(row, 12))); err != nil {
		return err
	}
	return t.proveItems(load.U32(row, 16), uint64(t.meta(metaNamed)))
}

// proveItems proves a list of a holder: ascending, every item below limit.
func (t *Tables) proveItems(list uint32, limit uint64) error {
	items, err := t.proveList(secHolders, list)
	if err != nil {
		return err
	}
	for least := uint64(0); len(items) > 0; items = items[4:] {
		v := uint64(load.U32(items, 0))
		if v < least || v >= limit {
			return corrupt(secHolders, "list not sorted or out of range")
		}
		least = v + 1
	}
	return nil
}

// proveOwned proves that every policy of a holder's list says so itself, so that no policy is in two
// lists and going through all of them is bounded.
func (t *Tables) proveOwned(holder uint32, ids []byte) error {
	rows := t.sections[secPolicies]
	for ; len(ids) > 0; ids = ids[4:] {
		id := int(load.U32(ids, 0))
		if id == 0 {
			return corrupt(secHolders, "list names no policy")
		}
		row := rows[policySize*(id-1):][:policySize]
		if row[8] == byte(policy.OwnedBySubject) || load.U32(row, 12) != holder {
			return corrupt(secHolders, "list names another holder's policy")
		}
	}
	return nil
}

func (t *Tables) proveScope(row []byte) error {
	for _, ref := range [][]byte{row, row[refSize:]} {
		if err := t.proveRef(secScopes, ref); err != nil {
			return err
		}
	}
	var p permission.Permission
	if t.Grammar().ParseInto(&p, t.text(row[refSize:])) != nil {
		return corrupt(secScopes, "malformed permission")
	}
	return nil
}

// proveValue proves the value at an offset of secValues.
func (t *Tables) proveValue(section int, at uint32) (value.Value, error) {
	values := t.sections[secValues]
	if uint64(at) >= uint64(len(values)) {
		return nil, corrupt(section, "value out of bounds")
	}
	v, err := value.Check(values[at:])
	if err != nil {
		return nil, corrupt(section, err.Error())
	}
	return v, nil
}

func (t *Tables) proveProperties(section int, at uint32) error {
	v, err := t.proveValue(section, at)
	if err != nil {
		return err
	}
	if v.Kind() != value.Object {
		return corrupt(section, "properties are not an object")
	}
	return nil
}
