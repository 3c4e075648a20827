package table

import (
	"math"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// query is one request under evaluation. It lives on the stack of the call that answers it.
type query struct {
	r       *decision.Request
	collect bool // look for the lowest policy of each outcome, not only for the outcome

	subject      tables.Subject // the zero Subject when the tables do not know who asks
	birthright   uint32         // what an unknown subject holds; noHolder for nothing
	organisation policy.OrganisationIndex
	extras       [2][2]int // ranges of extras that count: everywhere, in the organisation
	scoped       bool      // the token has a scope claim
	scope        value.Value

	denies bool // only they matter for the atom: an ALLOW changes nothing any more
	atom   permission.Atom
	hashes tables.Hashes
	tally  tally
	object value.Value // stored properties of the atom's resource, once looked up
	looked bool
	asked  bool // scratch.answers are of this atom
	effort int  // what Rego was asked so far, see regoEffort

	scratch *scratch // memory for what conditions make; nil until one needs it
}

const noHolder = math.MaxUint32

// resolve finds out who asks and what they hold. It returns false when the subject is not active.
func (e *Engine) resolve(q *query, r *decision.Request) bool {
	q.r, q.organisation, q.birthright = r, policy.NoOrganisation, noHolder
	if r.Organisation != "" || len(r.Token) > 0 {
		e.circumstances(q)
	}
	known := e.t.Subject(r.Subject.ID, &q.subject)
	if known && q.subject.Inactive() {
		return false
	}
	if known && e.t.HasType(&q.subject, r.Subject.Type) {
		if q.subject.HasExtras() {
			q.findExtras()
		}
	} else {
		if known {
			q.subject = tables.Subject{}
		}
		if h, ok := e.t.Birthright(r.Subject.Type); ok {
			q.birthright = h
		}
	}
	return true
}

// nextAtom forgets what was found out about the atom before.
func (q *query) nextAtom() { q.object, q.looked, q.asked = nil, false, false }

// circumstances reads what is the same for everybody who asks: the organisation and the token's scope.
func (e *Engine) circumstances(q *query) {
	r := q.r
	if r.Organisation != "" {
		if o, ok := e.t.Organisation(r.Organisation); ok {
			q.organisation = o
		}
	}
	if r.Token.Kind() == value.Object {
		q.scope = r.Token.Get("scope")
		q.scoped = q.scope.Kind() != value.Missing
	}
}

// findExtras finds out which of the subject's extras count.
func (q *query) findExtras() {
	q.extras[0][0], q.extras[0][1] = q.subject.ExtrasIn(policy.NoOrganisation)
	if q.organisation != policy.NoOrganisation {
		q.extras[1][0], q.extras[1][1] = q.subject.ExtrasIn(q.organisation)
	}
}

// holdsAny reports whether the subject is any of the holders, here and now.
func (q *query) holdsAny(holders tables.Set) bool {
	if q.birthright != noHolder {
		return holders.Has(q.birthright)
	}
	if q.subject.Holders.Intersects(holders) {
		return true
	}
	for n := range q.extras {
		for i := q.extras[n][0]; i < q.extras[n][1]; i++ {
			if h, ok := q.subject.HolderAt(i, q.organisation, q.r.Now); ok && holders.Has(h) {
				return true
			}
		}
	}
	return false
}

// eachHolder calls f with everything the subject is, here and now, until f returns false. A holder may
// come twice.
func (q *query) eachHolder(f func(h uint32) bool) {
	if q.birthright != noHolder {
		f(q.birthright)
		return
	}
	more := true
	q.subject.Holders.Each(func(h uint32) bool {
		more = f(h)
		return more
	})
	for _, span := range q.extras {
		for i := span[0]; more && i < span[1]; i++ {
			if x := q.subject.Extra(i); x.Validity.Holds(q.organisation, q.r.Now) {
				more = f(x.Holder)
			}
		}
	}
}
