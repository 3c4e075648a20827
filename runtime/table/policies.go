package table

import (
	"slices"
	"sort"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
)

var _ decision.Calculator = (*Engine)(nil)

// Policies implements [decision.Calculator]. It goes by what the subject holds, whatever the number of
// policies of others. The error is always nil.
func (e *Engine) Policies(r *decision.Request) ([]decision.CalculatedPolicy, error) {
	var q query
	if !e.resolve(&q, r) {
		return nil, nil
	}
	c := calculation{e: e, seen: map[uint32]bool{}}
	q.eachSteady(c.holder)
	q.eachExtra(q.extras[0], c.holder)
	c.organisation = r.Organisation
	q.eachExtra(q.extras[1], c.holder)
	c.directs(&q)
	sort.Sort(byID(c.found))
	c.found = slices.CompactFunc(c.found, func(a, b decision.CalculatedPolicy) bool { return a.ID == b.ID })
	return c.found, nil
}

// byID sorts by [sort.Sort], because what [slices.SortFunc] makes for one more type is half a percent of the guest.
type byID []decision.CalculatedPolicy

func (b byID) Len() int           { return len(b) }
func (b byID) Less(i, j int) bool { return b[i].ID < b[j].ID }
func (b byID) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

// eachSteady calls f with what the subject is everywhere and for ever.
func (q *query) eachSteady(f func(h uint32)) {
	if q.birthright != noHolder {
		f(q.birthright)
		return
	}
	q.subject.Holders.Each(func(h uint32) bool { f(h); return true })
}

// eachExtra calls f with what the subject is by the extras of a range that count.
func (q *query) eachExtra(span [2]int, f func(h uint32)) {
	for i := span[0]; i < span[1]; i++ {
		if x := q.subject.Extra(i); x.Validity.Holds(q.organisation, q.r.Now) {
			f(x.Holder)
		}
	}
}

// calculation gathers policies. What is held in no organisation comes first, since that is what a policy
// held both ways counts as.
type calculation struct {
	e            *Engine
	organisation string          // what holders that come now are bound to
	seen         map[uint32]bool // named holders
	parsed       permission.Permission
	found        []decision.CalculatedPolicy
}

// holder adds the policies of h and of what it includes.
func (c *calculation) holder(h uint32) {
	closure := c.e.t.HolderClosure(h)
	for i := range closure.Len() {
		named := closure.At(i)
		if c.seen[named] {
			continue
		}
		c.seen[named] = true
		for own, n := c.e.t.HolderPolicies(named), 0; n < own.Len(); n++ {
			id := policy.ID(own.At(n))
			c.add(id, c.e.t.Policy(id), c.organisation)
		}
	}
}

// directs adds the subject's own policies that count.
func (c *calculation) directs(q *query) {
	q.subject.EachPolicy(func(id policy.ID) {
		row := c.e.t.Policy(id)
		switch {
		case !row.Validity.Holds(q.organisation, q.r.Now):
		case row.Validity.Organisation == policy.NoOrganisation:
			c.add(id, row, "")
		default:
			c.add(id, row, q.r.Organisation)
		}
	})
}

func (c *calculation) add(id policy.ID, row tables.PolicyRow, organisation string) {
	p := decision.CalculatedPolicy{ID: id, Permission: row.Text, Effect: row.Effect, Organisation: organisation}
	if c.e.t.PolicyPermission(id, c.e.grammar, &c.parsed) {
		p.Permission = c.e.grammar.Format(&c.parsed)
	}
	if row.Condition != 0 {
		p.Condition = c.e.t.Conditions()[row.Condition-1].Text
	}
	c.found = append(c.found, p)
}
