// Package check finds what is wrong with definitions beyond the form of their files: names that refer
// to nothing, permission strings, prerequisites and conflicts, clients and routes; and it warns of what
// is legal and probably not meant.
//
// Conditions are left to package condition.
package check

import (
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Run returns every mistake in d that reading its files could not see, sorted. It does not change d.
// Its time grows with the size of d, not with the square of it.
func Run(d *source.Definitions) diag.List {
	c := newChecker(d)
	c.checkResources()
	c.checkRoles()
	c.checkCycles()
	c.checkEntitlements()
	c.warnIncluded()
	c.checkSubjects()
	c.checkObjects()
	c.checkScopes()
	c.checkClients()
	c.checkRoutes()
	c.checkTests()
	c.warnUnused()
	c.warnLoneNames()
	c.list.Sort()
	return c.list
}

type checker struct {
	defs          *source.Definitions
	list          diag.List
	roles         *index
	entitlements  *index
	organisations *index
	subjects      *index
	declared      map[resourceKey]*vocabulary
	read          map[written]*reading
	cover         coverage

	included map[string]bool // roles that something includes
	held     map[string]bool // roles that a subject or a client holds, or a birthright gives
	given    map[string]bool // entitlements that a subject holds
	empty    map[string][]source.Text
}

func newChecker(d *source.Definitions) *checker {
	return &checker{
		defs:          d,
		roles:         newIndex(d.Roles, func(x *source.Role) string { return x.Name.Value }),
		entitlements:  newIndex(d.Entitlements, func(x *source.Role) string { return x.Name.Value }),
		organisations: newIndex(d.Organisations, func(x *source.Organisation) string { return x.Code.Value }),
		subjects:      newIndex(d.Subjects, func(x *source.Subject) string { return x.ID.Value }),
		declared:      map[resourceKey]*vocabulary{},
		read:          map[written]*reading{},
		cover:         newCoverage(),
		included:      map[string]bool{},
		held:          map[string]bool{},
		given:         map[string]bool{},
		empty:         map[string][]source.Text{},
	}
}
