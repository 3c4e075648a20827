// Package permission is the grammar of permission strings: what may be done, never who may do it.
//
// A permission reads [namespace/]resource:action:instance:attribute:… with any number of parts up to
// [MaxParts]. Each part is a comma list of values or the wildcard "*":
//
//	newsletter:read            read any newsletter
//	newsletter:read,write:17   read and write newsletter 17
//	shop/book:*                anything on books, in the namespace "shop"
//
// [Grammar.Parse] reads such a string, [Implies] says whether a granted permission covers a requested
// one, [Overlaps] whether a denied one touches it, and [Permission.Atom] splits a request into its
// single-valued atoms. Everything here is pure and safe for concurrent use unless a method says that
// it writes to its receiver.
package permission

import "slices"

// Limits of one permission string. Beyond them Parse returns a [*SyntaxError].
const (
	MaxParts  = 16   // parts separated by ':'
	MaxValues = 64   // values in one part, repeats counted
	MaxAtoms  = 1024 // single-valued atoms a permission may expand to
	MaxBytes  = 4096 // bytes of the whole string
)

// Case says whether permission strings distinguish upper from lower case.
type Case uint8

// The two case modes. Namespaces match exactly in both.
const (
	Sensitive   Case = iota // values compare byte by byte
	Insensitive             // values are folded by Unicode lower-casing when parsed
)

// Grammar is the context a permission string is read in.
type Grammar struct {
	Namespace string // the namespace of a string that names none
	Case      Case
}

// Permission is a parsed permission in canonical form: the values of each part sorted and unique, a
// part that holds "*" reduced to it. The zero value holds no part and is not a valid permission.
//
// A Permission parsed by [Grammar.Parse] owns its memory and may be shared. One that is filled by
// [Grammar.ParseInto] or [Grammar.SetLiteral] is reused storage and belongs to one goroutine.
type Permission struct {
	namespace string
	values    []string         // the values of all parts, one after the other
	ends      [MaxParts]uint16 // where each part's values end
	n         uint8            // number of parts
	wild      uint16           // bit i: part i is "*"
}

// Namespace returns the namespace of p.
func (p *Permission) Namespace() string { return p.namespace }

// Len returns the number of parts of p, at most [MaxParts].
func (p *Permission) Len() int { return int(p.n) }

// Wild reports whether part i is "*". A part that p does not have is not reported as wild.
func (p *Permission) Wild(i int) bool { return i < int(p.n) && p.wild&(1<<i) != 0 }

// Values returns the sorted values of part i, none when the part is "*" or absent. The slice
// belongs to p and must not be changed.
func (p *Permission) Values(i int) []string {
	if i >= int(p.n) {
		return nil
	}
	start := uint16(0)
	if i > 0 {
		start = p.ends[i-1]
	}
	return p.values[start:p.ends[i]:p.ends[i]]
}

// Equal reports whether p and q are the same canonical permission. Permissions that imply one another
// but differ in trailing wildcards, such as "a" and "a:*", are not equal.
func (p *Permission) Equal(q *Permission) bool {
	return p.namespace == q.namespace && p.n == q.n && p.wild == q.wild &&
		p.ends == q.ends && slices.Equal(p.values, q.values)
}

// Clone returns a copy of p that shares no slice with it, for keeping a permission parsed into
// reused storage. The strings themselves are shared.
func (p *Permission) Clone() Permission {
	c := *p
	c.values = slices.Clone(p.values)
	return c
}

// Implies reports whether grant covers all of request: grant's namespace is the same, and every part
// of the request is covered by the same part of the grant, which covers it when the grant has no such
// part, is "*" there, or lists all its values. Parts of the grant beyond the request must be "*".
func Implies(grant, request *Permission) bool {
	if grant.namespace != request.namespace {
		return false
	}
	for i := range int(grant.n) {
		switch {
		case grant.Wild(i):
		case i >= int(request.n), request.Wild(i):
			return false
		case !containsAll(grant.Values(i), request.Values(i)):
			return false
		}
	}
	return true
}

// Overlaps reports whether p and q share at least one atom, where a part that is absent counts as
// "*". It is symmetric.
func Overlaps(p, q *Permission) bool {
	if p.namespace != q.namespace {
		return false
	}
	for i := range int(min(p.n, q.n)) {
		if !p.Wild(i) && !q.Wild(i) && !intersects(p.Values(i), q.Values(i)) {
			return false
		}
	}
	return true
}

// containsAll reports whether the sorted set holds every value of the sorted subset.
func containsAll(set, subset []string) bool {
	for _, v := range subset {
		for len(set) > 0 && set[0] < v {
			set = set[1:]
		}
		if len(set) == 0 || set[0] != v {
			return false
		}
	}
	return true
}

// intersects reports whether two sorted sets share a value.
func intersects(a, b []string) bool {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			return true
		}
	}
	return false
}
