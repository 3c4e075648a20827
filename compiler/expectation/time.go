package expectation

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
)

// timed holds the policies whose conditions read the time, by holder.
type timed struct {
	conditions []bool // by policy.ConditionID
	held       map[policy.HolderIndex][]policy.ID
}

func newTimed(m *policy.Model) timed {
	t := timed{conditions: make([]bool, len(m.Conditions)+1), held: map[policy.HolderIndex][]policy.ID{}}
	for i := range m.Conditions {
		t.conditions[i+1] = readsTime(m.Conditions[i].Expr)
	}
	for h := range m.Holders {
		for _, id := range m.Holders[h].Policies {
			if t.conditions[m.Policy(id).Condition] {
				t.held[policy.HolderIndex(h)] = append(t.held[policy.HolderIndex(h)], id)
			}
		}
	}
	return t
}

// readsTime reports whether an expression refers to now, anywhere.
func readsTime(e policy.Expr) bool {
	switch e := e.(type) {
	case policy.Literal:
		return false
	case policy.Ref:
		return e.Root == policy.Now
	case policy.Rego: // a rule of the project's own may read all that there is
		return e.Reads.Has(policy.Now)
	case policy.Call:
		return slices.ContainsFunc(e.Args, readsTime)
	default:
		panic("BUG: an expression of an unknown kind")
	}
}

// asker is what the model knows of who asks in a test, leaving the time aside.
type asker struct {
	holders []policy.HolderIndex // held at some time, closed over includes
	directs []policy.ID          // direct policies that count at some time
	moments []int64              // when something begins or ends to count; sorted and unique
}

// dependsOnTime reports whether the outcome of a test could be another at another time, and says so.
//
// It is exact about when assignments and policies are valid: the test is asked once in every interval between
// such moments. Conditions are not evaluated: one that reads the time is taken to matter if its policy does.
func (r *runner) dependsOnTime(written *source.Test, t *golden.Test) bool {
	who, active := r.asker(&t.Request)
	if !active {
		return false
	}
	if id := r.timedPolicy(&who, &t.Request.Permissions[0]); id != 0 {
		r.reportCondition(written, id)
		return true
	}
	return r.changes(written, t, who.moments)
}

func (r *runner) asker(request *decision.Request) (who asker, active bool) {
	s, known := stored(r.Model, request.Subject.ID)
	if known && s.Inactive {
		return asker{}, false
	}
	known = known && s.Type == request.Subject.Type
	if known {
		r.addStored(&who, s, request.Organisation)
	}
	for h := range r.Model.Holders {
		b := &r.Model.Holders[h].Birthright
		if slices.Contains(b.Types, request.Subject.Type) && (known || !b.Known) {
			who.holders = append(who.holders, r.Model.Holders[h].Closure...)
		}
	}
	slices.Sort(who.holders)
	who.holders = slices.Compact(who.holders)
	slices.Sort(who.moments)
	who.moments = slices.Compact(who.moments)
	return who, true
}

// addStored adds what a stored subject is assigned, everywhere or in the organisation asked for.
func (r *runner) addStored(who *asker, s *policy.Subject, organisation string) {
	counts := func(v policy.Validity) bool {
		return v.Organisation == policy.NoOrganisation || r.Model.Organisations[v.Organisation].Code == organisation
	}
	for _, a := range s.Assignments {
		if counts(a.Validity) {
			who.holders = append(who.holders, r.Model.Holders[a.Holder].Closure...)
			who.addMoments(a.Validity)
		}
	}
	for _, id := range s.Policies {
		if v := r.Model.Policy(id).Validity; counts(v) {
			who.directs = append(who.directs, id)
			who.addMoments(v)
		}
	}
}

func (who *asker) addMoments(v policy.Validity) {
	if v.From != math.MinInt64 {
		who.moments = append(who.moments, v.From)
	}
	if v.To != math.MaxInt64 {
		who.moments = append(who.moments, v.To)
	}
}

// timedPolicy returns a policy that could matter to the request and whose condition reads the time, 0 for none.
func (r *runner) timedPolicy(who *asker, asked *permission.Permission) policy.ID {
	for _, h := range who.holders {
		for _, id := range r.timed.held[h] {
			if matters(r.Model.Policy(id), asked) {
				return id
			}
		}
	}
	for _, id := range who.directs {
		if p := r.Model.Policy(id); r.timed.conditions[p.Condition] && matters(p, asked) {
			return id
		}
	}
	return 0
}

// matters reports whether a policy speaks about an atom of the request: an ALLOW implies it, a DENY overlaps it.
func matters(p *policy.Policy, asked *permission.Permission) bool {
	var atom permission.Atom
	for i := range asked.Atoms() {
		asked.Atom(i, &atom)
		if p.Effect == policy.Deny && permission.OverlapsAtom(&p.Permission, &atom) ||
			p.Effect == policy.Allow && permission.ImpliesAtom(&p.Permission, &atom) {
			return true
		}
	}
	return false
}

// changes asks the test before the first moment and from each on, and reports the first at which the outcome
// becomes another: the decision, and its reason where the test minds it.
func (r *runner) changes(written *source.Test, t *golden.Test, moments []int64) bool {
	if len(moments) == 0 {
		return false
	}
	request := t.Request
	ask := func(now int64) decision.Decision {
		request.Now = now
		d, err := r.Engine.Decide(&request)
		if err != nil {
			return decision.Decision{}
		}
		return d
	}
	before := ask(moments[0] - 1)
	for _, now := range moments {
		if after := ask(now); after.Allowed != before.Allowed || t.Reason != "" && after != before {
			r.reportChange(written, now, before, after)
			return true
		}
	}
	return false
}

func (r *runner) reportCondition(written *source.Test, id policy.ID) {
	p := r.Model.Policy(id)
	d := written.Name.Errorf(&r.list, CodeTimeless, "test %s could come out differently at another time, and gives no now: "+
		"%s %s has a condition on the time", diag.Quote(written.Name.Value), p.Effect, diag.Quote(r.Model.Grammar().Format(&p.Permission)))
	d.Hint = `add the time that is meant, such as "now: 2026-07-01T12:00:00Z"`
	d.Related = []diag.Related{{
		Pos:     diag.Pos{File: r.Model.Files[p.Place.File], Line: int(p.Place.Line)},
		Message: "the policy with the condition",
	}}
}

func (r *runner) reportChange(written *source.Test, now int64, before, after decision.Decision) {
	d := written.Name.Errorf(&r.list, CodeTimeless, "test %s comes out differently at another time, and gives no now: %s before %s, %s from then on",
		diag.Quote(written.Name.Value), outcome(before), clock(now), outcome(after))
	d.Hint = `add the time that is meant, such as "now: ` + clock(now-1) + `" or "now: ` + clock(now) + `"`
}

func outcome(d decision.Decision) string {
	if d.Allowed {
		return policy.Allow.String()
	}
	return policy.Deny.String() + " " + d.Code.String()
}

// clock writes a moment as definitions do.
func clock(now int64) string {
	t := time.Unix(now, 0).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return strconv.FormatInt(now, 10)
	}
	return t.Format(time.RFC3339)
}

// stored returns a stored subject.
func stored(m *policy.Model, id string) (*policy.Subject, bool) {
	i, found := slices.BinarySearchFunc(m.Subjects, id, func(s policy.Subject, id string) int { return strings.Compare(s.ID, id) })
	if !found {
		return nil, false
	}
	return &m.Subjects[i], true
}
