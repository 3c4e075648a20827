package rego

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// data writes everything the modules look up. Members are sorted: keys that are numbers sort as text.
func (t *tables) data() []byte {
	d := &document{}
	d.open('{')
	d.key("allow")
	write(d, t.always[policy.Allow], lowest)
	d.key("allow_if")
	write(d, t.depends[policy.Allow], t.entries)
	t.birthrights(d)
	t.clients(d)
	d.key("deny")
	write(d, t.always[policy.Deny], lowest)
	d.key("deny_if")
	write(d, t.depends[policy.Deny], t.entries)
	t.holders(d)
	t.includes(d)
	t.objects(d)
	t.policies(d)
	t.reads(d)
	t.scopes(d)
	t.settings(d)
	t.subjects(d)
	t.texts(d)
	d.shut('}')
	return d.b
}

func holderKey(h policy.HolderIndex) string { return strconv.Itoa(int(h)) }

// holdersByKey returns the holders in the order of their keys.
func (t *tables) holdersByKey() []policy.HolderIndex {
	all := make([]policy.HolderIndex, len(t.m.Holders))
	for i := range all {
		all[i] = policy.HolderIndex(i)
	}
	slices.SortFunc(all, func(a, b policy.HolderIndex) int { return strings.Compare(holderKey(a), holderKey(b)) })
	return all
}

