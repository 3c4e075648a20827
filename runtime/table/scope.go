package table

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
)

// inScope reports whether some item of the token's scope implies the atom. A scope that is not a string
// holds no item; protocol scopes and malformed items imply nothing.
func (e *Engine) inScope(q *query) bool {
	for rest, more := q.scope.Text(), true; more; {
		var item string
		item, rest, more = strings.Cut(rest, " ")
		if item != "" && e.itemImplies(item, q) {
			return true
		}
	}
	return false
}

func (e *Engine) itemImplies(item string, q *query) bool {
	if declared, ok := e.scopes[item]; ok {
		return permission.ImpliesAtom(&declared, &q.atom)
	}
	return !permission.IsProtocolScope(item) && e.grammar.ScopeImplies(item, &q.atom)
}
