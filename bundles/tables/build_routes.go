package tables

import "github.com/lictor-dev/lictor/bundles/policy"

// maxRouteWords is how many words the lists of all routes may have, those that are shared counted again.
const maxRouteWords = 1 << 22

// writeRoutes writes the route rules (FORMAT.md, rule F23).
func (b *builder) writeRoutes() {
	for i := range b.m.Routes {
		r := &b.m.Routes[i]
		var methods, path, roles, permissions []uint32
		for _, m := range r.Methods {
			methods = b.refWords(methods, m)
		}
		for _, s := range r.Path {
			path = b.refWords(append(path, boolWord(s.Variable)), s.Text)
		}
		for _, rule := range r.Roles {
			roles = append(roles, boolWord(rule.All), uint32(len(rule.Roles)))
			for _, h := range rule.Roles {
				roles = append(roles, uint32(h))
			}
		}
		for i := range r.Permissions {
			permissions = b.patternWords(permissions, &r.Permissions[i])
		}
		b.routeWords += len(methods) + len(path) + len(roles) + len(permissions)
		b.append(secRoutes, b.list(methods), b.list(path), b.list(roles), b.list(permissions),
			uint32(r.Satisfy)|uint32(r.Auth)<<8, uint32(r.Place.File), uint32(r.Place.Line))
	}
}

// refWords appends a ref to s.
func (b *builder) refWords(words []uint32, s string) []uint32 {
	return append(words, b.text(s), uint32(len(s)))
}

func (b *builder) patternWords(words []uint32, p *policy.RoutePattern) []uint32 {
	words = append(b.refWords(words, p.Namespace), uint32(len(p.Parts)))
	for _, part := range p.Parts {
		words = append(words, uint32(part.Kind))
		switch part.Kind {
		case policy.Variable:
			words = append(words, uint32(part.Index), 0)
		case policy.LiteralValue:
			words = b.refWords(words, part.Text)
		default:
			words = append(words, 0, 0)
		}
	}
	return words
}
