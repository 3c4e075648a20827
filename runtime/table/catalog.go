package table

import (
	"slices"
	"sort"
	"strconv"
	"strings"

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

// near is an ALLOW policy and how close it comes to an atom.
type near struct {
	id    policy.ID
	parts int // parts of the atom that it covers
}

// Near implements [decision.Catalog]. It goes through all policies.
func (e *Engine) Near(a *permission.Atom, limit int) []policy.ID {
	var found []near
	var p permission.Permission
	for id := policy.ID(1); int(id) <= e.t.Policies(); id++ {
		row := e.t.Policy(id)
		if row.Effect != policy.Allow || row.Owner == policy.OwnedBySubject || !strings.Contains(row.Text, a.Parts[0]) && !strings.Contains(row.Text, "*") {
			continue
		}
		if !e.t.PolicyPermission(id, e.grammar, &p) {
			continue
		}
		if n := covered(&p, a); n > 0 {
			found = append(found, near{id: id, parts: n})
		}
	}
	sort.Sort(byParts(found))
	ids := make([]policy.ID, 0, limit)
	for _, n := range found[:min(limit, len(found))] {
		ids = append(ids, n.id)
	}
	return ids
}

// byParts sorts by [sort.Sort], because what [slices.SortFunc] makes for one more type is half a percent of the guest.
type byParts []near

func (b byParts) Len() int      { return len(b) }
func (b byParts) Swap(i, j int) { b[i], b[j] = b[j], b[i] }
func (b byParts) Less(i, j int) bool {
	return b[i].parts > b[j].parts || b[i].parts == b[j].parts && b[i].id < b[j].id
}

// covered returns how many parts of the atom a grant covers, 0 when its resource is another.
func covered(grant *permission.Permission, a *permission.Atom) int {
	if grant.Namespace() != a.Namespace {
		return 0
	}
	n := 0
	for i := range max(a.Len, grant.Len()) {
		if i >= grant.Len() || grant.Wild(i) || slices.Contains(grant.Values(i), a.Parts[i]) {
			n++
		} else if i == 0 {
			return 0
		}
	}
	return n
}
