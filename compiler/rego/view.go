package rego

import (
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// maxViews is how many sets of roots have a view of their own. Conditions with others see everything.
const maxViews = 64

// reads returns the roots that an expression reads.
func reads(e policy.Expr) policy.RootSet {
	switch e := e.(type) {
	case policy.Ref:
		return policy.RootSet(0).With(e.Root)
	case policy.Rego:
		return e.Reads
	case policy.Call:
		var all policy.RootSet
		for _, a := range e.Args {
			all |= reads(a)
		}
		return all
	default:
		return 0
	}
}

// rootsName names a set of roots, such as "organisation, resource.id".
func rootsName(s policy.RootSet) string {
	var names []string
	for r := range policy.Root(policy.RootCount) {
		if s.Has(r) {
			names = append(names, r.String())
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// views returns the sets of roots that have a view of their own, the first that conditions read.
func views(m *policy.Model) []policy.RootSet {
	var sets []policy.RootSet
	for i := range m.Conditions {
		s := reads(m.Conditions[i].Expr)
		if s != policy.AllRoots && !slices.Contains(sets, s) && len(sets) < maxViews {
			sets = append(sets, s)
		}
	}
	return sets
}

// viewsModule writes what conditions see that do not read everything.
func viewsModule(m *policy.Model) []byte {
	sets := views(m)
	var clauses []string
	for _, s := range sets {
		clauses = append(clauses, ":= "+view(s)+" if {\n\tread == \""+rootsName(s)+"\"\n"+present(s)+"}")
	}
	var b strings.Builder
	writeComment(&b, "What conditions see that do not read everything.")
	b.WriteString("package lictor.views\n\n")
	if len(clauses) == 0 {
		writeComment(&b, "No condition reads less than everything.")
		b.WriteString("of(_, _, _) if false\n")
		return []byte(b.String())
	}
	body := strings.Join(clauses, " else ")
	for _, used := range []string{"environment", "request"} {
		if strings.Contains(body, used+".") {
			b.WriteString("import data.lictor." + used + "\n")
		}
	}
	b.WriteString("\n")
	writeComment(&b, "of is the input of a condition that reads so much and no more; undefined where something of it is missing.")
	b.WriteString("of(" + strings.Join([]string{"read", used(body, "atom"), used(body, "organisation")}, ", ") + ") " + body + "\n")
	return []byte(b.String())
}

// used is the name of a parameter that a body may use.
func used(body, name string) string {
	if strings.Contains(body, name) {
		return name
	}
	return "_"
}

// memberOf is a member of a view: where it is, its value, and the condition on which it is there.
var memberOf = [policy.RootCount]struct{ object, name, value, present string }{
	policy.SubjectType:         {"subject", "type", "input.subject.type", ""},
	policy.SubjectID:           {"subject", "id", "input.subject.id", ""},
	policy.SubjectProperties:   {"subject", "properties", "environment.subject_properties", ""},
	policy.ActionName:          {"action", "name", "action", "action := atom[2]\n\taction != \"\""},
	policy.ActionProperties:    {"action", "properties", "request.properties(\"action\")", ""},
	policy.ResourceType:        {"resource", "type", "type", "type := atom[1]\n\ttype != \"\""},
	policy.ResourceID:          {"resource", "id", "id", "id := atom[3]\n\tid != \"\""},
	policy.ResourceProperties:  {"resource", "properties", "environment.resource_properties(atom)", ""},
	policy.Context:             {"", "context", "object.get(input, \"context\", {})", ""},
	policy.RequestOrganisation: {"", "organisation", "organisation", "organisation != \"\""},
	policy.Token:               {"", "token", "object.get(input, \"token\", {})", ""},
	policy.Now:                 {"", "now", "request.now(input)", ""},
}

// view writes the object with a set of roots.
func view(s policy.RootSet) string {
	var members []string
	nested := map[string][]string{}
	for r := range policy.Root(policy.RootCount) {
		of := &memberOf[r]
		text := "\"" + of.name + "\": " + of.value
		switch {
		case !s.Has(r):
		case of.object == "":
			members = append(members, text)
		default:
			nested[of.object] = append(nested[of.object], text)
		}
	}
	for _, object := range sortedKeys(nested) {
		members = append(members, "\""+object+"\": {"+strings.Join(nested[object], ", ")+"}")
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// present writes what has to be there for the object with a set of roots.
func present(s policy.RootSet) string {
	var b strings.Builder
	for r := range policy.Root(policy.RootCount) {
		if p := memberOf[r].present; s.Has(r) && p != "" {
			b.WriteString("\t" + p + "\n")
		}
	}
	return b.String()
}

// reads writes for each condition that has a view of its own what it reads.
func (t *tables) reads(d *document) {
	sets := views(t.m)
	names := map[string]string{}
	for i := range t.m.Conditions {
		if s := reads(t.m.Conditions[i].Expr); slices.Contains(sets, s) {
			names[conditionName(policy.ConditionID(i+1))] = rootsName(s)
		}
	}
	d.key("reads")
	d.open('{')
	for _, name := range sortedKeys(names) {
		d.key(name)
		d.text(names[name])
	}
	d.shut('}')
}