// birthrights writes what subjects of each type hold by birth: known ones, and others.
func (t *tables) birthrights(d *document) {
	byType := [2]map[string][]string{{}, {}}
	for i := range t.m.Holders {
		b := &t.m.Holders[i].Birthright
		for _, typ := range b.Types {
			byType[0][typ] = append(byType[0][typ], strconv.Itoa(i))
			if !b.Known {
				byType[1][typ] = append(byType[1][typ], strconv.Itoa(i))
			}
		}
	}
	d.key("birthrights")
	d.open('{')
	for kind, name := range [...]string{"known", "unknown"} {
		d.key(name)
		d.open('{')
		for _, typ := range sortedKeys(byType[kind]) {
			d.key(typ)
			d.texts(byType[kind][typ])
		}
		d.shut('}')
	}
	d.shut('}')
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (t *tables) clients(d *document) {
	d.key("clients")
	d.open('{')
	for i := range t.m.Clients {
		d.key(t.m.Clients[i].ID)
		d.open('{')
		d.key("scopes")
		d.texts(t.m.Clients[i].Scopes)
		d.shut('}')
	}
	d.shut('}')
}

// holders names the keys of holders, for readers: no rule needs the names.
func (t *tables) holders(d *document) {
	d.key("holders")
	d.open('{')
	for _, h := range t.holdersByKey() {
		d.key(holderKey(h))
		d.open('{')
		d.key("kind")
		d.text(t.m.Holders[h].Kind.String())
		d.key("name")
		d.text(t.m.Holders[h].Name)
		d.shut('}')
	}
	d.shut('}')
}

// includes writes for each holder the roles that it includes, without itself; nothing if none includes any.
func (t *tables) includes(d *document) {
	if !slices.ContainsFunc(t.m.Holders, func(h policy.Holder) bool { return len(h.Closure) > 1 }) {
		return
	}
	d.key("includes")
	d.open('{')
	for _, h := range t.holdersByKey() {
		if len(t.m.Holders[h].Closure) < 2 {
			continue
		}
		d.key(holderKey(h))
		d.open('[')
		for _, included := range t.m.Holders[h].Closure {
			if included != h {
				d.text(holderKey(included))
			}
		}
		d.shut(']')
	}
	d.shut('}')
}

func (t *tables) objects(d *document) {
	d.key("objects")
	all := t.m.Objects
	d.open('{')
	for i := range all {
		o := &all[i]
		if i == 0 || all[i-1].Namespace != o.Namespace {
			d.key(o.Namespace)
			d.open('{')
		}
		if i == 0 || all[i-1].Namespace != o.Namespace || all[i-1].Type != o.Type {
			d.key(o.Type)
			d.open('{')
		}
		d.key(o.ID)
		if d.value(o.Properties); o.Properties.Len() == 0 && len(o.Properties) == 0 {
			d.b = append(d.b[:len(d.b)-len("null")], "{}"...)
		}
		last := i == len(all)-1
		if last || all[i+1].Namespace != o.Namespace || all[i+1].Type != o.Type {
			d.shut('}')
		}
		if last || all[i+1].Namespace != o.Namespace {
			d.shut('}')
		}
	}
	d.shut('}')
}

// policies writes what each holder's own policies say.
func (t *tables) policies(d *document) {
	d.key("policies")
	d.open('{')
	for _, h := range t.holdersByKey() {
		t.policiesOf(d, holderKey(h), t.m.Holders[h].Policies)
	}
	for i := range t.m.Subjects {
		t.policiesOf(d, "@"+t.m.Subjects[i].ID, t.m.Subjects[i].Policies)
	}
	d.shut('}')
}

// policiesOf writes the policies of one holder. Most are permissions and nothing else: what an instance of the
// bundle's wasm needs for its data hangs on how briefly these are written.
func (t *tables) policiesOf(d *document, key string, ids []policy.ID) {
	if len(ids) == 0 {
		return
	}
	d.key(key)
	d.open('{')
	if slices.ContainsFunc(ids, t.isSpecial) {
		t.entriesOf(d, ids)
	}
	if slices.ContainsFunc(ids, t.isPlain) {
		t.runsOf(d, ids)
	}
	d.shut('}')
}

func (t *tables) isPlain(id policy.ID) bool {
	p := t.m.Policy(id)
	return p.Effect == policy.Allow && p.Condition == 0 && p.Validity == policy.Always
}

func (t *tables) isSpecial(id policy.ID) bool { return !t.isPlain(id) }

// runsOf writes the plain policies, in runs whose ids follow one another.
func (t *tables) runsOf(d *document, ids []policy.ID) {
	g := t.m.Grammar()
	d.key("runs")
	d.open('[')
	open := false
	for i, id := range ids {
		if !t.isPlain(id) {
			continue
		}
		if !open {
			d.open('{')
			d.key("first")
			d.int(int64(id))
			d.key("permissions")
			d.open('[')
		}
		d.text(g.Format(&t.m.Policy(id).Permission))
		if open = i+1 < len(ids) && ids[i+1] == id+1 && t.isPlain(id+1); !open {
			d.shut(']')
			d.shut('}')
		}
	}
	d.shut(']')
}

// entriesOf writes the policies that are not plain.
func (t *tables) entriesOf(d *document, ids []policy.ID) {
	g := t.m.Grammar()
	d.key("entries")
	d.open('[')
	for _, id := range ids {
		if t.isPlain(id) {
			continue
		}
		p := t.m.Policy(id)
		d.open('{')
		if p.Condition != 0 {
			d.key("condition")
			d.text(conditionName(p.Condition))
		}
		if p.Effect == policy.Deny {
			d.key("decision")
			d.text("DENY")
		}
		t.from(d, p.Validity)
		d.key("id")
		d.int(int64(id))
		t.organisation(d, p.Validity)
		d.key("permission")
		d.text(g.Format(&p.Permission))
		to(d, p.Validity)
		d.shut('}')
	}
	d.shut(']')
}

func (t *tables) scopes(d *document) {
	d.key("scopes")
	d.open('{')
	for i := range t.m.Scopes {
		d.key(t.m.Scopes[i].Name)
		writePermission(d, &t.m.Scopes[i].Permission)
	}
	d.shut('}')
}

func writePermission(d *document, p *permission.Permission) {
	d.open('{')
	d.key("namespace")
	d.text(p.Namespace())
	d.key("parts")
	d.open('[')
	for i := range p.Len() {
		d.texts(p.Values(i))
	}
	d.shut(']')
	d.shut('}')
}

func (t *tables) settings(d *document) {
	d.key("settings")
	d.open('{')
	d.key("case")
	if t.m.Case == permission.Insensitive {
		d.text("insensitive")
	} else {
		d.text("sensitive")
	}
	d.key("namespace")
	d.text(t.m.Namespace)
	d.shut('}')
}

// texts writes what conditions say, by name.
func (t *tables) texts(d *document) {
	names := make(map[string]string, len(t.m.Conditions))
	for i := range t.m.Conditions {
		names[conditionName(policy.ConditionID(i+1))] = t.m.Conditions[i].Text
	}
	d.key("texts")
	d.open('{')
	for _, name := range sortedKeys(names) {
		d.key(name)
		d.text(names[name])
	}
	d.shut('}')
}
