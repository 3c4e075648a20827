package wasm

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/lictor-dev/lictor/runtime/wasm/guard"
)

// features are what package guard lets pass.
const features = api.CoreFeaturesV1 | api.CoreFeatureSignExtensionOps | api.CoreFeatureMultiValue |
	api.CoreFeatureNonTrappingFloatToIntConversion

// Runtime compiles policies, each once for all who use it at a time, and knows their instances. It is safe for
// concurrent use. Most programs need one.
type Runtime struct {
	cached *machine // nil without a folder
	plain  *machine
	folder string

	mu        sync.Mutex // also for compiling, which uses all the memory it can get
	closed    bool
	programs  map[key]*program
	instances atomic.Int64
}

// key is what makes compiled policies different.
type key struct {
	digest [sha256.Size]byte
	pages  uint32
}

// program is a compiled policy with those that use it.
type program struct {
	runtime  *Runtime
	machine  *machine
	compiled wazero.CompiledModule
	key      key
	users    int // guarded by the runtime's mu
}

// NewRuntime returns a runtime that keeps compiled policies in a folder, which it makes if need be, so that a later
// process need not compile them: what is in there is run as machine code, so nobody else may write to it. Without a
// folder, "", it keeps them in memory only. It is to be closed when nothing made from it is used any more.
func NewRuntime(folder string) (*Runtime, error) {
	r := &Runtime{folder: folder, programs: map[key]*program{}}
	var err error
	if r.plain, err = newMachine(nil); err != nil || folder == "" {
		return r, err
	}
	cache, err := wazero.NewCompilationCacheWithDir(folder)
	if err != nil {
		return nil, errors.Join(err, r.plain.close())
	}
	if r.cached, err = newMachine(cache); err != nil {
		return nil, errors.Join(err, r.plain.close())
	}
	return r, nil
}

// Close gives back what the runtime uses. What was made from it fails from now on.
func (r *Runtime) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.plain.close()
	if r.cached != nil {
		err = errors.Join(err, r.cached.close())
	}
	return err
}

// Usage says what a runtime holds.
type Usage struct {
	Policies  int // compiled
	Instances int // of policies, each with memory of its own
}

// Usage returns what the runtime holds now.
func (r *Runtime) Usage() Usage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Usage{Policies: len(r.programs), Instances: int(r.instances.Load())}
}

// program returns a compiled policy, which the caller is to release.
func (r *Runtime) program(module []byte, pages uint32) (*program, error) {
	k := key{sha256.Sum256(module), pages}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	if p := r.programs[k]; p != nil {
		p.users++
		return p, nil
	}
	guarded, err := guard.Rewrite(module, pages)
	if err != nil {
		return nil, err
	}
	p := &program{runtime: r, key: k, users: 1}
	if p.machine, p.compiled, err = r.compile(guarded); err != nil {
		return nil, err
	}
	r.programs[k] = p
	return p, nil
}

// compile uses the folder, and does without it when it is full, damaged or gone.
func (r *Runtime) compile(module []byte) (*machine, wazero.CompiledModule, error) {
	if r.cached != nil {
		compiled, err := r.cached.runtime.CompileModule(context.Background(), module)
		if err == nil {
			trim(r.folder)
			return r.cached, compiled, nil
		}
	}
	compiled, err := r.plain.runtime.CompileModule(context.Background(), module)
	if err != nil {
		return nil, nil, &guard.FormatError{Reason: cut(err.Error())}
	}
	if r.cached != nil {
		clear(r.folder) // it is the folder that is bad
	}
	return r.plain, compiled, nil
}

func (p *program) release() {
	p.runtime.mu.Lock()
	defer p.runtime.mu.Unlock()
	if p.users--; p.users > 0 {
		return
	}
	delete(p.runtime.programs, p.key)
	if !p.runtime.closed {
		_ = p.compiled.Close(context.Background()) // it frees memory, and cannot fail
	}
}
