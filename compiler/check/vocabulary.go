package check

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// resourceKey is a resource type as permissions name it, folded where case does not count.
type resourceKey struct{ namespace, name string }

// vocabulary is what may be said about one declared resource type.
type vocabulary struct {
	resource   *source.Resource
	actions    *words
	attributes *words // nil: any
}

type words struct {
	known map[string]bool // folded
	names *diag.Names
	all   string // the names as a hint; empty when there are none or too many
}

// fewNames is how many names a hint lists.
const fewNames = 20

// checkResources reads the declared vocabulary.
func (c *checker) checkResources() {
	for i := range c.defs.Resources {
		r := &c.defs.Resources[i]
		c.literalName(r.Name, "/*,")
		v := &vocabulary{resource: r, actions: c.words(r.Actions)}
		if r.Attributes != nil {
			v.attributes = c.words(r.Attributes)
		}
		key := resourceKey{r.Namespace, c.fold(r.Name.Value)}
		if first, ok := c.declared[key]; ok {
			c.sameFolded(r.Name, first.resource.Name, "resource")
			continue
		}
		c.declared[key] = v
	}
}

func (c *checker) words(texts []source.Text) *words {
	c.distinct(texts)
	w := &words{known: make(map[string]bool, len(texts))}
	first := make(map[string]source.Text, len(texts))
	var names []string
	for _, t := range texts {
		c.literalName(t, "*,")
		key := c.fold(t.Value)
		if before, ok := first[key]; ok && before.Value != t.Value {
			c.sameFolded(t, before, "name")
		}
		first[key] = t
		w.known[key] = true
		names = append(names, t.Value)
	}
	w.names = diag.NewNames(names)
	if len(names) > 0 && len(names) <= fewNames {
		w.all = "known here: " + strings.Join(names, ", ")
	}
	return w
}

// literalName reports a declared name that looks like more than one name.
func (c *checker) literalName(t source.Text, not string) {
	if at := strings.IndexAny(t.Value, not); at >= 0 {
		d := t.Errorf(&c.list, badName, "name %s holds %q, which no single name does", diag.Quote(t.Value), t.Value[at:at+1])
		if t.Value[at] == '/' {
			d.Hint = "set the namespace with the file's namespace key"
		}
	}
}

func (c *checker) sameFolded(t, first source.Text, what string) {
	d := t.Errorf(&c.list, sameFolded, "%s %s is the same as %s, since case does not count", what, diag.Quote(t.Value), diag.Quote(first.Value))
	d.Related = []diag.Related{{Pos: first.Pos, Message: "first written here"}}
}

func (c *checker) fold(s string) string {
	return permission.Grammar{Case: c.defs.Options.Case}.Fold(s)
}

// fault is a value in a permission string that a vocabulary does not hold.
type fault struct {
	code, message, hint string
	part                int
	value               string
}

// Parts of a permission string that a vocabulary closes.
const (
	typePart      = 0
	actionPart    = 1
	attributePart = 3
)

// faults compares a permission with the vocabulary of the resources it names.
func (c *checker) faults(p *permission.Permission) []fault {
	if len(c.declared) == 0 {
		return nil
	}
	var found []fault
	for _, name := range p.Values(typePart) {
		v, ok := c.declared[resourceKey{p.Namespace(), name}]
		if !ok {
			continue
		}
		found = v.actions.faults(found, p, fault{code: unknownAction, message: "action %s is not one of " + diag.Quote(name), part: actionPart})
		if v.attributes != nil {
			found = v.attributes.faults(found, p, fault{code: unknownAttribute, message: "attribute %s is not one of " + diag.Quote(name), part: attributePart})
		}
	}
	return found
}

// faults appends like for each value of its part that is not among the words.
func (w *words) faults(found []fault, p *permission.Permission, like fault) []fault {
	for _, value := range p.Values(like.part) {
		if w.known[value] || isFiller(value) {
			continue
		}
		f := like
		f.value = value
		f.message = strings.Replace(like.message, "%s", diag.Quote(value), 1)
		f.hint = w.names.Hint(value, w.all)
		found = append(found, f)
	}
	return found
}
