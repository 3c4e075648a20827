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
// sensitive whatever the grammar. Any other form, or a character outside RFC 6749, section 3.3, is a
// [*SyntaxError].
func (g Grammar) ParseScope(item string) (Permission, error) {
	var p Permission
	err := g.ParseScopeInto(&p, item)
	return p, err
}

// isScopeItem reports whether item holds only characters of a scope token (RFC 6749, section 3.3), and
// no comma, since it lists no values. White space of any kind is none of them: nothing is trimmed.
func isScopeItem(item string) bool {
	for i := range len(item) {
		if c := item[i]; c <= ' ' || c == ',' || c == '"' || c == '\\' || c > '~' {
			return false
		}
	}
	return true
}

// ScopeImplies reports whether a scope item implies an atom: whether [Implies] holds for the permission
// that [Grammar.ParseScope] reads from it, and false for a malformed item. It allocates only where the
// item holds a percent-escape.
func (g Grammar) ScopeImplies(item string, a *Atom) bool {
	if strings.Contains(item, "%") {
		p, err := g.ParseScope(item)
		return err == nil && ImpliesAtom(&p, a)
	}
	if a.Namespace != g.Namespace || !isScopeItem(item) || len(item) > MaxBytes {
		return false
	}
	resource, rest, more := strings.Cut(item, ":")
	if !more {
		return scopePart(resource, a.Parts[0]) && !strings.Contains(resource, "/")
	}
	instance, action, three := strings.Cut(rest, ":")
	if !three {
		instance, action = "*", rest
	}
	return scopePart(resource, a.Parts[0]) && !strings.Contains(resource, "/") &&
		scopePart(action, a.Parts[1]) && scopePart(instance, a.Parts[2])
}

// scopePart reports whether one plain part of a scope item covers an atom's value.
func scopePart(part, value string) bool {
	return part == "*" || part != "" && part == value && !strings.ContainsAny(part, "*:")
}

// ParseScopeInto is ParseScope into reused storage, as [Grammar.ParseInto] is for Parse.
func (g Grammar) ParseScopeInto(p *Permission, item string) error {
	p.reset()
	if !isScopeItem(item) {
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
	p.ends[1] = p.ends[0] + 1 - action
}
