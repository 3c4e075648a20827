package policy

import "strings"

// Route is one route rule: what a request with one of its methods and a path like its template needs. No two
// routes of a model bind the same method and path, variables counting as alike.
type Route struct {
	Methods     []string       // sorted and unique, in upper case
	Path        []Segment      // the parts of the template between slashes; none for "/"
	Auth        Auth           // who must be there
	Satisfy     Satisfy        // how Roles and Permissions count together, where both are there
	Roles       []RoleRule     // all of them must hold
	Permissions []RoutePattern // all of them must be allowed
	Place       Place          // where the rule is written
}

// Template returns the path as it is written, such as "/newsletters/{id}".
func (r *Route) Template() string {
	var b strings.Builder
	for _, s := range r.Path {
		b.WriteByte('/')
		if s.Variable {
			b.WriteString("{" + s.Text + "}")
		} else {
			b.WriteString(s.Text)
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// Segment is one part of a path template.
type Segment struct {
	Text     string // what the segment is, compared byte by byte after percent-decoding; a variable's name
	Variable bool   // any one segment, not empty
}

// Auth says who a route is open to.
type Auth uint8

// The ways of authentication.
const (
	Authenticated Auth = iota // who is known and active, as far as the rules let them
	Anonymous                 // everybody; the route has no rules
)

// Satisfy says how a route's roles and permissions count together.
type Satisfy uint8

// The ways to count. A list that is not there is left out of account: the other one decides.
const (
	Either Satisfy = iota // one of the two lists is enough
	Both                  // both lists must hold, and both are there
)

// RoleRule asks for roles.
type RoleRule struct {
	Roles []HolderIndex // roles, sorted and unique; at least one
	All   bool          // all of them, not any
}

// RoutePattern is one single-valued permission in which variables of the path stand for values.
type RoutePattern struct {
	Namespace string
	Parts     []PatternPart // at least one, at most [permission.MaxParts]
}

// PatternPart is one part of a route's permission. The zero PatternPart is the wildcard.
type PatternPart struct {
	Kind  PatternKind
	Text  string // of a Literal: the value, folded where the model is case insensitive
	Index int32  // of a Variable: into Route.Path
}

// PatternKind says what stands in a part of a permission.
type PatternKind uint8

// The kinds of parts.
const (
	Wildcard PatternKind = iota
	LiteralValue
	Variable // what the request has in that segment, as one literal value that is never parsed
)
