package generate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// Model returns the policy of a seed, in canonical form: small, and with a little of everything.
func Model(seed uint64) *policy.Model { return model(builder{source: newSource(seed)}) }

// RegoModel is [Model] with conditions among the others that only Rego can evaluate.
func RegoModel(seed uint64) *policy.Model { return model(builder{source: newSource(seed), rego: true}) }

func model(b builder) *policy.Model {
	b.model = &policy.Model{Namespace: "default", Files: []string{"policy.yaml"}}
	if b.chance(30) {
		b.model.Case = permission.Insensitive
	}
	b.organisations()
	b.conditions()
	b.holders()
	b.subjects()
	b.objects()
	b.scopes()
	b.resources()
	b.model.Number()
	return b.model
}

type builder struct {
	source
	model *policy.Model
	line  int32
	rego  bool // conditions may be of those that only Rego can evaluate
}

func (b *builder) place() policy.Place {
	b.line++
	return policy.Place{Line: b.line}
}

func (b *builder) organisations() {
	for _, code := range sorted(some(b.source, organisations, 0, 3)) {
		b.model.Organisations = append(b.model.Organisations, policy.Organisation{Code: code, Place: b.place()})
	}
}

func (b *builder) conditions() {
	byText := map[string]policy.Expr{}
	for range 1 + b.IntN(6) {
		e := b.condition()
		byText[render(e)] = e
	}
	texts := make([]string, 0, len(byText))
	for t := range byText {
		texts = append(texts, t)
	}
	for _, t := range sorted(texts) {
		b.model.Conditions = append(b.model.Conditions, policy.Condition{Text: t, Expr: byText[t], Place: b.place()})
	}
}

func (b *builder) holders() {
	roles, entitlements := 1+b.IntN(6), b.IntN(4)
	if len(b.model.Organisations) == 0 {
		entitlements = 0
	}
	for i := range roles + entitlements {
		h := policy.Holder{Kind: policy.Role, Name: "role" + strconv.Itoa(i), Place: b.place()}
		if i >= roles {
			h.Kind, h.Name = policy.Entitlement, "ENT"+strconv.Itoa(i)
		} else if b.chance(20) {
			h.Birthright = policy.Birthright{Types: sorted(some(b.source, subjectTypes, 1, 2)), Known: b.chance(40)}
		}
		b.model.Holders = append(b.model.Holders, h)
		owner := policy.Policy{Owner: policy.OwnedByRole, OwnerIndex: int32(i), Validity: policy.Always}
		if h.Kind == policy.Entitlement {
			owner.Owner = policy.OwnedByEntitlement
		}
		b.policies(owner, 4)
	}
	b.include(roles)
}

// include closes random inclusions: a role includes roles behind it, an entitlement any role.
func (b *builder) include(roles int) {
	for i := len(b.model.Holders) - 1; i >= 0; i-- {
		closure := []policy.HolderIndex{policy.HolderIndex(i)}
		first := i + 1
		if i >= roles {
			first = 0
		}
		for j := first; j < roles; j++ {
			if b.chance(25) {
				closure = append(closure, b.model.Holders[j].Closure...)
			}
		}
		slices.Sort(closure)
		b.model.Holders[i].Closure = slices.Compact(closure)
	}
	for i := roles; i < len(b.model.Holders); i++ { // the roles' closures are known only now
		closure := []policy.HolderIndex{policy.HolderIndex(i)}
		for j := range roles {
			if b.chance(20) {
				closure = append(closure, b.model.Holders[j].Closure...)
			}
		}
		slices.Sort(closure)
		b.model.Holders[i].Closure = slices.Compact(closure)
	}
}

// policies adds up to most policies for one owner.
func (b *builder) policies(owner policy.Policy, most int) {
	for range b.IntN(most + 1) {
		p := owner
		p.Permission = b.permission()
		p.Place = b.place()
		if b.chance(20) {
			p.Effect = policy.Deny
		}
		if b.chance(45) {
			p.Condition = policy.ConditionID(1 + b.IntN(len(b.model.Conditions)))
		}
		if owner.Owner == policy.OwnedBySubject && b.chance(50) {
			p.Validity = b.validity(b.chance(50))
		}
		b.model.Policies = append(b.model.Policies, p)
	}
}

// validity returns bounds near [noon], in an organisation if asked for.
func (b *builder) validity(inOrganisation bool) policy.Validity {
	v := policy.Always
	if inOrganisation && len(b.model.Organisations) > 0 {
		v.Organisation = policy.OrganisationIndex(b.IntN(len(b.model.Organisations)))
	}
	if b.chance(40) {
		v.From = noon - 10 + int64(b.IntN(12))
	}
	if b.chance(40) {
		v.To = max(noon-3+int64(b.IntN(12)), v.From+1)
	}
	return v
}

