package wasm

import (
	"context"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/lictor-dev/lictor/bundles/value"
)

// instance is a policy with memory of its own. It serves one evaluation at a time. It is the context of its calls, by
// which built-ins find it.
type instance struct {
	context.Context // the background; for what asks a context anything else

	policy  *program
	options *Options
	module  api.Module
	memory  api.Memory
	eval    api.Function

	entries  entries
	clock    clock
	data     uint32 // address of the data
	heap     uint32 // where the memory begins that an evaluation may overwrite
	size     uint32 // of the memory when it was last counted
	deadline time.Time
	spoilt   bool // it failed, and nobody knows what its memory holds

	input []byte // the input of an evaluation, reused
	body  []byte // its answer as a value, reused
	stack [7]uint64
}

type instanceKey struct{}

// Value makes the instance known to built-ins.
func (i *instance) Value(name any) any {
	if name == (instanceKey{}) {
		return i
	}
	return i.Context.Value(name)
}

// entries are the numbers of the entrypoints that are used.
type entries struct{ allow, decision, conditions uint32 }

// newInstance makes an instance that holds data, a JSON text.
func newInstance(p *program, o *Options, data *document) (*instance, error) {
	i := &instance{Context: context.Background(), policy: p, options: o, deadline: time.Now().Add(o.Start)}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	room := experimental.WithMemoryAllocator(i, reserve(data.size()*growth))
	module, err := p.machine.runtime.InstantiateModule(room, p.compiled, config)
	if err != nil {
		return nil, &StartError{"first instructions", failed(err)}
	}
	p.runtime.instances.Add(1)
	i.module, i.memory, i.eval = module, module.Memory(), module.ExportedFunction("opa_eval")
	if err := i.prepare(data); err != nil {
		i.close()
		return nil, err
	}
	i.count()
	return i, nil
}

func (i *instance) prepare(data *document) error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"built-ins", i.readBuiltins},
		{"entrypoints", i.readEntrypoints},
		{"data", func() error { return i.load(data) }},
	} {
		if err := step.do(); err != nil {
			return &StartError{step.name, err}
		}
	}
	return nil
}

func (i *instance) close() {
	_ = i.module.Close(context.Background()) // it frees memory, and cannot fail
	i.policy.runtime.instances.Add(-1)
	i.policy.runtime.bytes.Add(-int64(i.size))
}

// count notes how large the memory is by now.
func (i *instance) count() {
	if size := i.memory.Size(); size != i.size {
		i.policy.runtime.bytes.Add(int64(size) - int64(i.size))
		i.size = size
	}
}

// call calls an export that takes and gives numbers.
func (i *instance) call(name string, args ...uint64) (uint32, error) {
	results, err := i.module.ExportedFunction(name).Call(i, args...)
	if err != nil {
		return 0, failed(err)
	}
	if len(results) == 0 {
		return 0, nil
	}
	return api.DecodeU32(results[0]), nil
}

// table reads what an export says about the policy: an object of numbers.
func (i *instance) table(name string) (value.Value, error) {
	at, err := i.call(name)
	if err != nil {
		return nil, err
	}
	if at, err = i.call("opa_json_dump", uint64(at)); err != nil {
		return nil, err
	}
	raw, whole := text(i.memory, at, i.options.Answer)
	if !whole {
		return nil, &EvaluationError{Malformed, "a text without end"}
	}
	_, v, err := value.Parse(nil, raw)
	if err != nil || v.Kind() != value.Object {
		return nil, &EvaluationError{Malformed, "a text that is no JSON object"}
	}
	return v, nil
}

func (i *instance) readBuiltins() error {
	v, err := i.table("builtins")
	if err != nil {
		return err
	}
	var unknown []string
	items := v.Items()
	for name, id, ok := items.Next(); ok; name, id, ok = items.Next() {
		if name != "time.now_ns" {
			unknown = append(unknown, cut(name))
			continue
		}
		n, ok := number(id)
		if !ok {
			return &EvaluationError{Malformed, "a built-in without a number"}
		}
		i.clock.known, i.clock.id = true, n
	}
	if unknown != nil {
		return &BuiltinError{unknown}
	}
	return nil
}

func (i *instance) readEntrypoints() error {
	v, err := i.table("entrypoints")
	if err != nil {
		return err
	}
	for _, e := range []struct {
		name string
		id   *uint32
	}{
		{"lictor/authz/allow", &i.entries.allow},
		{"lictor/authz/decision", &i.entries.decision},
		{"lictor/authz/conditions", &i.entries.conditions},
	} {
		n, ok := number(v.Get(e.name))
		if !ok {
			return &EntrypointError{e.name, "missing"}
		}
		*e.id = n
	}
	return nil
}

// number returns the number of an entrypoint or a built-in.
func number(v value.Value) (uint32, bool) {
	n := v.Int()
	return uint32(n), v.Kind() == value.Integer && n >= 0 && n < 1<<31
}

// document is data as a JSON text, in parts.
type document struct{ parts [3]string }

func (d *document) size() int { return len(d.parts[0]) + len(d.parts[1]) + len(d.parts[2]) }

// load parses the data in the policy's memory.
func (i *instance) load(data *document) error {
	size := data.size()
	at, err := i.call("opa_malloc", uint64(size))
	if err != nil {
		return err
	}
	end := at
	for _, part := range data.parts {
		if !i.memory.WriteString(end, part) {
			return &EvaluationError{Malformed, "an address out of memory"}
		}
		end += uint32(len(part))
	}
	if i.data, err = i.call("opa_json_parse", uint64(at), uint64(size)); err != nil {
		return err
	}
	if i.data == 0 {
		return &EvaluationError{Malformed, "the data are no JSON"}
	}
	if _, err = i.call("opa_heap_blocks_stash"); err != nil {
		return err
	}
	if i.heap, err = i.call("opa_heap_ptr_get"); err == nil && i.heap > i.memory.Size() {
		err = &EvaluationError{Malformed, "a heap out of memory"}
	}
	return err
}

// evaluate answers i.input at an entrypoint. The answer is JSON and shares the instance's memory until the next
// evaluation, which starts with the heap as it was after loading.
func (i *instance) evaluate(entry uint32) ([]byte, error) {
	size := uint32(len(i.input))
	if len(i.input) > i.options.Input || !i.reserve(size) {
		return nil, &EvaluationError{TooLarge, "input"}
	}
	i.memory.Write(i.heap, i.input)
	i.clock.asked, i.spoilt = false, true
	heap := (i.heap + size + 7) &^ 7
	i.stack = [7]uint64{0, uint64(entry), uint64(i.data), uint64(i.heap), uint64(size), uint64(heap), 0}
	if err := i.eval.CallWithStack(i, i.stack[:]); err != nil {
		return nil, failed(err)
	}
	answer, whole := text(i.memory, api.DecodeU32(i.stack[0]), i.options.Answer)
	switch {
	case whole:
		i.spoilt = false
		return answer, nil
	case len(answer) == i.options.Answer:
		return nil, &EvaluationError{TooLarge, "answer"}
	default:
		return nil, &EvaluationError{Malformed, "a text without end"}
	}
}

// malformed marks the instance as one that answered nonsense.
func (i *instance) malformed(detail string) error {
	i.spoilt = true
	return &EvaluationError{Malformed, detail}
}

// reserve makes room for the input.
func (i *instance) reserve(size uint32) bool {
	end, held := uint64(i.heap)+uint64(size)+8, uint64(i.memory.Size())
	if end <= held {
		return true
	}
	_, ok := i.memory.Grow(uint32((end - held + 1<<16 - 1) >> 16))
	return ok
}
