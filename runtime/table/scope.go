package table

import (
	"strings"
	"sync"

	"github.com/lictor-dev/lictor/bundles/permission"
)

// reusable holds permissions to parse into, for the paths that parse while deciding.
var reusable = sync.Pool{New: func() any { return new(permission.Permission) }}

// inScope reports whether some item of the token's scope implies the atom. A scope that is not a string
// holds no item; protocol scopes and malformed items imply nothing.
func (e *Engine) inScope(q *query) bool {
	p := reusable.Get().(*permission.Permission)
	defer reusable.Put(p)
	for rest, more := q.scope.Text(), true; more; {
		var item string
		item, rest, more = strings.Cut(rest, " ")
		if item != "" && e.itemImplies(item, p, q) {
			return true
		}
	}
	return false
}

func (e *Engine) itemImplies(item string, p *permission.Permission, q *query) bool {
	if declared, ok := e.scopes[item]; ok {
		return permission.ImpliesAtom(&declared, &q.atom)
	}
	if permission.IsProtocolScope(item) || e.grammar.ParseScopeInto(p, item) != nil {
		return false
	}
	return permission.ImpliesAtom(p, &q.atom)
}
