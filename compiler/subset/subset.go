// Package subset makes the part of a policy that a client may see: what concerns some namespaces, some subject
// types and, by name, some stored subjects. Everything else is gone from it, names included.
//
// For what is kept, the part decides as the whole does ([Select] says what exactly). It allows nothing that the
// whole denies: what was left out is unknown to it, and unknown is denied.
//
// Start reading at [Select].
package subset

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// Selection says what a client may see.
type Selection struct {
	Namespaces []string // at least one
	Types      []string // of subjects, at least one
	Subjects   []string // ids of the stored subjects to keep; none for a part that is the same for everybody
}

// definitions stands for the names of all definition files.
const definitions = "definitions"

// Select returns the part of m that s names, in canonical form, and what it leaves out. It keeps:
//
//   - policies in the kept namespaces that a kept subject holds or, without kept subjects, a birthright of a kept
//     type gives to everybody, with the roles, conditions, organisations and dates these need;
//   - of subjects and objects the properties that a kept condition reads, and no object that no kept policy is about;
//   - the vocabulary that kept policies speak of, and scopes that mean something in the kept namespaces, with the names of others
//     that would by themselves.
//
// Clients, tests, routes, descriptions and the places of definitions are left out altogether.
//
// With kept subjects, a request about one of them under its own type, in the kept namespaces, is decided as by m,
// with the same code and by the same policies, whose ids are counted anew; requests about anybody else are denied.
// Without, requests about subjects that m does not store are decided as by m, except that an ALLOW is left
// out which a DENY, or a condition in Rego on whatever is stored, could take away from some stored subject: the part does not
// know from whom. What it cannot know either is who is not active: see [Report.Inactive].
//
// A holder without a kept policy, its own or included, is left out, so that nobody holds that role, and a search
// for actions goes by the words that are kept. The model
// shares its strings and values with m. The errors are [*UnknownError] and [*TypeError].
func Select(m *policy.Model, s Selection) (*policy.Model, *Report, error) {
	b := &builder{m: m, namespaces: setOf(s.Namespaces), types: setOf(s.Types)}
	if err := b.check(s); err != nil {
		return nil, nil, err
	}
	b.findPolicies()
	b.findHolders()
	b.findOrganisations()
	b.findConditions()
	b.out = &policy.Model{Namespace: b.home(), Case: m.Case, Files: []string{definitions}}
	b.organisations()
	b.holders()
	b.subjects()
	b.policies()
	b.conditions()
	b.objects()
	b.resources()
	b.scopes()
	b.out.Number()
	return b.out, b.report(), nil
}

// builder makes one part. Its find methods say what is kept; the others write it in the order of the whole, so
// that everything stays in canonical order.
type builder struct {
	m          *policy.Model
	out        *policy.Model
	namespaces map[string]bool
	types      map[string]bool
	kept       []int32 // positions of kept subjects, ascending

	keptPolicies []bool // by position
	touched      int    // ALLOWs left out because of a DENY
	holderAt     []policy.HolderIndex
	organisation []policy.OrganisationIndex
	conditionAt  []policy.ConditionID
	subjectReads members
	objectReads  members
}

// gone stands for the new position of what is left out.
const gone = -1

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// personal reports whether the part is for named subjects.
func (b *builder) personal() bool { return len(b.kept) > 0 }

// home returns the namespace of requests that name none: the project's, or one that nothing is in when the project's
// is left out, so that they are denied.
func (b *builder) home() string {
	if b.namespaces[b.m.Namespace] {
		return b.m.Namespace
	}
	return b.nowhere()
}

// nowhere returns a namespace that nothing is in.
func (b *builder) nowhere() string {
	name := "-"
	for b.namespaces[name] {
		name += "-"
	}
	return name
}

func (b *builder) organisations() {
	for i, at := range b.organisation {
		if at != gone {
			b.out.Organisations = append(b.out.Organisations, policy.Organisation{Code: b.m.Organisations[i].Code})
		}
	}
}

func (b *builder) subjects() {
	for _, i := range b.kept {
		s := &b.m.Subjects[i]
		kept := policy.Subject{ID: s.ID, Type: s.Type, Inactive: s.Inactive, Properties: b.subjectReads.of(s.Properties)}
		if kept.Properties.Len() == 0 {
			kept.Properties = nil
		}
		for _, a := range s.Assignments {
			if h := b.holderAt[a.Holder]; h != gone {
				kept.Assignments = append(kept.Assignments, policy.Assignment{Holder: h, Validity: b.validity(a.Validity)})
			}
		}
		b.out.Subjects = append(b.out.Subjects, kept)
	}
}

func (b *builder) validity(v policy.Validity) policy.Validity {
	if v.Organisation != policy.NoOrganisation {
		v.Organisation = b.organisation[v.Organisation]
	}
	return v
}

