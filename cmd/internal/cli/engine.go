package cli

import (
	"fmt"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/table"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// OpenEngine returns an engine that answers from a bundle whose tables are on the heap, and which has policy.wasm where it is
// needed.
func OpenEngine(b *bundles.Bundle) (*table.Engine, error) {
	t, err := OpenTables(b)
	if err != nil {
		return nil, err
	}
	conditions, err := wasm.Shared().Needed(b, t, wasm.Options{})
	if err != nil {
		return nil, err
	}
	return table.NewWith(t, conditions)
}

// OpenTables returns the tables of a bundle, which are on the heap.
func OpenTables(b *bundles.Bundle) (*tables.Tables, error) {
	member, ok := b.Member(bundles.TablesName)
	if !ok {
		return nil, fmt.Errorf("the bundle has no member %q", bundles.TablesName)
	}
	t, err := tables.Open(member.Bytes)
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", bundles.TablesName, err)
	}
	return t, nil
}
