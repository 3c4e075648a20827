package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/lictor-dev/lictor/runtime/wasm/guard"
)

// machine is wazero with the functions that a policy imports.
type machine struct {
	runtime wazero.Runtime
	cache   wazero.CompilationCache // may be nil
}

// newMachine returns a machine that keeps machine code in a folder; "" for none.
func newMachine(folder string) (*machine, error) {
	ctx := context.Background()
	config := wazero.NewRuntimeConfig().WithCoreFeatures(features)
	m := &machine{}
	if folder != "" {
		var err error
		if m.cache, err = wazero.NewCompilationCacheWithDir(folder); err != nil {
			return nil, err
		}
		config = config.WithCompilationCache(m.cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	host := m.runtime.NewHostModuleBuilder("env")
	const word = api.ValueTypeI32
	for name, f := range map[string]api.GoModuleFunc{"opa_abort": abort, "opa_println": ignore} {
		host.NewFunctionBuilder().WithGoModuleFunction(f, []api.ValueType{word}, nil).Export(name)
	}
	for n := range 5 {
		params := bytes.Repeat([]byte{word}, n+2)
		host.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(call), params, []api.ValueType{word}).
			Export("opa_builtin" + strconv.Itoa(n))
	}
	if _, err := host.Instantiate(ctx); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// close may be called for a machine that was never made.
func (m *machine) close() error {
	if m == nil {
		return nil
	}
	err := m.runtime.Close(context.Background())
	if m.cache != nil {
		err = errors.Join(err, m.cache.Close(context.Background()))
	}
	return err
}

// abort is how a policy gives up. wazero turns the panic into an error of the call.
func abort(_ context.Context, module api.Module, stack []uint64) {
	detail, _ := text(module.Memory(), api.DecodeU32(stack[0]), maxDetail)
	panic(&EvaluationError{Aborted, strconv.Quote(string(detail))})
}

// ignore is for texts that whoever wrote the policy debugs it by; nothing of them may reach a log here.
func ignore(context.Context, api.Module, []uint64) {}

// call is every built-in.
func call(ctx context.Context, module api.Module, stack []uint64) {
	i, _ := ctx.Value(instanceKey{}).(*instance)
	if i == nil {
		panic("BUG: a policy runs without its instance")
	}
	switch id := api.DecodeU32(stack[0]); {
	case id == guard.Tick:
		if time.Now().After(i.deadline) {
			panic(&EvaluationError{Failure: Deadline})
		}
		stack[0] = guard.Slice
	case i.clock.known && id == i.clock.id:
		address, err := i.now(module)
		if err != nil {
			panic(err)
		}
		stack[0] = uint64(address)
	default:
		panic(&EvaluationError{Builtin, fmt.Sprintf("number %d", id)})
	}
}

// clock is the built-in time.now_ns, which tells one time throughout an evaluation (OPA's policy reference, "Time").
type clock struct {
	known bool // whether the policy needs it
	id    uint32
	set   bool  // by whoever evaluates, not by the host's clock
	asked bool  // in this evaluation
	told  int64 // nanoseconds since 1970, if it is set or was asked for
}

// now returns the address of the time as a value of the policy.
func (i *instance) now(module api.Module) (uint32, error) {
	if !i.clock.set && !i.clock.asked {
		i.clock.told = time.Now().UnixNano()
	}
	i.clock.asked = true
	number := strconv.AppendInt(nil, i.clock.told, 10)
	stack := [2]uint64{uint64(len(number))}
	if err := module.ExportedFunction("opa_malloc").CallWithStack(i, stack[:]); err != nil {
		return 0, err
	}
	at := api.DecodeU32(stack[0])
	if !module.Memory().Write(at, number) {
		return 0, &EvaluationError{Malformed, "an address out of memory"}
	}
	stack = [2]uint64{uint64(at), uint64(len(number))}
	if err := module.ExportedFunction("opa_json_parse").CallWithStack(i, stack[:]); err != nil {
		return 0, err
	}
	return api.DecodeU32(stack[0]), nil
}

// text returns a text in memory that ends with a zero byte. It reports whether it ends within memory and limit bytes; if not,
// it returns what there is. It shares the memory.
func text(memory api.Memory, at uint32, limit int) ([]byte, bool) {
	size := memory.Size()
	if at >= size {
		return nil, false
	}
	length := min(uint64(size-at), uint64(limit)+1)
	raw, ok := memory.Read(at, uint32(length))
	if !ok {
		return nil, false
	}
	if end := bytes.IndexByte(raw, 0); end >= 0 {
		return raw[:end], true
	}
	return raw[:min(len(raw), limit)], false
}
