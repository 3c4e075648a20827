package compiler

import (
	"context"
	"io/fs"
	"sync"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/compiler/wasm"
)

// Cache keeps in memory what compiling a project found out, for those who compile it again after a change: what unchanged
// definition files say, and policy.wasm of unchanged Rego. Each is found by the digest of all that decides it, so that the
// same definitions give the same bytes with a Cache and without. The zero value is empty and ready for use; it is safe for
// concurrent use. It is never on disk, where others could change it.
type Cache struct {
	definitions source.Cache
	modules     wasm.Cache
}

func (c *Cache) load(files fs.FS) (*source.Definitions, diag.List) {
	if c == nil {
		return source.Load(files)
	}
	return source.LoadAgain(files, &c.definitions)
}

func (c *Cache) compile(ctx context.Context, members map[string][]byte, entrypoints []string) ([]byte, error) {
	if c == nil {
		return wasm.Compile(ctx, members, entrypoints)
	}
	return c.modules.Compile(ctx, members, entrypoints)
}

// together runs passes that do not depend on one another side by side, and returns when all of them have ended.
func together(passes ...func()) {
	var running sync.WaitGroup
	for _, pass := range passes {
		running.Go(pass)
	}
	running.Wait()
}
