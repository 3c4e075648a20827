package cli

import (
	"fmt"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/table"
)

// OpenEngine returns an engine that answers from a bundle whose tables are on the heap.
func OpenEngine(b *bundles.Bundle) (*table.Engine, error) {
	member, ok := b.Member(bundles.TablesName)
	if !ok {
		return nil, fmt.Errorf("the bundle has no member %q", bundles.TablesName)
	}
	t, err := tables.Open(member.Bytes)
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", bundles.TablesName, err)
	}
	return table.New(t)
}
