package rego

import (
	"fmt"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// listedPolicies is up to how many policies the module lists them in comments.
const listedPolicies = 1000

// lookup describes one function over the shapes of one or two tables.
type lookup struct {
	name    string
	comment string
	exists  bool // a test that stops at the first; else a set
	tables  []keyed
}

// keyed is a table with what is asked of each of its leaves.
type keyed struct {
	name  string
	rows  []row
	steps []string // after the leaf is bound; the last one is what a set collects
}

func (t *tables) lookups() []lookup {
	held := []string{"some list in held", "some holder in list"}
	join := func(a []string, b ...string) []string { return append(a[:len(a):len(a)], b...) }
	each := join(held, "some entry in leaf[holder]", "subject.in_force(entry, organisation)")
	pinned := join(each, "unpinned(entry, atom)")
	in := func(e policy.Effect, always, depends []string) []keyed {
		name := [...]string{policy.Allow: "allow", policy.Deny: "deny"}[e]
		var all []keyed
		if always != nil {
			all = append(all, keyed{name, t.always[e], always})
		}
		if depends != nil {
			all = append(all, keyed{name + "_if", t.depends[e], depends})
		}
		return all
	}
	is, id := join(held, "leaf[holder]"), join(held, "id := leaf[holder]", "id")
	return []lookup{
		{"allows", "is true when an ALLOW implies the atom whose condition, if it has one, is true", true, in(policy.Allow, is, join(each, "verdict.holds(entry, atom, organisation)"))},
		{"denies", "is true when a DENY overlaps the atom whose condition, if it has one, is true or cannot be evaluated", true, in(policy.Deny, is, join(pinned, "not verdict.refuted(entry, atom, organisation)"))},
		{"allow_ids", "holds the ids of each ALLOW without conditions that implies the atom, for each holder the lowest", false, in(policy.Allow, id, nil)},
		{"allow_entries", "holds each ALLOW that implies the atom and depends on something", false, in(policy.Allow, nil, join(each, "entry"))},
		{"deny_ids", "holds the ids of each DENY without conditions that overlaps the atom, for each holder the lowest", false, in(policy.Deny, id, nil)},
		{"deny_entries", "holds each DENY that overlaps the atom and depends on something", false, in(policy.Deny, nil, join(pinned, "entry"))},
	}
}

// module writes the look-ups, with one clause for each shape that occurs.
func (t *tables) module() []byte {
	var body strings.Builder
	for _, l := range t.lookups() {
		writeComment(&body, l.name+" "+l.comment+".")
		if l.exists {
			l.writeTest(&body)
		} else {
			l.writeSet(&body)
		}
	}
	if strings.Contains(body.String(), "unpinned(") {
		body.WriteString(unpinned)
	}
	var b strings.Builder
	t.list(&b)
	b.WriteString("package lictor.grants\n\n")
	for _, name := range []string{"permission", "subject", "verdict"} {
		if strings.Contains(body.String(), name+".") {
			b.WriteString("import data.lictor." + name + "\n")
		}
	}
	b.WriteString("\n" + body.String())
	return []byte(b.String())
}

const unpinned = `# unpinned is true when the parts of a DENY that are no keys overlap the atom too.
unpinned(entry, atom) if {
	every pair in object.get(entry, "rest", []) {
		permission.part(atom, pair[0]) in {"", pair[1]}
	}
}
`

// parameters are those of each look-up: the atom, what the subject holds in lists, and the organisation asked for.
var parameters = []string{"atom", "held", "organisation"}

// head writes the head of a look-up whose body is given: the parameters that it needs have names.
func (l *lookup) head(body string) string {
	names := make([]string, len(parameters))
	for i, p := range parameters {
		names[i] = used(body, p)
	}
	return l.name + "(" + strings.Join(names, ", ") + ") "
}

// writeTest writes a chain of clauses that stops at the first shape that holds.
func (l *lookup) writeTest(b *strings.Builder) {
	var clauses []string
	for _, k := range l.tables {
		for _, s := range shapes(k.rows) {
			clauses = append(clauses, "if {\n\tleaf := "+s.path(k.name)+"\n\t"+strings.Join(k.steps, "\n\t")+"\n}")
		}
	}
	if len(clauses) == 0 {
		clauses = []string{":= false"}
	}
	body := strings.Join(clauses, " else ")
	b.WriteString(l.head(body) + body + "\n\n")
}

// writeSet writes the union over the shapes of what they hold.
func (l *lookup) writeSet(b *strings.Builder) {
	var sets []string
	for _, k := range l.tables {
		last := len(k.steps) - 1
		for _, s := range shapes(k.rows) {
			sets = append(sets, "{"+k.steps[last]+" |\n\t\tleaf := "+s.path(k.name)+"\n\t\t"+strings.Join(k.steps[:last], "\n\t\t")+"\n\t}")
		}
	}
	var body string
	switch len(sets) {
	case 0:
		body = "set()"
	case 1:
		body = sets[0]
	default:
		body = "union({\n\t" + strings.Join(sets, ",\n\t") + ",\n})"
	}
	b.WriteString(l.head(body) + ":= " + body + "\n\n")
}

// list writes the policies as comments, for readers.
func (t *tables) list(b *strings.Builder) {
	writeComment(b, "What policies grant and deny: look-ups by what is asked for, one clause for each shape of permission.", "")
	for i := range t.m.Policies {
		if i == listedPolicies {
			writeComment(b, fmt.Sprintf("and %d more, listed in data.json", len(t.m.Policies)-i))
			break
		}
		p := &t.m.Policies[i]
		line := fmt.Sprintf("%d: %s %s", i+1, p.Effect, p.Permission.String())
		if p.Condition != 0 {
			line += " when " + conditionName(p.Condition)
		}
		writeComment(b, line+", "+t.owner(p)+", "+place(t.m, p.Place))
	}
}

func (t *tables) owner(p *policy.Policy) string {
	if p.Owner == policy.OwnedBySubject {
		return fmt.Sprintf("subject %q", t.m.Subjects[p.OwnerIndex].ID)
	}
	h := &t.m.Holders[p.OwnerIndex]
	return fmt.Sprintf("%s %q", h.Kind, h.Name)
}
