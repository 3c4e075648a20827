package check

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// usage counts how often a name is written in permission strings.
type usage struct {
	count int
	first source.Text // where first
}

// often marks a declared name, which is right however seldom it is written.
const often = 1 << 20

// shortest is the least number of letters of a name that may be a slip of another.
const shortest = 4

// warnLoneNames warns of a resource type or an action that is written only once in the whole project
// and is one edit away from one that is written more often, which is how a slip looks: an action
// "raed" beside many "read". Declared resources need no warning; there a slip is an error.
func (c *checker) warnLoneNames() {
	types, actions := map[string]*usage{}, map[string]*usage{}
	for key := range c.declared {
		types[key.name] = &usage{count: often}
	}
	for _, v := range c.declared {
		for a := range v.actions.known {
			actions[a] = &usage{count: often}
		}
	}
	for _, r := range c.read {
		if r.err != nil || len(r.faults) > 0 {
			continue
		}
		count(types, r, typePart)
		count(actions, r, actionPart)
	}
	c.warnSlips(types, typePart, "resource type")
	c.warnSlips(actions, actionPart, "action")
}

func count(names map[string]*usage, r *reading, part int) {
	for _, name := range r.permission.Values(part) {
		u := names[name]
		if u == nil {
			u = &usage{first: r.first}
			names[name] = u
		}
		u.count += r.count
	}
}

func (c *checker) warnSlips(names map[string]*usage, part int, what string) {
	lone := slices.DeleteFunc(slices.Sorted(maps.Keys(names)), func(n string) bool {
		return names[n].count != 1 || utf8.RuneCountInString(n) < shortest || isFiller(n)
	})
	if len(lone) == 0 {
		return
	}
	slips := newSlips(names)
	for _, name := range lone {
		meant := slips.of(name)
		if meant == "" {
			continue
		}
		t := names[name].first
		d := c.list.Warnf(loneName, t.At(locate(t.Value, part, name)), "%s %s is written only here", what, diag.Quote(name))
		d.Width = utf8.RuneCountInString(name)
		d.Hint = "did you mean " + diag.Quote(meant) + "?"
	}
}

// slips finds names one edit away without comparing all pairs: names one edit apart are the same once
// at most one letter of each is left out.
type slips struct {
	names   map[string]*usage
	without map[string][]string // a name with one letter left out, or none → names
}

func newSlips(names map[string]*usage) slips {
	s := slips{names, map[string][]string{}}
	for name, u := range names {
		if u.count > 1 && utf8.RuneCountInString(name) >= shortest-1 {
			for _, v := range variants(name) {
				s.without[v] = append(s.without[v], name)
			}
		}
	}
	return s
}

// of returns the name that is used most often among those one edit away, "" for none.
func (s slips) of(name string) string {
	best := ""
	for _, v := range variants(name) {
		for _, other := range s.without[v] {
			if other[0] == name[0] && s.better(other, best) && diag.Distance(name, other) == 1 {
				best = other
			}
		}
	}
	return best
}

func (s slips) better(name, best string) bool {
	return best == "" || cmp.Or(cmp.Compare(s.names[best].count, s.names[name].count), cmp.Compare(name, best)) < 0
}

// maxLetters is the longest name that slips are looked for in.
const maxLetters = 64

// variants returns a name and what it is with any one letter left out.
func variants(name string) []string {
	if len(name) > maxLetters {
		return nil
	}
	all := []string{name}
	for i, r := range name {
		all = append(all, name[:i]+name[i+utf8.RuneLen(r):])
	}
	return all
}
