package tables

import (
	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// proveRego decodes the expressions that only Rego can evaluate: texts that are not empty, sorted and unique,
// which read from roots that there are.
func (t *Tables) proveRego() error {
	last := ""
	for b := t.sections[secRego]; len(b) > 0; b = b[regoSize:] {
		if err := t.proveRef(secRego, b); err != nil {
			return err
		}
		text, reads := t.text(b), load.U32(b, refSize)
		if text <= last {
			return corrupt(secRego, "not sorted")
		}
		if reads > uint32(policy.AllRoots) {
			return corrupt(secRego, "reads from an unknown root")
		}
		last = text
		t.rego = append(t.rego, policy.Rego{Text: text, Reads: policy.RootSet(reads)})
	}
	return nil
}

// rego decodes a leaf that only Rego can evaluate.
func (d *decoder) rego(whole bool) (policy.Expr, error) {
	at, err := d.word()
	if err != nil {
		return nil, err
	}
	if uint64(at) >= uint64(len(d.t.rego)) {
		return nil, corrupt(secConditions, "unknown expression of Rego")
	}
	if !whole {
		return nil, corrupt(secConditions, "an expression of Rego inside another")
	}
	return d.t.rego[at], nil
}

// proveRegoUsed proves that some condition has each expression, so that they are numbered as those of the model.
func (t *Tables) proveRegoUsed() error {
	used := (&policy.Model{Conditions: t.conditions}).Rego()
	if len(used) != len(t.rego) {
		return corrupt(secRego, "an expression of no condition")
	}
	return nil
}
