// Package route decides HTTP requests by the route rules of a bundle: a rule binds methods and a path template to
// what a request needs. Start reading at [Matcher.Decide].
//
// A rule's roles and permissions are asked of a [decision.Engine]; which rule a request meets is found here, from
// the tables alone. Rules are not part of the bundle's Rego and have no entrypoint there: whoever asks OPA asks for
// permissions.
//
// Where two rules bind a method and a path, the one with a literal where the other has a variable wins, compared
// from the left. Methods are what they are: GET does not stand for HEAD, and nothing stands for OPTIONS. A path
// is compared byte by byte after percent-decoding; one that servers read in different ways is refused ([PathError]).
// No rule binds a path that ends with "/", except "/" itself.
package route

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Request is what a proxy knows of an HTTP request. Everything in it is read only while it is being decided.
type Request struct {
	Method string // as it is in the request line
	Path   string // likewise: percent-encoded, without query

	Authenticated bool             // Subject is who asks; otherwise nobody is there
	Subject       decision.Subject // who asks

	Organisation string           // code of the organisation asked for; empty for none
	Context      value.Value      // an Object, or Missing
	Token        value.Value      // verified claims, an Object; Missing when there is no token
	Now          int64            // seconds since 1970
	Callers      decision.Callers // what the subject's own properties count for
}

// Matcher finds the rule for a request. It is immutable and safe for concurrent use, and shares the memory of its
// tables.
type Matcher struct {
	t       *tables.Tables
	grammar permission.Grammar
	routes  []policy.Route
	root    node
	open    bool // what no rule binds is let through
}

// New prepares the route rules of tables.
func New(t *tables.Tables) *Matcher {
	m := &Matcher{t: t, grammar: t.Grammar(), routes: t.Routes(), open: t.OpenRoutes()}
	for i := range m.routes {
		m.root.add(m.routes[i].Path, &m.routes[i])
	}
	return m
}

// Len returns the number of rules.
func (m *Matcher) Len() int { return len(m.routes) }

// Source returns where a rule of the matcher is written, as "file:line".
func (m *Matcher) Source(rule *policy.Route) string {
	return m.t.File(rule.Place.File) + ":" + strconv.Itoa(int(rule.Place.Line))
}