// noon is the time around which generated assignments begin and end.
const noon = int64(1_800_000_000)

func (b *builder) permission() permission.Permission {
	parts := 1 + min(b.IntN(6), b.IntN(6))
	if b.chance(2) {
		parts = permission.MaxParts
	}
	texts := make([]string, parts)
	for i := range texts {
		switch {
		case b.chance(20):
			texts[i] = "*"
		case b.chance(25):
			texts[i] = strings.Join(escaped(some(b.source, wordsOf(i), 1, 4)), ",")
		default:
			texts[i] = escape(front(b.source, wordsOf(i)))
		}
	}
	text := strings.Join(texts, ":")
	if b.chance(25) {
		text = pick(b.source, namespaces) + "/" + text
	}
	return parse(b.model.Grammar(), text)
}

func (b *builder) subjects() {
	for i, id := range sorted(some(b.source, subjectNames, 1, len(subjectNames))) {
		s := policy.Subject{ID: id, Type: front(b.source, subjectTypes), Inactive: b.chance(8), Place: b.place()}
		if b.chance(70) {
			s.Properties = b.properties(60)
		}
		for range b.IntN(5) {
			h := policy.HolderIndex(b.IntN(len(b.model.Holders)))
			entitlement := b.model.Holders[h].Kind == policy.Entitlement
			s.Assignments = append(s.Assignments, policy.Assignment{Holder: h, Validity: b.validity(entitlement || b.chance(40))})
		}
		slices.SortFunc(s.Assignments, policy.Assignment.Compare)
		s.Assignments = slices.Compact(s.Assignments)
		b.model.Subjects = append(b.model.Subjects, s)
		b.policies(policy.Policy{Owner: policy.OwnedBySubject, OwnerIndex: int32(i), Validity: policy.Always}, 2)
	}
}

// properties returns an object with each of the usual members in the given number of cases of 100.
func (b *builder) properties(percent int) value.Value {
	t := tree{}
	for _, m := range members {
		switch {
		case !b.chance(percent):
		case b.chance(80):
			t.put(m.path, pick(b.source, m.values))
		default:
			t.put(m.path, pick(b.source, odd))
		}
	}
	return mustValue(t.json())
}

func (b *builder) objects() {
	g := b.model.Grammar()
	for range b.IntN(6) {
		b.model.Objects = append(b.model.Objects, policy.Object{
			Namespace:  front(b.source, namespaces),
			Type:       g.Fold(front(b.source, wordsOf(0))),
			ID:         g.Fold(front(b.source, wordsOf(2))),
			Properties: b.properties(60),
			Place:      b.place(),
		})
	}
	slices.SortStableFunc(b.model.Objects, compareObjects)
	b.model.Objects = slices.CompactFunc(b.model.Objects, func(o, p policy.Object) bool { return compareObjects(o, p) == 0 })
}

func compareObjects(o, p policy.Object) int {
	return slices.Compare([]string{o.Namespace, o.Type, o.ID}, []string{p.Namespace, p.Type, p.ID})
}

func (b *builder) scopes() {
	for _, name := range sorted(some(b.source, scopeNames, 0, 2)) {
		b.model.Scopes = append(b.model.Scopes, policy.Scope{Name: name, Permission: b.permission(), Place: b.place()})
	}
}

// resources declares some types, with actions as they are written in definitions. It does not bind the
// policies, which are drawn already.
func (b *builder) resources() {
	for range b.IntN(4) {
		b.model.Resources = append(b.model.Resources, policy.Resource{
			Namespace:  front(b.source, namespaces),
			Type:       b.model.Grammar().Fold(front(b.source, wordsOf(0))),
			Actions:    sorted(some(b.source, wordsOf(1), 0, 4)),
			Attributes: sorted(some(b.source, wordsOf(3), 0, 2)),
			Place:      b.place(),
		})
	}
	slices.SortStableFunc(b.model.Resources, compareResources)
	b.model.Resources = slices.CompactFunc(b.model.Resources, func(r, s policy.Resource) bool { return compareResources(r, s) == 0 })
}

func compareResources(r, s policy.Resource) int {
	return slices.Compare([]string{r.Namespace, r.Type}, []string{s.Namespace, s.Type})
}

func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}

func escaped(values []string) []string {
	for i := range values {
		values[i] = escape(values[i])
	}
	return values
}

func parse(g permission.Grammar, text string) permission.Permission {
	p, err := g.Parse(text)
	if err != nil {
		panic("BUG: generated permission: " + err.Error())
	}
	return p
}
