// Package plugin lets a Go program decide by a bundle in lictor-evaluator.wasm, the table engine as a WebAssembly
// module: evaluator and bundle are two files that are released apart from the program, and both can be replaced while it
// runs.
//
//	p, err := plugin.Open(ctx, evaluator, bundle, plugin.Options{Keys: keys})
//	if err != nil {
//		return err
//	}
//	defer p.Close()
//	d, err := p.Check(&plugin.Request{
//		Subject:    plugin.Subject{Type: "user", ID: "homer"},
//		Permission: "reactor:start:7",
//	})
//	if err != nil || !d.Allowed {
//		return errForbidden
//	}
//
// The keys are those of whoever makes bundles: the file that "openssl pkey -pubout" writes, read with [sign.ParsePublicKey] and put
// into a set with [sign.NewKeySet]. The example Signed shows it. Conditions that only Rego can evaluate are evaluated by
// the bundle's own policy.wasm; there is nothing to set up for them.
//
// A program that needs no replaceable evaluator asks package runtime/table directly, which is faster.
//
// Start reading at [Open], then [Plugin.Check].
package plugin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// PartError says that a bundle holds only a part of a policy, which [Options.AllowPart] does not take.
type PartError struct {
	For string // whom the part is for, such as "client"
}

func (e *PartError) Error() string {
	return fmt.Sprintf("the bundle holds only the part of a policy that is for a %.40q", e.For)
}

// ErrClosed says that a plugin was closed.
var ErrClosed = errors.New("the plugin is closed")

// Options say which bundles are believed and what an evaluator may use. The zero Options refuse every bundle, with
// [bundles.ErrNoVerification].
type Options struct {
	// Keys that bundles may be signed with.
	Keys *sign.KeySet
	// AllowUnsigned takes bundles without checking who made them. It excludes Keys.
	AllowUnsigned bool
	// AllowPart takes bundles that hold only a part of a policy, such as that for a client. They are signed like the whole and handed
	// out to anybody, but know less: not who is not active, for one. A program that decides for others needs the whole.
	AllowPart bool
	// HighestEpoch is the highest epoch that has run before, such as in another process: a bundle with a lower one is refused. It
	// rises with each bundle that runs.
	HighestEpoch uint64
	// Callers says what properties of subjects and resources in requests count for beside stored ones; default
	// [decision.Overlay].
	Callers decision.Callers

	// Cache is a folder for compiled modules, so that a later process starts within milliseconds. What is in there is run as
	// machine code: nobody else may write to it. Without it every evaluator is compiled anew, which takes a second or so.
	Cache string
	// Instances is how many requests are answered at a time; default GOMAXPROCS. Others wait.
	Instances int
	// Pages bounds the memory of each instance, which holds the bundle's tables, in pages of 64 KiB; default 4,096 (256 MiB).
	Pages uint32
	// Deadline bounds an answer; default 1 s. One that takes longer is an error.
	Deadline time.Duration
}

// Plugin decides by one bundle in one evaluator, each of which can be replaced by another at any time. It is safe for
// concurrent use. It is to be closed.
type Plugin struct {
	options Options

	change sync.Mutex // one replacement at a time; guards what follows
	epoch  uint64     // the highest that has run
	bundle *bundles.Bundle

	mu      sync.RWMutex // guards current
	current *generation  // nil once closed
}

// Generation says what answers.
type Generation struct {
	Revision string // of the bundle
	Epoch    uint64
	ID       string // digest of the bundle's manifest
}

// Open compiles an evaluator, verifies a bundle, a whole .tar.gz, and loads it. Neither slice is kept. It ends early with
// ctx, which nothing keeps. The errors are those of [bundles.Open] and of packages evaluator and wasm, among them
// a [*PartError], and an [*evaluator.GuestError] for a bundle that the evaluator refuses, such as one whose golden decisions it does not reproduce.
func Open(ctx context.Context, module, bundle []byte, o Options) (*Plugin, error) {
	p := &Plugin{options: o, epoch: o.HighestEpoch}
	b, err := p.verify(bundle)
	if err != nil {
		return nil, err
	}
	m, err := p.compile(ctx, module)
	if err != nil {
		return nil, err
	}
	if err := p.install(ctx, m, b); err != nil {
		return nil, err
	}
	return p, nil
}

// Swap replaces the bundle. Requests that are being answered end with the one they began with; those that come after Swap
// has returned are answered by the new one. After an error nothing has changed. The errors are those of [Open], among
// them a [*bundles.EpochError] for a bundle older than one that has run, and [ErrClosed].
func (p *Plugin) Swap(ctx context.Context, bundle []byte) error {
	p.change.Lock()
	defer p.change.Unlock()
	b, err := p.verify(bundle)
	if err != nil {
		return err
	}
	g, err := p.acquire()
	if err != nil {
		return err
	}
	defer g.release()
	return p.install(ctx, g.module.share(), b)
}

// SwapEvaluator replaces the evaluator, as [Plugin.Swap] does the bundle, which the new one loads.
func (p *Plugin) SwapEvaluator(ctx context.Context, module []byte) error {
	p.change.Lock()
	defer p.change.Unlock()
	g, err := p.acquire()
	if err != nil {
		return err
	}
	defer g.release()
	m, err := p.compile(ctx, module)
	if err != nil {
		return err
	}
	return p.install(ctx, m, p.bundle)
}

// Generation returns what answers now.
func (p *Plugin) Generation() (Generation, error) {
	g, err := p.acquire()
	if err != nil {
		return Generation{}, err
	}
	defer g.release()
	return g.about(), nil
}

// Close gives back what the plugin uses: what requests that are being answered use when they have been. It waits for a
// replacement under way, not for requests. The error is always nil.
func (p *Plugin) Close() error {
	p.change.Lock()
	defer p.change.Unlock()
	p.mu.Lock()
	g := p.current
	p.current = nil
	p.mu.Unlock()
	if g != nil {
		g.release()
	}
	return nil
}
