// Package evaluator runs lictor-evaluator.wasm, the table engine as a WebAssembly module, on wazero. What host and module
// say to one another is written down in runtime/guest/ABI.md, whose rules the comments cite.
//
// An [Evaluator] is the compiled module. [Evaluator.Load] makes an [Engine] of a policy: a bounded number of
// instances, each with memory of its own in which the policy is loaded, which answer as the native table
// engine does. An instance that trapped or ran out of memory is thrown away; what it was asked is an error, which lets nobody
// in.
//
// Start reading at [New], then [Engine.Decide].
package evaluator

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// Options bound what a module may use. The zero value of a field stands for its default.
type Options struct {
	// Cache is a folder for compiled modules, so that a later process starts within milliseconds. What is in there is run as
	// machine code: nobody else may write to it. Without it a module is compiled each time, which takes a second or so.
	Cache string
	// Instances is how many requests each engine answers at a time; default GOMAXPROCS. Others wait.
	Instances int
	// Pages bounds the memory of an instance, in pages of 64 KiB; default 4,096 (256 MiB).
	Pages uint32
	// Deadline bounds how long a request waits for an instance; default 1 s. What an instance does then ends by itself:
	// wazero can break off a call only in code that runs four times as slowly. A module is trusted as a library is.
	Deadline time.Duration
}

func (o Options) withDefaults() Options {
	if o.Instances <= 0 {
		o.Instances = runtime.GOMAXPROCS(0)
	}
	if o.Pages == 0 || o.Pages > maxPages {
		o.Pages = defaultPages
	}
	if o.Deadline <= 0 {
		o.Deadline = time.Second
	}
	return o
}

const (
	defaultPages = 4096
	maxPages     = 1 << 16
)

// Evaluator is a compiled module. It is safe for concurrent use.
type Evaluator struct {
	options Options
	runtime wazero.Runtime
	cache   wazero.CompilationCache // nil without a folder
	module  wazero.CompiledModule

	mu     sync.Mutex
	closed bool
	spare  *instance // made by New; nil once it is used
}

// New compiles a module and starts it once, to know that it is one that this host speaks to. It is to be closed. The errors are [*ModuleError],
// [*ImportError], [*ExportError], [*VersionError], [*FaultError] and those of making the folder of the cache.
func New(ctx context.Context, module []byte, o Options) (*Evaluator, error) {
	e := &Evaluator{options: o.withDefaults()}
	if err := e.compile(ctx, module); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	var err error
	if e.spare, err = e.start(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// instance returns an instance without a policy.
func (e *Evaluator) instance() (*instance, error) {
	e.mu.Lock()
	i, closed := e.spare, e.closed
	e.spare = nil
	e.mu.Unlock()
	switch {
	case closed:
		return nil, ErrClosed
	case i != nil:
		return i, nil
	default:
		return e.start()
	}
}

func (e *Evaluator) compile(ctx context.Context, module []byte) (err error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(e.options.Pages)
	if e.options.Cache != "" {
		if e.cache, err = wazero.NewCompilationCacheWithDir(e.options.Cache); err != nil {
			return err
		}
		config = config.WithCompilationCache(e.cache)
	}
	e.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if e.module, err = e.runtime.CompileModule(ctx, module); err != nil {
		return &ModuleError{err}
	}
	if err := inspect(e.module); err != nil {
		return err
	}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, e.runtime); err != nil {
		return err
	}
	_, err = e.runtime.NewHostModuleBuilder("lictor").NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(condition), conditionParams, number).Export("condition").Instantiate(ctx)
	return err
}

// Close gives back what the module uses. Engines that were made from it fail from now on.
func (e *Evaluator) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	var err error
	if e.runtime != nil {
		err = e.runtime.Close(context.Background())
	}
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(context.Background()))
	}
	return err
}

// moduleConfig gives an instance a clock and random numbers, and nothing else: no files, arguments, variables or output.
func moduleConfig() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions().WithSysWalltime().WithSysNanotime().
		WithRandSource(rand.Reader).WithStdout(io.Discard).WithStderr(io.Discard)
}
