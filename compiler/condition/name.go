package condition

import (
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// name resolves a dotted name to what it reads; nil for one that is no root with a path where it takes one.
func name(path []string) policy.Expr {
	for i := range policy.RootCount {
		root := policy.Root(i)
		words := strings.Split(root.String(), ".")
		if len(path) < len(words) || !slices.Equal(path[:len(words)], words) {
			continue
		}
		switch rest := path[len(words):]; {
		case root.HasPath() != (len(rest) > 0):
			return nil
		case !root.HasPath():
			return policy.Ref{Root: root}
		default:
			return policy.Ref{Root: root, Path: rest}
		}
	}
	return nil
}
