package evaluator

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/tetratelabs/wazero/api"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm/internal/pool"
)

// Policy is what an [Engine] answers from: parts of a bundle whose signature the caller has verified (rule P2), as
// [bundles.Open] does. An engine keeps them, to load them into further instances, and changes none.
type Policy struct {
	Tables []byte // lictor/tables.bin
	Tests  []byte // lictor/tests.json; nil for a bundle without
	// Conditions evaluates what only Rego can; nil refuses a policy that needs it. It serves several calls at a time.
	Conditions decision.Conditions
	// Callers says what properties in requests count for: at most as much, whatever a request says.
	Callers decision.Callers
}

// Flags of an open (rule P3).
const (
	openHostVerified   = 1
	openHostConditions = 2
	openCallersStored  = 4
	openCallersIgnore  = 8
)

// Engine answers requests from one policy. It is safe for concurrent use and a [decision.Engine]. It is to be closed.
type Engine struct {
	evaluator *Evaluator
	policy    Policy
	grammar   permission.Grammar
	pool      *pool.Pool[instance]
}

var _ decision.Engine = (*Engine)(nil)

// Load makes an engine with one instance, proves the policy's golden decisions with it, and makes more when they are
// missed. The errors are [*GuestError], such as "golden", "conditions" or "damaged", [*FaultError] and [ErrClosed].
func (e *Evaluator) Load(p Policy) (*Engine, error) {
	l := &Engine{evaluator: e, policy: p}
	var err error
	l.pool, err = pool.New(pool.Source[instance]{
		Make: l.open, Drop: (*instance).close, Size: e.options.Instances, Wait: e.options.Deadline,
	})
	if err != nil {
		return nil, err
	}
	if err := l.prepare(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// prepare proves the golden decisions and reads the grammar.
func (l *Engine) prepare() error {
	return l.use(func(i *instance) error {
		if l.policy.Tests != nil {
			if err := i.give(l.policy.Tests); err != nil {
				return err
			}
			if err := i.number("lictor_prove", i.handle, uint32(len(l.policy.Tests))); err != nil {
				return err
			}
		}
		text, err := i.ask(KindInfo, nil)
		if err != nil {
			return err
		}
		_, info, err := value.Parse(nil, text)
		if err != nil {
			return i.failed(err)
		}
		l.grammar.Namespace = info.Get("namespace").Text()
		if info.Get("case").Text() == "insensitive" {
			l.grammar.Case = permission.Insensitive
		}
		return nil
	})
}

// open makes an instance with the policy.
func (l *Engine) open() (*instance, error) {
	i, err := l.evaluator.instance()
	if err != nil {
		return nil, err
	}
	i.conditions = l.policy.Conditions
	if err := i.open(&l.policy); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

func (i *instance) open(p *Policy) error {
	flags := uint32(openHostVerified)
	if p.Conditions != nil {
		flags |= openHostConditions
	}
	switch p.Callers {
	case decision.Stored:
		flags |= openCallersStored
	case decision.Ignore:
		flags |= openCallersIgnore
	}
	if err := i.give(p.Tables); err != nil {
		return err
	}
	handle, err := i.call("lictor_open_tables", uint32(len(p.Tables)), flags)
	switch {
	case err != nil:
		return err
	case int32(handle) <= 0:
		return i.lastError(int(int32(handle)))
	}
	i.handle = uint32(handle)
	return nil
}

// number calls an export that returns 0 or an error of rule E1.
func (i *instance) number(name string, args ...uint32) error {
	n, err := i.call(name, args...)
	if err != nil || int32(n) == 0 {
		return err
	}
	return i.lastError(int(int32(n)))
}

// Close gives back the instances, those in use when they are free.
func (l *Engine) Close() { l.pool.Close() }

// Grammar returns the grammar that requests must be parsed in.
func (l *Engine) Grammar() permission.Grammar { return l.grammar }

// Instances returns how many instances there are now.
func (l *Engine) Instances() int { return l.pool.Size() }

// Decide implements [decision.Engine]. The errors are [*GuestError] for a request that the module refuses, such as one
// with more than 1,024 permissions, [*FaultError], [ErrBusy] and [ErrClosed].
func (l *Engine) Decide(r *decision.Request) (d decision.Decision, err error) {
	i, err := l.acquire()
	if err != nil {
		return d, err
	}
	defer l.release(i)
	view := i.view()
	code, err := i.compact(i.check, view, appendRequest(view[:0], r, l.grammar))
	if err != nil {
		return d, err
	}
	return i.decision(int32(code))
}

// view returns the buffer of the guest, in which requests are put together; nil before there is one. It is what the memory
// is now: calls may move it.
func (i *instance) view() []byte {
	view, _ := i.memory.Read(i.buffer, i.size)
	return view
}

// compact calls an export with a request that was appended to a view: where it fits it is in the buffer already.
func (i *instance) compact(f api.Function, view, request []byte) (uint64, error) {
	if len(request) > len(view) {
		if err := i.write(request); err != nil {
			return 0, err
		}
	}
	i.stack[0], i.stack[1] = uint64(i.handle), uint64(len(request))
	if err := f.CallWithStack(i, i.stack[:]); err != nil {
		return 0, i.failed(err)
	}
	return i.stack[0], nil
}

// decision is rule Q3.
func (i *instance) decision(code int32) (d decision.Decision, err error) {
	switch {
	case code < 0:
		return d, i.lastError(int(code))
	case int(code) >= decision.CodeCount:
		return d, nil // of a later version, and no reason to let anybody in (rule V3)
	default:
		d.Code = decision.Code(code)
		d.Allowed = d.Code == decision.Allowed
		return d, nil
	}
}

// Deciding implements [decision.Engine] as [Engine.Decide] does.
func (l *Engine) Deciding(r *decision.Request, dst []policy.ID) (d decision.Decision, ids []policy.ID, err error) {
	i, err := l.acquire()
	if err != nil {
		return d, dst, err
	}
	defer l.release(i)
	view := i.view()
	packed, err := i.compact(i.decide, view, appendRequest(view[:0], r, l.grammar))
	if err != nil {
		return d, dst, err
	}
	content, err := i.read(packed)
	if err != nil {
		return d, dst, err
	}
	if len(content) < 8 || len(content) != 8+4*int(binary.LittleEndian.Uint32(content[4:])) {
		return d, dst, i.failed(errors.New("an answer of another form"))
	}
	if d, err = i.decision(int32(binary.LittleEndian.Uint32(content))); err != nil {
		return d, dst, err
	}
	for id := range slices.Chunk(content[8:], 4) {
		dst = append(dst, policy.ID(binary.LittleEndian.Uint32(id)))
	}
	return d, dst, nil
}

// HasRole implements [decision.Engine] with the errors of [Engine.Decide].
func (l *Engine) HasRole(r *decision.Request, role string) (bool, error) {
	i, err := l.acquire()
	if err != nil {
		return false, err
	}
	defer l.release(i)
	view := i.view()
	held, err := i.compact(i.hasRole, view, appendRole(view[:0], r, role))
	switch {
	case err != nil:
		return false, err
	case int32(held) < 0:
		return false, i.lastError(int(int32(held)))
	}
	return held == 1, nil
}

func (l *Engine) acquire() (*instance, error) {
	i, err := l.pool.Get()
	switch {
	case errors.Is(err, pool.ErrBusy):
		return nil, ErrBusy
	case errors.Is(err, pool.ErrClosed):
		return nil, ErrClosed
	}
	return i, err
}

func (l *Engine) release(i *instance) { l.pool.Put(i, !i.spoilt) }

// use lends an instance for something.
func (l *Engine) use(f func(*instance) error) error {
	i, err := l.acquire()
	if err != nil {
		return err
	}
	defer l.release(i)
	return f(i)
}

// Memory returns how many bytes of memory one instance has now. The errors are those of [Engine.Decide].
func (l *Engine) Memory() (bytes int, err error) {
	err = l.use(func(i *instance) error {
		bytes = int(i.memory.Size())
		return nil
	})
	return bytes, err
}
