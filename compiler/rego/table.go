package rego

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// keyedParts is how many concrete parts of a DENY are keys; those beyond are verified in its entry. A
// DENY has 2ⁿ keys, because each of its n parts may be asked for as any.
const keyedParts = 4

// tables are the look-ups of a model: for each effect the policies that always apply and those that
// depend on a condition, on bounds or on parts that are no keys.
type tables struct {
	m       *policy.Model
	always  [2][]row // by policy.Effect
	depends [2][]row
	nested  []policy.HolderIndex // of birthrights that include something
}

// row is one policy under one key of a look-up.
type row struct {
	shape  shape
	keys   []string // namespace, one for each concrete part, holder
	id     policy.ID
	policy *policy.Policy
	rest   []pinned // parts of a DENY that are no keys, sorted
}

// pinned is a part with the value it must have.
type pinned struct {
	part  int
	value string
}

// shape says which parts of a permission are concrete: bit i for part i.
type shape uint16

func newTables(m *policy.Model) *tables {
	t := &tables{m: m}
	for i := range m.Policies {
		p := &m.Policies[i]
		for n := range p.Permission.Atoms() {
			var atom permission.Atom
			p.Permission.Atom(n, &atom)
			t.add(policy.ID(i+1), p, &atom)
		}
	}
	for i := range m.Holders {
		if h := &m.Holders[i]; len(h.Closure) > 1 && len(h.Birthright.Types) > 0 {
			t.nested = append(t.nested, policy.HolderIndex(i))
		}
	}
	for _, rows := range []*[]row{&t.always[0], &t.always[1], &t.depends[0], &t.depends[1]} {
		slices.SortFunc(*rows, compareRows)
	}
	return t
}

func (t *tables) add(id policy.ID, p *policy.Policy, atom *permission.Atom) {
	r := row{id: id, policy: p, keys: []string{atom.Namespace}}
	for i, v := range atom.Parts[:atom.Len] {
		switch {
		case v == "":
		case p.Effect == policy.Deny && len(r.keys) > keyedParts:
			r.rest = append(r.rest, pinned{i, v})
		default:
			r.shape |= 1 << i
			r.keys = append(r.keys, v)
		}
	}
	r.keys = append(r.keys, t.holder(p))
	into := &t.always[p.Effect]
	if p.Condition != 0 || p.Validity != policy.Always || len(r.rest) > 0 {
		into = &t.depends[p.Effect]
	}
	if p.Effect == policy.Allow {
		*into = append(*into, r)
		return
	}
	parts := len(r.keys) - 2
	for starred := range 1 << parts {
		s := r
		s.keys = slices.Clone(r.keys)
		for i := range parts {
			if starred&(1<<i) != 0 {
				s.keys[i+1] = ""
			}
		}
		*into = append(*into, s)
	}
}

// holder is the key of a policy's owner: the index of a role or an entitlement, or "@" and the id of a
// subject.
func (t *tables) holder(p *policy.Policy) string {
	if p.Owner == policy.OwnedBySubject {
		return "@" + t.m.Subjects[p.OwnerIndex].ID
	}
	return strconv.Itoa(int(p.OwnerIndex))
}

func compareRows(a, b row) int {
	if a.shape != b.shape {
		return strings.Compare(a.shape.key(), b.shape.key())
	}
	if c := slices.Compare(a.keys, b.keys); c != 0 {
		return c
	}
	return int(a.id) - int(b.id)
}

var partNames = [...]string{"resource", "action", "instance", "attribute"}

// key names a shape, such as "resource_action"; "anything" has no concrete part.
func (s shape) key() string {
	var names []string
	for i := range permission.MaxParts {
		switch {
		case s&(1<<i) == 0:
		case i < len(partNames):
			names = append(names, partNames[i])
		default:
			names = append(names, "part"+strconv.Itoa(i+1))
		}
	}
	if len(names) == 0 {
		return "anything"
	}
	return strings.Join(names, "_")
}

// path is how a module refers to the leaf of a shape in a look-up.
func (s shape) path(table string) string {
	var b strings.Builder
	b.WriteString("data.lictor." + table + "." + s.key() + "[atom[0]]")
	for i := range permission.MaxParts {
		switch {
		case s&(1<<i) == 0:
		case i < len(partNames):
			b.WriteString("[atom[" + strconv.Itoa(i+1) + "]]")
		default: // an atom need not have it
			b.WriteString("[permission.part(atom, " + strconv.Itoa(i) + ")]")
		}
	}
	return b.String()
}

// shapes lists the shapes of sorted rows, in their order.
func shapes(rows []row) []shape {
	var out []shape
	for i := range rows {
		if i == 0 || rows[i].shape != rows[i-1].shape {
			out = append(out, rows[i].shape)
		}
	}
	return out
}

// write writes rows as objects nested by shape and keys; leaf writes those of one key.
func write(d *document, rows []row, leaf func(d *document, rows []row)) {
	d.open('{')
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].shape == rows[0].shape {
			n++
		}
		d.key(rows[0].shape.key())
		writeKeys(d, rows[:n], 0, leaf)
		rows = rows[n:]
	}
	d.shut('}')
}

func writeKeys(d *document, rows []row, level int, leaf func(d *document, rows []row)) {
	if level == len(rows[0].keys) {
		leaf(d, rows)
		return
	}
	d.open('{')
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].keys[level] == rows[0].keys[level] {
			n++
		}
		d.key(rows[0].keys[level])
		writeKeys(d, rows[:n], level+1, leaf)
		rows = rows[n:]
	}
	d.shut('}')
}

// lowest writes the lowest id: of policies that always apply it is the only one that counts.
func lowest(d *document, rows []row) { d.int(int64(rows[0].id)) }

// entries writes one entry for each policy, sorted by id; of those that differ in nothing else only
// the lowest.
func (t *tables) entries(d *document, rows []row) {
	type difference struct {
		condition policy.ConditionID
		validity  policy.Validity
		rest      string
	}
	seen := map[difference]bool{}
	d.open('[')
	for i := range rows {
		r := &rows[i]
		k := difference{r.policy.Condition, r.policy.Validity, fmt.Sprint(r.rest)}
		if !seen[k] {
			seen[k] = true
			t.entry(d, r)
		}
	}
	d.shut(']')
}

func (t *tables) entry(d *document, r *row) {
	d.open('{')
	if r.policy.Condition != 0 {
		d.key("condition")
		d.text(conditionName(r.policy.Condition))
	}
	t.from(d, r.policy.Validity)
	d.key("id")
	d.int(int64(r.id))
	t.organisation(d, r.policy.Validity)
	if len(r.rest) > 0 {
		d.key("rest")
		d.open('[')
		for _, p := range r.rest {
			d.open('[')
			d.int(int64(p.part))
			d.text(p.value)
			d.shut(']')
		}
		d.shut(']')
	}
	to(d, r.policy.Validity)
	d.shut('}')
}

func (t *tables) from(d *document, v policy.Validity) {
	if v.From != math.MinInt64 {
		d.key("from")
		d.int(v.From)
	}
}

func (t *tables) organisation(d *document, v policy.Validity) {
	if v.Organisation != policy.NoOrganisation {
		d.key("organisation")
		d.text(t.m.Organisations[v.Organisation].Code)
	}
}

func to(d *document, v policy.Validity) {
	if v.To != math.MaxInt64 {
		d.key("to")
		d.int(v.To)
	}
}
