package check

import (
	"math"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// rule is one policy of a holder or a subject.
type rule struct {
	text       source.Text
	permission *permission.Permission
	deny       bool
	condition  string // "" for none
	validity   source.Validity
}

// always is the validity of a permission in the short form.
var always = source.Validity{From: math.MinInt64, To: math.MaxInt64}

// conditionKey is the same for policies with the same conditions.
func conditionKey(p *source.Policy) string {
	if len(p.When)+len(p.WhenAny) == 0 {
		return ""
	}
	var b strings.Builder
	for _, t := range p.When {
		b.WriteString(t.Value + "\x00")
	}
	for _, t := range p.WhenAny {
		b.WriteString("\x01" + t.Value)
	}
	return b.String()
}

// within reports whether r counts only where and while other does.
func (r *rule) within(other *rule) bool {
	if o := other.validity.Organisation.Value; o != "" && o != r.validity.Organisation.Value {
		return false
	}
	return other.validity.From <= r.validity.From && r.validity.To <= other.validity.To
}

// slotParts is how many parts of a permission a slot tells apart.
const slotParts = 4

// slot is what the first parts of a permission say, each one value, or "" for any.
type slot struct {
	deny      bool
	namespace string
	parts     [slotParts]string
}

// Bounds of the search for one holder, beyond which warnings are left out rather than found slowly.
const (
	maxSlots      = 1 << 20
	maxCandidates = 64
)

// coverage finds, among the policies of one holder, those that a broader one makes pointless. A broad
// policy is found by looking up the first values of a narrow one, with every set of parts opened to
// any value that some policy has open.
type coverage struct {
	rules  []rule
	slots  map[slot][]int32
	opened [1 << slotParts]bool // sets of parts that some policy has open
	from   int                  // only rules from here on may make others pointless
}

func newCoverage() coverage { return coverage{slots: map[slot][]int32{}} }

func (c *coverage) reset() {
	c.rules = c.rules[:0]
	clear(c.slots)
	clear(c.opened[:])
	c.from = 0
}

func (c *coverage) add(r rule) {
	if r.permission != nil {
		c.rules = append(c.rules, r)
	}
}

// warn reports what it finds to list.
func (c *coverage) warn(list *diag.List) {
	c.examineFirst(len(c.rules), list)
}

// warnAgainst reports which of the first rules, up to own, those behind them make pointless.
func (c *coverage) warnAgainst(own int, list *diag.List) {
	c.from = own
	c.examineFirst(own, list)
}

func (c *coverage) examineFirst(count int, list *diag.List) {
	if len(c.rules) < 2 {
		return
	}
	used := 0
	for i := c.from; i < len(c.rules); i++ {
		if used += c.enter(int32(i)); used > maxSlots {
			return
		}
	}
	for i := range count {
		c.examine(i, list)
	}
}

// enter files a rule under each combination of its values, and returns how many there are.
func (c *coverage) enter(i int32) int {
	r := &c.rules[i]
	keys := []slot{{deny: r.deny, namespace: r.permission.Namespace()}}
	open := 0
	for part := range slotParts {
		values := r.permission.Values(part)
		if len(values) == 0 {
			open |= 1 << part
			continue
		}
		next := make([]slot, 0, len(keys)*len(values))
		for _, k := range keys {
			for _, v := range values {
				k.parts[part] = v
				next = append(next, k)
			}
		}
		keys = next
	}
	c.opened[open] = true
	for _, k := range keys {
		c.slots[k] = append(c.slots[k], i)
	}
	return len(keys)
}

// examine warns when another rule covers or hides the i-th.
func (c *coverage) examine(i int, list *diag.List) {
	r := &c.rules[i]
	if by := c.find(i, true, func(deny *rule) bool {
		return !r.deny && (deny.condition == "" || deny.condition == r.condition)
	}); by != nil {
		d := r.text.Warnf(list, hidden, "permission %s is never allowed here: the DENY on %s hides it", diag.Quote(r.text.Value), diag.Quote(by.text.Value))
		d.Related = []diag.Related{{Pos: by.text.Pos, Message: "denied here"}}
		return
	}
	by := c.find(i, r.deny, func(other *rule) bool { return other.condition == "" || other.condition == r.condition })
	if by == nil {
		return
	}
	d := r.text.Warnf(list, covered, "%s %s never decides anything here: %s covers it", effect(r), diag.Quote(r.text.Value), diag.Quote(by.text.Value))
	if by.text.Value == r.text.Value {
		d.Message = effect(r) + " " + diag.Quote(r.text.Value) + " is repeated"
	}
	d.Related = []diag.Related{{Pos: by.text.Pos, Message: "covered by this"}}
}

func effect(r *rule) string {
	if r.deny {
		return "the DENY on"
	}
	return "permission"
}

// find returns a rule with the given effect, other than the i-th, that implies it, counts wherever it
// does and suits. Of two rules that imply one another only the later one is answered for, or the one before from.
func (c *coverage) find(i int, deny bool, suits func(*rule) bool) *rule {
	r := &c.rules[i]
	for open, used := range c.opened {
		if !used {
			continue
		}
		key, ok := c.key(r, deny, open)
		if !ok {
			continue
		}
		for _, j := range c.candidates(key) {
			other := &c.rules[j]
			if int(j) == i || !suits(other) || !r.within(other) || !permission.Implies(other.permission, r.permission) {
				continue
			}
			if int(j) < i || i < c.from || !c.mutual(r, other) {
				return other
			}
		}
	}
	return nil
}

// mutual reports whether two rules of which other covers r also cover one another the other way.
func (c *coverage) mutual(r, other *rule) bool {
	return r.deny == other.deny && r.condition == other.condition && other.within(r) && permission.Implies(r.permission, other.permission)
}

func (c *coverage) candidates(key slot) []int32 {
	all := c.slots[key]
	return all[:min(len(all), maxCandidates)]
}

// key is where a rule that covers r is filed if it has exactly the given parts open; ok is false when
// no such rule can cover r.
func (c *coverage) key(r *rule, deny bool, open int) (key slot, ok bool) {
	key = slot{deny: deny, namespace: r.permission.Namespace()}
	for part := range slotParts {
		if open&(1<<part) != 0 {
			continue
		}
		values := r.permission.Values(part)
		if len(values) == 0 {
			return key, false
		}
		key.parts[part] = values[0]
	}
	return key, true
}
