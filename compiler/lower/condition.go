package lower

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// conditionKey identifies a condition as it is written; "" is none.
func conditionKey(p *source.Policy) string {
	if len(p.When) == 0 && len(p.WhenAny) == 0 {
		return ""
	}
	var b strings.Builder
	for _, t := range p.When {
		b.WriteString(t.Value + "\x00")
	}
	b.WriteByte(1)
	for _, t := range p.WhenAny {
		b.WriteString(t.Value + "\x00")
	}
	return b.String()
}

// conditions parses every condition once, and numbers them by canonical text.
func (l *lowerer) conditions() {
	c := conditions{lowerer: l, keys: map[string]string{}, byText: map[string]policy.Condition{}}
	for _, roles := range [][]source.Role{l.d.Roles, l.d.Entitlements} {
		for i := range roles {
			c.collect(roles[i].Policies)
		}
	}
	for i := range l.d.Subjects {
		c.collect(l.d.Subjects[i].Policies)
	}
	texts := make([]string, 0, len(c.byText))
	for text := range c.byText {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	ids := map[string]policy.ConditionID{"": 0}
	for i, text := range texts {
		ids[text] = policy.ConditionID(i + 1)
		l.m.Conditions = append(l.m.Conditions, c.byText[text])
	}
	l.conditionIDs = map[string]policy.ConditionID{"": 0}
	for key, text := range c.keys {
		l.conditionIDs[key] = ids[text]
	}
}

// conditions collects conditions before they have ids.
type conditions struct {
	*lowerer
	keys   map[string]string           // canonical text by conditionKey, of those that parse
	byText map[string]policy.Condition // by canonical text
}

func (c *conditions) collect(policies []source.Policy) {
	for i := range policies {
		p := &policies[i]
		key := conditionKey(p)
		if key == "" {
			continue
		}
		place := c.place(firstText(p).Pos)
		text, known := c.keys[key]
		if !known {
			e, faults := condition.Parse(p.When, p.WhenAny)
			if c.list.Add(faults...); faults.HasErrors() {
				continue // not remembered: the next one is reported at its own place
			}
			if e != nil {
				text = condition.Text(e)
				c.warnUnfolded(p, e)
				c.warnTextAsTime(p, e)
			}
			if c.keys[key] = text; text == "" {
				continue
			}
			if _, found := c.byText[text]; !found {
				c.byText[text] = policy.Condition{Text: text, Expr: e, Place: place}
			}
		}
		if first, found := c.byText[text]; found && comparePlaces(place, first.Place) < 0 {
			first.Place = place
			c.byText[text] = first
		}
	}
}

// warnUnfolded warns of a comparison that folding keeps from ever being true, so that a DENY which means to
// apply never would.
func (c *conditions) warnUnfolded(p *source.Policy, e policy.Expr) {
	if c.m.Case != permission.Insensitive {
		return
	}
	if folded, beside, found := condition.Unfolded(e); found {
		first := firstText(p)
		first.Warnf(&c.list, condition.CodeUnfolded, "%s is lower-cased in this project, %s is not", folded, beside).
			Hint = "write constants in lower case, and lower(organisation) for the organisation"
	}
}

// warnTextAsTime warns of a comparison of the time with a text, which is always unknown.
func (c *conditions) warnTextAsTime(p *source.Policy, e policy.Expr) {
	text, found := condition.TextAsTime(e)
	if !found {
		return
	}
	first := firstText(p)
	first.Warnf(&c.list, condition.CodeTextAsTime, "now has no order with the text %s, so that comparing them is always unknown", diag.Quote(text)).
		Hint = "now is a number, the seconds since 1970" + inSeconds(text)
}

// inSeconds is what to write for a text that is a time or a date, and empty for any other.
func inSeconds(text string) string {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return fmt.Sprintf(": write %d", t.Unix())
		}
	}
	return ""
}

func firstText(p *source.Policy) source.Text {
	if len(p.When) > 0 {
		return p.When[0]
	}
	return p.WhenAny[0]
}

func comparePlaces(a, b policy.Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}
