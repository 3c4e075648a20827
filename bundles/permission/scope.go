package permission

import "strings"

// protocolScopes are OAuth and OpenID Connect scopes that mean something to the protocol and
// authorise nothing (OpenID Connect Core 1.0, sections 5.4 and 11).
var protocolScopes = [...]string{"openid", "profile", "email", "phone", "address", "offline_access"}

// IsProtocolScope reports whether item is a scope of the protocol itself: openid, profile, email,
// phone, address or offline_access.
func IsProtocolScope(item string) bool {
	for _, s := range protocolScopes {
		if s == item {
			return true
		}
	}
	return false
}

// ParseScope reads one item of an OAuth scope: resource, resource:action or
// resource:instance:action (instance before action), each part one value or "*". The permission is in
// the grammar's namespace and in a permission's own order, resource:action:instance. Scopes are case
// sensitive whatever the grammar. Any other form is a [*SyntaxError].
func (g Grammar) ParseScope(item string) (Permission, error) {
	var p Permission
	err := g.ParseScopeInto(&p, item)
	return p, err
}

// ParseScopeInto is ParseScope into reused storage, as [Grammar.ParseInto] is for Parse.
func (g Grammar) ParseScopeInto(p *Permission, item string) error {
	p.reset()
	if strings.ContainsAny(item, ", \t\r\n") {
		return syntaxError(item, 0, "is not one scope item")
	}
	first, _, _ := strings.Cut(item, ":")
	if strings.Contains(first, "/") {
		return syntaxError(item, 0, "names a namespace: a scope is in the project's own")
	}
	exact := Grammar{Namespace: g.Namespace, Case: Sensitive}
	if err := exact.ParseInto(p, item); err != nil {
		return err
	}
	switch p.n {
	case 1, 2:
	case 3:
		p.swapInstanceAndAction()
	default:
		p.reset()
		return syntaxError(item, 0, "has more than 3 parts: a scope is resource, resource:action or resource:instance:action")
	}
	return nil
}

// swapInstanceAndAction turns resource:instance:action into resource:action:instance. Every part of p
// holds one value or is "*".
func (p *Permission) swapInstanceAndAction() {
	if !p.Wild(1) && !p.Wild(2) {
		last := len(p.values) - 1
		p.values[last-1], p.values[last] = p.values[last], p.values[last-1]
		return
	}
	instance, action := p.wild>>1&1, p.wild>>2&1
	p.wild = p.wild&1 | action<<1 | instance<<2
	p.ends[1] = p.ends[0] + uint16(1-action)
}
