package table

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

var _ decision.Catalog = (*Engine)(nil)

// Describe implements [decision.Catalog].
func (e *Engine) Describe(id policy.ID) decision.Description {
	row := e.t.Policy(id)
	d := decision.Description{
		Effect:     row.Effect,
		Permission: row.Text,
		Owner:      "subject",
	}
	if row.Line > 0 { // a bundle for clients has no places
		d.Source = row.File + ":" + strconv.Itoa(row.Line)
	}
	var p permission.Permission
	if e.t.PolicyPermission(id, e.grammar, &p) {
		d.Permission = e.grammar.Format(&p)
	}
	if row.Owner != policy.OwnedBySubject {
		d.Owner = e.holderName(row.Holder)
	}
	if row.Condition != 0 {
		d.Condition = e.t.Conditions()[row.Condition-1].Text
	}
	return d
}

func (e *Engine) holderName(h uint32) string {
	row := e.t.Holder(h)
	if row.Entitlement {
		return "entitlement " + row.Name
	}
	return "role " + row.Name
}

// HeldThrough implements [decision.Catalog].
func (e *Engine) HeldThrough(r *decision.Request, id policy.ID) string {
	var q query
	if !e.resolve(&q, r) {
		return ""
	}
	row := e.t.Policy(id)
	if row.Owner == policy.OwnedBySubject {
		if q.owns(id) {
			return "a policy of its own"
		}
		return ""
	}
	text := ""
	q.eachHolder(func(h uint32) bool {
		text = e.through(h, row.Holder)
		return text == ""
	})
	return text
}

func (q *query) owns(id policy.ID) bool {
	found := false
	q.subject.EachPolicy(func(own policy.ID) { found = found || own == id })
	return found
}

// through says how holder h comes to the policies of owner; empty when it does not.
func (e *Engine) through(h, owner uint32) string {
	closure := e.t.HolderClosure(h)
	included := false
	for i := range closure.Len() {
		included = included || closure.At(i) == owner
	}
	switch {
	case !included:
		return ""
	case h == owner:
		return e.holderName(h)
	case e.t.Holder(h).Birthright:
		return "birthright " + e.holderName(owner)
	}
	return e.holderName(h) + ", which includes " + e.t.Holder(owner).Name
}
