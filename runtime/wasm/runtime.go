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
	folder   string
	failures [FailureCount]atomic.Uint64

	mu        sync.Mutex // also for compiling: policies come one by one
	plain     *machine   // nil until it is needed
	cached    *machine   // the one with the folder, likewise
	closed    bool
	programs  map[key]*program
	instances atomic.Int64
	bytes     atomic.Int64 // of their memory
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

// NewRuntime returns a runtime that keeps compiled policies in a folder, which is made when the first is compiled, so that
// a later process need not compile them. What is in there is run as machine code: a folder that others can write to is not
// used. Without a folder, "", the runtime keeps them in memory only. It may be closed when nothing made from it is used
// any more.
func NewRuntime(folder string) *Runtime {
	return &Runtime{folder: folder, programs: map[key]*program{}}
}

// Shared returns the runtime of those who need none of their own. It has no folder and is never closed.
var Shared = sync.OnceValue(func() *Runtime { return NewRuntime("") })

// Close gives back what the runtime uses. What was made from it fails from now on.
func (r *Runtime) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	err := errors.Join(r.plain.close(), r.cached.close())
	r.plain, r.cached = nil, nil
	return err
}

// Failures returns how often a condition of any policy was unknown because of a failure. It never goes back.
func (r *Runtime) Failures(f Failure) uint64 { return r.failures[f].Load() }

// Usage says what a runtime holds.
type Usage struct {
	Policies  int   // compiled
	Instances int   // of policies, each with memory of its own
	Bytes     int64 // of that memory
}

// Usage returns what the runtime holds now.
func (r *Runtime) Usage() Usage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Usage{Policies: len(r.programs), Instances: int(r.instances.Load()), Bytes: r.bytes.Load()}
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
	useFolder := r.folder != "" && private(r.folder)
	if useFolder {
		m, compiled, err := r.compileWith(&r.cached, module)
		if err == nil {
			trim(r.folder)
			return m, compiled, nil
		}
	}
	m, compiled, err := r.compileWith(&r.plain, module)
	if err != nil {
		return nil, nil, &guard.FormatError{Reason: cut(err.Error())}
	}
	if useFolder {
		empty(r.folder) // it is the folder that is bad
	}
	return m, compiled, nil
}

// compileWith makes the machine when there is none.
func (r *Runtime) compileWith(m **machine, module []byte) (*machine, wazero.CompiledModule, error) {
	if *m == nil {
		folder := ""
		if m == &r.cached {
			folder = r.folder
		}
		made, err := newMachine(folder)
		if err != nil {
			return nil, nil, err
		}
		*m = made
	}
	compiled, err := (*m).runtime.CompileModule(context.Background(), module)
	return *m, compiled, err
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
