// Package policy is the compiled policy: the one model that the compiler lowers definitions to and
// that every engine is built from. A [Model] holds no text left to interpret: names are resolved to
// indexes, includes are closed, dates are seconds, and conditions are trees over a closed set of
// operations ([Expr]).
//
// A Model is plain data. It is safe for concurrent use once built, as long as nobody writes to it.
package policy

import (
	"math"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
)

// ID names a policy within one model: its position in [Model.Policies], counted from 1. 0 is no
// policy. Ids follow the order of the policies, so "the lowest id" is the same for every engine.
type ID uint32

// ConditionID names a condition within one model: its position in [Model.Conditions], counted from 1.
// 0 is the condition that is always true.
type ConditionID uint32

// Effect is what a policy decides.
type Effect uint8

// The effects. DENY overrides ALLOW; order never matters.
const (
	Allow Effect = iota
	Deny
)

// String returns "ALLOW" or "DENY".
func (e Effect) String() string {
	if e == Deny {
		return "DENY"
	}
	return "ALLOW"
}

// Model is a whole compiled policy, in canonical order: compiling the same definitions in any order
// gives the same model.
type Model struct {
	Namespace     string          // the project's namespace
	Case          permission.Case // how permission strings compare
	Files         []string        // definition files, sorted, with forward slashes; what Place.File points at
	Organisations []Organisation  // sorted by code
	Holders       []Holder        // roles, then entitlements, each sorted by name
	Policies      []Policy        // see Less
	Conditions    []Condition     // unique, sorted by Text
	Subjects      []Subject       // sorted by ID
	Objects       []Object        // sorted by namespace, type, id
	Resources     []Resource      // sorted by namespace, type
	Scopes        []Scope         // sorted by name
	Clients       []Client        // sorted by id
	Routes        []Route         // sorted by template, then methods
	OpenRoutes    bool            // requests that no route binds are let through; otherwise they are refused
}

// Grammar returns the grammar that permission strings of this model are read in.
func (m *Model) Grammar() permission.Grammar {
	return permission.Grammar{Namespace: m.Namespace, Case: m.Case}
}

// Policy returns the policy with the given id, which must be one of the model's.
func (m *Model) Policy(id ID) *Policy { return &m.Policies[id-1] }

// Condition returns the condition with the given id, which must be one of the model's and not 0.
func (m *Model) Condition(id ConditionID) *Condition { return &m.Conditions[id-1] }

// Place is where something is defined.
type Place struct {
	File int32 // index into Model.Files
	Line int32 // counted from 1
}

// HolderIndex is a position in [Model.Holders].
type HolderIndex int32

// HolderKind says what a holder is.
type HolderKind uint8

// The kinds of holders.
const (
	Role HolderKind = iota
	Entitlement
)

// String returns "role" or "entitlement".
func (k HolderKind) String() string {
	if k == Entitlement {
		return "entitlement"
	}
	return "role"
}

// Holder is a named set of policies that subjects can be assigned: a role or an entitlement. Roles and
// entitlements are named apart, so a role and an entitlement may share a name.
type Holder struct {
	Kind        HolderKind
	Name        string
	Description string
	Closure     []HolderIndex // the holder itself and every role it includes, transitively; sorted
	Policies    []ID          // its own policies, sorted; not those of included roles
	Birthright  Birthright
	Place       Place
}

// Birthright says which subjects hold a role without being assigned it. The zero value says none.
type Birthright struct {
	Types []string // subject types, sorted and unique
	Known bool     // only subjects that are in the bundle
}

// OwnerKind says what a policy is written in.
type OwnerKind uint8

// The kinds of owners, in the order policies are sorted by.
const (
	OwnedByRole OwnerKind = iota
	OwnedByEntitlement
	OwnedBySubject
)

// Policy is one policy as written: a permission, which may list values, with its decision and
// condition.
//
// Policies are sorted by owner kind, owner name, permission ([permission.Permission.String]), effect,
// condition, organisation, From and To, and are unique in these.
type Policy struct {
	Owner      OwnerKind
	OwnerIndex int32 // into Model.Holders or Model.Subjects
	Permission permission.Permission
	Effect     Effect
	Condition  ConditionID
	Validity   Validity // always Always for policies of holders
	Place      Place
}

// OrganisationIndex is a position in [Model.Organisations].
type OrganisationIndex int32

// NoOrganisation marks what counts in every organisation and in none.
const NoOrganisation OrganisationIndex = -1

// Validity says where and when an assignment counts: in its organisation, or everywhere when that is
// [NoOrganisation], while From ≤ now < To, in seconds since 1970.
type Validity struct {
	Organisation OrganisationIndex
	From, To     int64
}

// Always is the validity of what counts everywhere and for ever.
var Always = Validity{Organisation: NoOrganisation, From: math.MinInt64, To: math.MaxInt64}

// Holds reports whether v counts when the given organisation is asked for, at now.
func (v Validity) Holds(organisation OrganisationIndex, now int64) bool {
	return (v.Organisation == NoOrganisation || v.Organisation == organisation) && v.From <= now && now < v.To
}

// Assignment gives a subject a role or an entitlement. Entitlements always carry an organisation.
type Assignment struct {
	Holder   HolderIndex
	Validity Validity
}

// Subject is one stored subject. Ids are unique across types.
type Subject struct {
	ID          string
	Type        string
	Inactive    bool
	Properties  value.Value  // an Object, or Missing
	Assignments []Assignment // sorted by organisation, holder, From, To; unique
	Policies    []ID         // direct policies, sorted
	Place       Place
}

// Organisation is one organisation that assignments may be made in.
type Organisation struct {
	Code       string
	Name       string
	Type       string
	Properties value.Value // an Object, or Missing
	Place      Place
}

// Object is one known instance: stored properties for conditions, a candidate for searches. Type and
// ID are folded when the model is case insensitive.
type Object struct {
	Namespace  string
	Type       string
	ID         string
	Properties value.Value // an Object
	Place      Place
}

// Resource is a declared resource type with its closed set of actions.
type Resource struct {
	Namespace   string
	Type        string
	Actions     []string // sorted
	Attributes  []string // sorted
	Description string
	Place       Place
}

// Scope gives an OAuth scope a meaning of its own, in place of the permission it would parse to.
type Scope struct {
	Name        string
	Permission  permission.Permission
	Description string
	Place       Place
}

// Client is what the policy needs to know of an OAuth client.
type Client struct {
	ID     string
	Scopes []string // its allowance and its defaults, in the order written
	Roles  []HolderIndex
	Place  Place
}
