package evaluator

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero/api"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// instance is one instance of the module. It serves one call at a time. It is the context of its calls, by which
// the import of rule C1 finds it.
type instance struct {
	context.Context // the background; for what asks a context anything else

	module     api.Module
	memory     api.Memory
	conditions decision.Conditions // may be nil
	handle     uint32              // of the policy
	spoilt     bool                // it is to be thrown away (rule M5)

	check, decide, hasRole api.Function
	buffer, size           uint32 // rule B1
	stack                  [3]uint64
}

type instanceKey struct{}

// Value makes the instance known to the import.
func (i *instance) Value(name any) any {
	if name == (instanceKey{}) {
		return i
	}
	return i.Context.Value(name)
}

// start makes an instance without a policy (rules M2 and V2).
func (e *Evaluator) start() (*instance, error) {
	i := &instance{Context: context.Background()}
	module, err := e.runtime.InstantiateModule(i, e.module, moduleConfig())
	if err != nil {
		return nil, &FaultError{Err: err}
	}
	i.module, i.memory = module, module.Memory()
	if _, err := i.call("_initialize"); err != nil {
		i.close()
		return nil, err
	}
	version, err := i.call("lictor_abi")
	if err == nil && (version>>16 != major || version&0xffff < minor) {
		err = &VersionError{int(version >> 16), int(version & 0xffff), major, minor}
	}
	if err != nil {
		i.close()
		return nil, err
	}
	i.check, i.decide = module.ExportedFunction("lictor_check"), module.ExportedFunction("lictor_decide")
	i.hasRole = module.ExportedFunction("lictor_has_role")
	return i, nil
}

func (i *instance) close() { _ = i.module.Close(context.Background()) } // it frees memory, and cannot fail

// call calls an export that takes and gives numbers.
func (i *instance) call(name string, args ...uint32) (uint64, error) {
	stack := make([]uint64, max(1, len(args)))
	for n, arg := range args {
		stack[n] = uint64(arg)
	}
	if err := i.module.ExportedFunction(name).CallWithStack(i, stack); err != nil {
		return 0, i.failed(err)
	}
	return stack[0], nil
}

// failed is rule M5.
func (i *instance) failed(err error) error {
	i.spoilt = true
	return &FaultError{Err: err}
}

// write puts content into the buffer.
func (i *instance) write(content []byte) error {
	if len(content) > maxBuffer {
		return &GuestError{Number: errLimit, Code: "limit", Message: "a buffer of more than 1 GiB"}
	}
	if size := uint32(len(content)); size > i.size || i.buffer == 0 {
		size = max(size, smallestBuffer)
		at, err := i.call("lictor_buffer", size)
		switch {
		case err != nil:
			return err
		case at == 0:
			return i.lastError(errLimit)
		}
		i.buffer, i.size = uint32(at), size
	}
	if !i.memory.Write(i.buffer, content) {
		return i.failed(errors.New("a buffer out of memory"))
	}
	return nil
}

const (
	maxBuffer      = 1 << 30
	smallestBuffer = 4 << 10 // has room for most requests
	errLimit       = -4      // rule E1
)

// give writes what the next call keeps (rule B2).
func (i *instance) give(content []byte) error {
	i.size, i.buffer = 0, 0
	err := i.write(content)
	i.size, i.buffer = 0, 0
	return err
}

// read returns the bytes of an answer (rule B4), which share the memory.
func (i *instance) read(packed uint64) ([]byte, error) {
	if n := int64(packed); n < 0 {
		return nil, i.lastError(int(n))
	}
	content, ok := i.memory.Read(uint32(packed>>32), uint32(packed))
	if !ok {
		return nil, i.failed(errors.New("an answer out of memory"))
	}
	return content, nil
}

// lastError is rule E2.
func (i *instance) lastError(n int) error {
	e := &GuestError{Number: n}
	packed, err := i.call("lictor_error")
	if err != nil {
		return err
	}
	text, ok := i.memory.Read(uint32(packed>>32), uint32(packed))
	if !ok || int64(packed) < 0 {
		return i.failed(errors.New("an error out of memory"))
	}
	if _, v, err := value.Parse(nil, text); err == nil {
		e.Code, e.Message, e.Member = v.Get("code").Text(), v.Get("message").Text(), v.Get("member").Text()
	}
	return e
}

// condition is the import of rule C1.
func condition(ctx context.Context, module api.Module, stack []uint64) {
	i, _ := ctx.Value(instanceKey{}).(*instance)
	if i == nil {
		panic("BUG: a module runs without its instance")
	}
	rule, ok := module.Memory().Read(uint32(stack[1]), uint32(stack[2]))
	environment, there := module.Memory().Read(uint32(stack[3]), uint32(stack[4]))
	if !ok || !there {
		panic(errors.New("a condition out of memory"))
	}
	stack[0] = 0
	if i.conditions != nil {
		stack[0] = uint64(i.conditions.Condition(string(rule), environment))
	}
}
