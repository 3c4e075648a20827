package source

import (
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source/form"
)

// Text is a string with its place; see [form.Text].
type Text = form.Text

// Definitions is a whole project as written: every file merged, names not yet resolved. Each list is
// sorted by name, resources and objects by namespace before it, so the layout of files does not show.
type Definitions struct {
	Files         []string // definition files, sorted
	Incomplete    bool     // something could not be read at all, so that names may seem not to be defined
	Options       Options
	Resources     []Resource
	Roles         []Role
	Entitlements  []Role // Birthright unused
	Organisations []Organisation
	Subjects      []Subject
	Objects       []Object
	Scopes        []Scope
	Clients       []Client
	Routes        []Route // in file order
	Groups        []Route // routes without methods: they bind nothing and only hand down to the routes nested in them
	Tests         []Test  // in file order
	Modules       []Module
}

// Options are the project's settings.
type Options struct {
	Namespace       Text // "default" when not written
	Case            permission.Case
	UnmatchedRoutes Text // "deny" (the default) or "allow"
}

// Grammar returns the grammar for a string in a file whose default namespace is given; empty means
// the project's.
func (o Options) Grammar(namespace string) permission.Grammar {
	if namespace == "" {
		namespace = o.Namespace.Value
	}
	return permission.Grammar{Namespace: namespace, Case: o.Case}
}

// Resource declares a resource type.
type Resource struct {
	Name        Text
	Namespace   string // the file's default namespace, or the project's
	Actions     []Text
	Attributes  []Text // nil when not written: any attribute
	Description Text
}

// Role defines a role or an entitlement.
type Role struct {
	Name        Text
	Namespace   string // in which its permission strings are read
	Description Text
	Includes    []Text
	Permissions []Text
	Policies    []Policy
	Birthright  *Birthright
	Requires    []Text // entitlements only
	Conflicts   []Text // entitlements only
}

// Birthright says who holds a role unassigned.
type Birthright struct {
	Pos   diag.Pos
	Types []Text // at least one
	Known bool
}

// Policy is the long form of a policy.
type Policy struct {
	Permission Text
	Decision   Text   // "ALLOW" or "DENY"; required
	When       []Text // Rego expressions, ANDed
	WhenAny    []Text // Rego expressions, ORed
	Validity   Validity
}

// Validity bounds an assignment. Absent times are zero Texts; From and To are filled by the reader.
type Validity struct {
	Organisation Text
	From, To     int64 // seconds since 1970, rounded up; math.MinInt64 and math.MaxInt64 when not written
}

// Organisation is one organisation.
type Organisation struct {
	Code       Text
	Name       Text
	Type       Text
	Properties value.Value
}

// Subject is one stored subject.
type Subject struct {
	ID           Text
	Namespace    string
	Type         Text // "user" when not written
	Properties   value.Value
	Roles        []Assignment
	Entitlements []Assignment // Validity.Organisation is always set
	Permissions  []Text
	Policies     []Policy
	Active       bool // true when not written
}

// Assignment names a role or an entitlement that a subject holds.
type Assignment struct {
	Name     Text
	Validity Validity
}

// Object is one known instance of a resource type.
type Object struct {
	Namespace  string
	Type       Text
	ID         Text
	Properties value.Value
}

// Scope gives an OAuth scope a meaning.
type Scope struct {
	Name        Text
	Namespace   string
	Permission  Text // not set: the scope is its own permission, or one of the protocol's that needs none
	Description Text
}

// Client is an OAuth client.
type Client struct {
	ID             Text
	SecretHash     Text
	Grants         []Text
	RedirectURIs   []Text
	Scopes         []Text
	AccessToken    Text  // "opaque" (the default) or "jwt"
	AccessTokenTTL int64 // seconds; 3600 when not written
	Public         bool
	Roles          []Text
}

// Route is one route rule with what it inherited already merged in; Nested rules follow their parent in
// [Definitions.Routes].
type Route struct {
	Pos         diag.Pos
	Namespace   string
	Path        Text // the whole template, prefix included
	Methods     []Text
	Satisfy     Text // "either" (the default) or "both"
	Auth        Text // "authenticated" (the default) or "anonymous"
	Roles       []Text
	Permissions []Text
}

// Test is one expectation on the compiled policy.
type Test struct {
	Name               Text
	Namespace          string
	SubjectType        Text // not set: the stored subject's type, or "user"
	SubjectID          Text
	SubjectProperties  value.Value
	Organisation       Text
	Permission         Text
	ResourceProperties value.Value
	ActionProperties   value.Value
	Context            value.Value
	Now                *int64 // seconds since 1970; nil: the outcome does not depend on it
	Expect             Text   // "ALLOW" or "DENY"
	ExpectReason       Text   // a decision.Code, not set: any
}

// Module is a Rego module of the user's own, under package custom.
type Module struct {
	File string // path below the project's folder
	Text []byte
}
