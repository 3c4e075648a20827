package wasm

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Cache keeps the last module, for those who compile a project again and again: the Rego of a policy changes far less often
// than its roles and grants, which are data. The zero value is empty and ready for use; it is safe for concurrent use.
type Cache struct {
	mu     sync.Mutex
	key    [sha256.Size]byte
	module []byte // nil: none yet
}

// Compile is the function [Compile], which it calls unless the members and entrypoints are those of the call before. The
// caller must not change what it gets. A nil Cache keeps nothing.
func (c *Cache) Compile(ctx context.Context, members map[string][]byte, entrypoints []string) ([]byte, error) {
	if c == nil {
		return Compile(ctx, members, entrypoints)
	}
	if err := checkEnvironment(); err != nil {
		return nil, err
	}
	key := keyOf(members, entrypoints)
	if module := c.find(key); module != nil {
		return module, ctx.Err()
	}
	module, err := Compile(ctx, members, entrypoints)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key, c.module = key, module
	return module, nil
}

func (c *Cache) find(key [sha256.Size]byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.key != key {
		return nil
	}
	return c.module
}

// keyOf is the digest of all that decides what a module is.
func keyOf(members map[string][]byte, entrypoints []string) (key [sha256.Size]byte) {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if strings.HasSuffix(name, suffix) {
			add(sum, name, members[name])
		}
	}
	for _, name := range entrypoints {
		add(sum, name, nil)
	}
	sum.Sum(key[:0])
	return key
}

func add(sum hash.Hash, name string, text []byte) {
	_, _ = fmt.Fprintf(sum, "%q %d\n", name, len(text)) // a digest takes everything
	sum.Write(text)
}