func (b *builder) policies() {
	for i := range b.m.Policies {
		if !b.keptPolicies[i] {
			continue
		}
		p := b.m.Policies[i]
		if p.Owner == policy.OwnedBySubject {
			at, _ := slices.BinarySearch(b.kept, p.OwnerIndex)
			p.OwnerIndex = int32(at)
		} else {
			p.OwnerIndex = int32(b.holderAt[p.OwnerIndex])
		}
		if p.Condition != 0 {
			p.Condition = b.conditionAt[p.Condition-1]
		}
		p.Validity, p.Place = b.validity(p.Validity), policy.Place{}
		b.out.Policies = append(b.out.Policies, p)
	}
}

func (b *builder) conditions() {
	for i, at := range b.conditionAt {
		if at != 0 {
			c := &b.m.Conditions[i]
			b.out.Conditions = append(b.out.Conditions, policy.Condition{Text: c.Text, Expr: c.Expr})
		}
	}
}

// about returns the kept policies about a type of resources.
func (b *builder) about(namespace, resourceType string) []*permission.Permission {
	var about []*permission.Permission
	folded := b.m.Grammar().Fold(resourceType)
	for i := range b.out.Policies {
		p := &b.out.Policies[i].Permission
		if b.namespaces[namespace] && p.Namespace() == namespace && says(p, 0, folded) {
			about = append(about, p)
		}
	}
	return about
}

// says reports whether a part of a permission holds a value, or any.
func says(p *permission.Permission, part int, value string) bool {
	return part >= p.Len() || p.Wild(part) || slices.Contains(p.Values(part), value)
}

func (b *builder) objects() {
	var last *policy.Object // of the type that is being written
	var named instances
	for i := range b.m.Objects {
		o := &b.m.Objects[i]
		if last == nil || last.Namespace != o.Namespace || last.Type != o.Type {
			last, named = o, instancesOf(b.about(o.Namespace, o.Type))
		}
		if named.all || named.ids[o.ID] {
			b.out.Objects = append(b.out.Objects, policy.Object{
				Namespace: o.Namespace, Type: o.Type, ID: o.ID, Properties: b.objectReads.of(o.Properties),
			})
		}
	}
}

// instances are those that some permissions speak of.
type instances struct {
	all bool
	ids map[string]bool
}

func instancesOf(permissions []*permission.Permission) instances {
	const part = 2
	of := instances{ids: map[string]bool{}}
	for _, p := range permissions {
		if part >= p.Len() || p.Wild(part) {
			return instances{all: true}
		}
		for _, id := range p.Values(part) {
			of.ids[id] = true
		}
	}
	return of
}

func (b *builder) resources() {
	for i := range b.m.Resources {
		r := &b.m.Resources[i]
		if about := b.about(r.Namespace, r.Type); len(about) > 0 {
			b.out.Resources = append(b.out.Resources, policy.Resource{
				Namespace: r.Namespace, Type: r.Type, Actions: b.spoken(about, 1, r.Actions), Attributes: b.spoken(about, 3, r.Attributes),
			})
		}
	}
}

// spoken returns the words that some permission has in a part.
func (b *builder) spoken(permissions []*permission.Permission, part int, words []string) []string {
	var kept []string
	for _, w := range words {
		if slices.ContainsFunc(permissions, func(p *permission.Permission) bool { return says(p, part, b.m.Grammar().Fold(w)) }) {
			kept = append(kept, w)
		}
	}
	return kept
}

// scopes keeps scopes that mean something in the kept namespaces. Another one must not come to mean what its name
// alone would, so it is kept with a meaning that covers nothing where its name is about what is kept.
func (b *builder) scopes() {
	void, err := permission.Grammar{Namespace: b.nowhere()}.Parse("-")
	if err != nil {
		panic("BUG: a permission of one part: " + err.Error())
	}
	for i := range b.m.Scopes {
		s := policy.Scope{Name: b.m.Scopes[i].Name, Permission: b.m.Scopes[i].Permission}
		if !b.namespaces[s.Permission.Namespace()] {
			if !b.spells(s.Name) {
				continue
			}
			s.Permission = void
		}
		b.out.Scopes = append(b.out.Scopes, s)
	}
}

// spells reports whether the name of a scope would be a permission by itself that some kept ALLOW is about.
func (b *builder) spells(name string) bool {
	grammar := b.m.Grammar()
	own, err := grammar.ParseScope(grammar.Fold(name))
	return err == nil && !permission.IsProtocolScope(name) && slices.ContainsFunc(b.out.Policies, func(p policy.Policy) bool {
		return p.Effect == policy.Allow && permission.Overlaps(&own, &p.Permission)
	})
}
