package generate

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// fill makes r a request by g for something near the seeds; each part strays from them in the given
// number of cases of 100.
func (s *Sampler) fill(r *decision.Request, g grip, seeds []*permission.Permission, stray int) {
	s.subject(r, g)
	if s.chance(6) {
		r.Subject.Type = pick(s.source, s.types)
	}
	for _, seed := range seeds {
		r.Permissions = append(r.Permissions, s.permission(seed, stray))
	}
	if len(r.Permissions) == 0 {
		r.Permissions = append(r.Permissions, s.permission(&permission.Permission{}, 100))
	}
	s.time(r, g)
	s.organisation(r, g)
	s.claims(r)
	r.Subject.Properties = s.object(policy.SubjectProperties, 30)
	r.ResourceProperties = s.object(policy.ResourceProperties, 50)
	r.ActionProperties = s.object(policy.ActionProperties, 60)
	r.Context = s.object(policy.Context, 75)
}

func (s *Sampler) name(g grip) string {
	if g.subject >= 0 {
		return s.model.Subjects[g.subject].ID
	}
	return "nobody"
}

// subject sets who asks.
func (s *Sampler) subject(r *decision.Request, g grip) {
	r.Subject.ID, r.Subject.Type = s.name(g), g.typ
}

// time sets a time that is usually valid, and often at a border.
func (s *Sampler) time(r *decision.Request, g grip) {
	all := borders(g.validity)
	if g.subject >= 0 && s.chance(30) {
		for _, a := range s.model.Subjects[g.subject].Assignments {
			all = append(all, borders(a.Validity)...)
		}
	}
	switch {
	case len(all) > 0 && s.chance(50):
		r.Now = pick(s.source, all)
	case s.chance(90):
		r.Now = clamp(g.validity)
	default:
		r.Now = pick(s.source, []int64{0, noon - 1, noon, noon + 5, 1 << 40})
	}
}

// organisation sets the one that the grip needs, or none, another or an unknown one.
func (s *Sampler) organisation(r *decision.Request, g grip) {
	switch {
	case s.chance(80):
		r.Organisation = s.code(g.validity.Organisation)
		if r.Organisation == "" && s.chance(30) && len(s.model.Organisations) > 0 {
			r.Organisation = pick(s.source, s.model.Organisations).Code
		}
	case s.chance(60) && len(s.model.Organisations) > 0:
		r.Organisation = pick(s.source, s.model.Organisations).Code
	case s.chance(50):
		r.Organisation = "elsewhere"
	}
}

func (s *Sampler) code(o policy.OrganisationIndex) string {
	if o == policy.NoOrganisation {
		return ""
	}
	return s.model.Organisations[o].Code
}

// permission returns a request near a permission: one or some of its values, now and then others, a
// wildcard, or parts more or fewer. It has no more than 64 atoms.
func (s *Sampler) permission(seed *permission.Permission, stray int) permission.Permission {
	length := max(1, seed.Len())
	switch {
	case s.chance(25):
		length = max(1, length+s.IntN(4)-2)
	case s.chance(30):
		length = 3
	}
	length = min(length, permission.MaxParts)
	parts, lists := make([]string, length), 0
	for i := range parts {
		values := s.part(seed, i, stray)
		if len(values) > 1 {
			if lists++; lists > 3 {
				values = values[:1]
			}
		}
		parts[i] = strings.Join(escaped(values), ",")
		if len(values) == 0 {
			parts[i] = "*"
		}
	}
	namespace := seed.Namespace()
	if namespace == "" || s.chance(4) {
		namespace = pick(s.source, s.spaces)
	}
	return parse(s.model.Grammar(), escape(namespace)+"/"+strings.Join(parts, ":"))
}

// part returns up to four values for part i of a request, none for a wildcard.
func (s *Sampler) part(seed *permission.Permission, i, stray int) []string {
	own, others := seed.Values(i), s.words[min(i, len(s.words)-1)]
	if s.chance(4) {
		return nil
	}
	if len(own) == 0 || s.chance(stray) {
		if len(own) == 0 && s.chance(10) {
			return nil
		}
		own = others
	}
	switch {
	case s.chance(75):
		return []string{pick(s.source, own)}
	case s.chance(80):
		return some(s.source, own, 1, 4)
	default:
		return append(some(s.source, own, 1, 3), pick(s.source, others))
	}
}

// object returns an object that holds most of what conditions read below root, Missing in some cases.
func (s *Sampler) object(root policy.Root, missing int) value.Value {
	if s.chance(missing) {
		return nil
	}
	t := s.members(root)
	if len(t) == 0 && s.chance(50) {
		return nil
	}
	return mustValue(t.json())
}

func (s *Sampler) members(root policy.Root) tree {
	t := tree{}
	for _, ref := range s.refs {
		if ref.Root != root || s.chance(20) || len(t) > 20 {
			continue
		}
		switch usual := typical(ref.Path); {
		case len(usual) > 0 && s.chance(60):
			t.put(ref.Path, pick(s.source, usual))
		case len(s.pool) > 0 && s.chance(70):
			t.put(ref.Path, pick(s.source, s.pool))
		default:
			t.put(ref.Path, pick(s.source, odd))
		}
	}
	return t
}

// typical returns the usual values of a member of generated policies.
func typical(path []string) []string {
	for _, m := range members {
		if strings.Join(m.path, "\x00") == strings.Join(path, "\x00") {
			return m.values
		}
	}
	return nil
}

// claims sets the token: usually none, else with or without a scope.
func (s *Sampler) claims(r *decision.Request) {
	reads := false
	for _, ref := range s.refs {
		reads = reads || ref.Root == policy.Token
	}
	if s.chance(60) && !(reads && s.chance(60)) {
		return
	}
	t := s.members(policy.Token)
	switch {
	case s.chance(35):
		delete(t, "scope")
	case s.chance(8):
		t["scope"] = pick(s.source, []string{`null`, `["doc"]`, `1`, `""`, `{}`, `true`, `" "`})
	default:
		t["scope"] = quote(s.scope(r))
	}
	r.Token = mustValue(t.json())
}

// scope returns a scope claim near what r asks for.
func (s *Sampler) scope(r *decision.Request) string {
	var items []string
	var atom permission.Atom
	for i := range r.Permissions {
		for n := range r.Permissions[i].Atoms() {
			r.Permissions[i].Atom(n, &atom)
			if len(items) < 40 {
				items = append(items, s.scopeItem(&atom))
			}
		}
	}
	for range s.IntN(3) {
		items = append(items, pick(s.source, []string{
			"openid", "email", "doc", "book:read", "*", "*:*:*", "*:read", "a,b", "shop/doc", "doc:", "doc:1:read:x", "%", "DOC:READ", "", "Doc:Read",
		}))
	}
	for i := range s.model.Scopes {
		if s.chance(20) {
			items = append(items, s.model.Scopes[i].Name)
		}
	}
	s.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	return strings.Join(items, " ")
}

// scopeItem returns an item that usually covers the atom.
func (s *Sampler) scopeItem(atom *permission.Atom) string {
	var words [3]string
	for i := range words {
		words[i] = escape(atom.Parts[i])
		if words[i] == "" || s.chance(10) {
			words[i] = "*"
		}
	}
	switch n := s.IntN(10); {
	case n < 3:
		return words[0]
	case n < 6:
		return words[0] + ":" + words[1]
	case n < 9:
		return words[0] + ":" + words[2] + ":" + words[1]
	default:
		return pick(s.source, scopeNames)
	}
}
