package check

import "github.com/lictor-dev/lictor/bundles/permission"

// objectKey is an object as the compiled policy finds it.
type objectKey struct{ namespace, kind, id string }

// checkObjects reports objects that become one when case does not count.
func (c *checker) checkObjects() {
	for i := range c.defs.Objects {
		c.literalName(c.defs.Objects[i].Type, "/")
	}
	if c.defs.Options.Case != permission.Insensitive {
		return
	}
	seen := make(map[objectKey]int, len(c.defs.Objects))
	for i := range c.defs.Objects {
		o := &c.defs.Objects[i]
		key := objectKey{o.Namespace, c.fold(o.Type.Value), c.fold(o.ID.Value)}
		if first, again := seen[key]; again {
			c.sameFolded(o.ID, c.defs.Objects[first].ID, "object")
			continue
		}
		seen[key] = i
	}
}
