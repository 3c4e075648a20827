package tables

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// routeProof proves and decodes the route rules, in order.
type routeProof struct {
	t     *Tables
	bound map[string]struct{} // methods and paths of the rules before, variables alike
	words int                 // in all lists so far: rules may share lists, but are decoded one by one
}

func (p *routeProof) prove(row []byte) error {
	var r policy.Route
	if row[16] > byte(policy.Both) || row[17] > byte(policy.Anonymous) || load.U16(row, 18) != 0 {
		return corrupt(secRoutes, "unknown option")
	}
	r.Satisfy, r.Auth = policy.Satisfy(row[16]), policy.Auth(row[17])
	if err := p.t.provePlace(secRoutes, load.U32(row, 20)); err != nil {
		return err
	}
	r.Place = policy.Place{File: int32(load.U32(row, 20)), Line: int32(load.U32(row, 24))}
	steps := []func(list routeList, r *policy.Route) error{p.methods, p.path, p.roles, p.permissions}
	for i, step := range steps {
		items, err := p.t.proveList(secRoutes, load.U32(row, 4*i))
		if err != nil {
			return err
		}
		if p.words += len(items) / 4; p.words > maxRouteWords {
			return corrupt(secRoutes, "too large")
		}
		if err := step(routeList{p.t, items}, &r); err != nil {
			return err
		}
	}
	if err := consistent(&r); err != nil {
		return err
	}
	p.t.routes = append(p.t.routes, r)
	return p.distinct(&r)
}

// consistent proves that the rules of a route do not contradict one another.
func consistent(r *policy.Route) error {
	if r.Auth == policy.Anonymous && len(r.Roles)+len(r.Permissions) > 0 {
		return corrupt(secRoutes, "rules on an anonymous route")
	}
	if r.Satisfy == policy.Both && (len(r.Roles) == 0 || len(r.Permissions) == 0) {
		return corrupt(secRoutes, "both of what is not there")
	}
	return nil
}

// distinct proves that no two routes bind the same method and path.
func (p *routeProof) distinct(r *policy.Route) error {
	var b strings.Builder
	for _, s := range r.Path {
		b.WriteByte('/')
		if !s.Variable {
			b.WriteString("=" + s.Text)
		}
	}
	shape := b.String()
	for _, m := range r.Methods {
		if _, again := p.bound[m+shape]; again {
			return corrupt(secRoutes, "bound twice")
		}
		p.bound[m+shape] = struct{}{}
	}
	return nil
}

func (p *routeProof) methods(l routeList, r *policy.Route) error {
	for last := ""; l.more(); {
		method, err := l.text()
		if err != nil {
			return err
		}
		if method <= last || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
			return corrupt(secRoutes, "methods not sorted or not in upper case")
		}
		last = method
		r.Methods = append(r.Methods, method)
	}
	if len(r.Methods) == 0 {
		return corrupt(secRoutes, "no method")
	}
	return nil
}

func (p *routeProof) path(l routeList, r *policy.Route) error {
	for l.more() {
		variable, err := l.bool()
		if err != nil {
			return err
		}
		text, err := l.text()
		if err != nil {
			return err
		}
		if text == "" || text == "." || text == ".." || strings.Contains(text, "/") {
			return corrupt(secRoutes, "segment that no path has")
		}
		r.Path = append(r.Path, policy.Segment{Text: text, Variable: variable})
	}
	return nil
}

func (p *routeProof) roles(l routeList, r *policy.Route) error {
	for l.more() {
		all, err := l.bool()
		if err != nil {
			return err
		}
		rule := policy.RoleRule{All: all}
		for count := l.word(); count > 0; count-- {
			if !l.more() {
				return corrupt(secRoutes, "list ends early")
			}
			role := l.word()
			if !p.t.isRole(role) || len(rule.Roles) > 0 && int32(role) <= int32(rule.Roles[len(rule.Roles)-1]) {
				return corrupt(secRoutes, "roles not sorted or not known")
			}
			rule.Roles = append(rule.Roles, policy.HolderIndex(role))
		}
		if len(rule.Roles) == 0 {
			return corrupt(secRoutes, "rule without a role")
		}
		r.Roles = append(r.Roles, rule)
	}
	return nil
}

// isRole reports whether h is a holder that is a role.
func (t *Tables) isRole(h uint32) bool {
	return h < t.meta(metaHolders) && load.U32(t.sections[secHolders], holderSize*int(h)+8) == uint32(policy.Role)
}

func (p *routeProof) permissions(l routeList, r *policy.Route) error {
	for l.more() {
		namespace, err := l.text()
		if err != nil {
			return err
		}
		pattern, parts := policy.RoutePattern{Namespace: namespace}, l.word()
		if namespace == "" || parts == 0 || parts > permission.MaxParts {
			return corrupt(secRoutes, "not a permission")
		}
		for range parts {
			part, err := p.part(&l, r)
			if err != nil {
				return err
			}
			pattern.Parts = append(pattern.Parts, part)
		}
		r.Permissions = append(r.Permissions, pattern)
	}
	return nil
}

func (p *routeProof) part(l *routeList, r *policy.Route) (policy.PatternPart, error) {
	var part policy.PatternPart
	switch kind := l.word(); kind {
	case uint32(policy.LiteralValue):
		part.Kind = policy.LiteralValue
		text, err := l.text()
		if err != nil {
			return part, err
		}
		if part.Text = text; text == "" {
			return part, corrupt(secRoutes, "empty value")
		}
	case uint32(policy.Variable):
		part.Kind = policy.Variable
		at, zero := l.word(), l.word()
		if uint64(at) >= uint64(len(r.Path)) || !r.Path[at].Variable || zero != 0 {
			return part, corrupt(secRoutes, "unknown variable")
		}
		part.Index = int32(at)
	case uint32(policy.Wildcard):
		if first, second := l.word(), l.word(); first != 0 || second != 0 {
			return part, corrupt(secRoutes, "not a wildcard")
		}
	default:
		return part, corrupt(secRoutes, "unknown kind of part")
	}
	return part, nil
}

// routeList reads a list of a route, word by word. Behind the end all words are ffffffff, which nothing takes.
type routeList struct {
	t *Tables
	b []byte
}

func (l *routeList) more() bool { return len(l.b) > 0 }

func (l *routeList) word() uint32 {
	if len(l.b) == 0 {
		return none
	}
	w := load.U32(l.b, 0)
	l.b = l.b[4:]
	return w
}

func (l *routeList) bool() (bool, error) {
	w := l.word()
	if w > 1 {
		return false, corrupt(secRoutes, "neither 0 nor 1")
	}
	return w == 1, nil
}

func (l *routeList) text() (string, error) {
	if len(l.b) < refSize {
		return "", corrupt(secRoutes, "list ends early")
	}
	if err := l.t.proveRef(secRoutes, l.b); err != nil {
		return "", err
	}
	text := l.t.text(l.b)
	l.b = l.b[refSize:]
	return text, nil
}
