package wasm_test

import (
	"encoding/binary"
	"maps"
	"slices"
)

// module is a WebAssembly module of OPA's ABI, written by hand. The zero value is one that answers: no to allow, no_grant to
// decision, and no condition; a test changes what it is about. It has no instructions but what the tests need.
type module struct {
	bodies  map[string][]byte // of exported functions, in the place of the usual ones
	without string            // an export or import that is left out
	more    [][]byte          // imports beside those of the ABI, as the import section has them
	major   byte
	minor   byte
	pages   uint32 // of memory
	table   uint32
	texts   map[uint32]string // in memory, in the place of the usual ones
	start   []byte            // a function that runs when an instance is made
	extra   [][]byte          // functions without parameters and results, the first of which is extraAt
	section []byte            // at the end
}

// Where the usual texts are, and what the policy says is where.
const (
	builtinsAt    = 1024
	entrypointsAt = 2048
	allowAt       = 3072
	decisionAt    = 3200
	conditionsAt  = 3456
	mallocAt      = 8192
	heapAt        = 16384
)

// Instructions, as the specification numbers them.
const (
	opUnreachable = 0x00
	opLoop        = 0x03
	opIf          = 0x04
	opEnd         = 0x0b
	opBranch      = 0x0c
	opBranchIf    = 0x0d
	opReturn      = 0x0f
	opCall        = 0x10
	opDrop        = 0x1a
	opLocalGet    = 0x20
	opGlobalGet   = 0x23
	opLoad        = 0x28
	opStore       = 0x36
	opMemorySize  = 0x3f
	opMemoryGrow  = 0x40
	opConst       = 0x41
	opEqual       = 0x46
	opNotEqual    = 0x47
	opGreater     = 0x4b // unsigned
	opAdd         = 0x6a
	nothing       = 0x40 // what a block leaves
)

// The functions that a module imports, by number, and the number of the first that it has.
const (
	importAbort = iota
	importBuiltin0
	firstFunction
)

// evalAt is the number of opa_eval among the functions of the module.
var evalAt = byte(firstFunction + slices.Index(exported, "opa_eval"))

// extraAt is the number of the first extra function.
var extraAt = byte(firstFunction + len(exported) + 1)

var signatures = map[string]struct{ params, results int }{
	"opa_eval": {7, 1}, "opa_malloc": {1, 1}, "opa_json_parse": {2, 1}, "opa_json_dump": {1, 1}, "opa_heap_ptr_get": {0, 1},
	"opa_heap_ptr_set": {1, 0}, "opa_heap_blocks_stash": {0, 0}, "builtins": {0, 1}, "entrypoints": {0, 1},
	"opa_abort": {1, 0}, "opa_builtin0": {2, 1}, "": {0, 0},
}

var exported = slices.DeleteFunc(slices.Sorted(maps.Keys(signatures)), func(name string) bool {
	return name == "opa_abort" || name == "opa_builtin0" || name == ""
})

func number(n int32) []byte { return append([]byte{opConst}, signed(n)...) }

func signed(n int32) []byte {
	var out []byte
	for {
		b := byte(n) & 0x7f
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

func vector(items ...[]byte) []byte {
	out := binary.AppendUvarint(nil, uint64(len(items)))
	return append(out, slices.Concat(items...)...)
}

func name(s string) []byte { return append(binary.AppendUvarint(nil, uint64(len(s))), s...) }

func sized(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }

func (m *module) body(name string) []byte {
	if b, ok := m.bodies[name]; ok {
		return b
	}
	switch name {
	case "opa_eval":
		return answers
	case "opa_malloc":
		return number(mallocAt)
	case "opa_json_parse":
		return number(1)
	case "opa_json_dump":
		return []byte{opLocalGet, 0}
	case "opa_heap_ptr_get":
		return number(heapAt)
	case "builtins":
		return number(builtinsAt)
	case "entrypoints":
		return number(entrypointsAt)
	default:
		return nil
	}
}

// answers gives the usual answer of each entrypoint.
var answers = slices.Concat(
	[]byte{opLocalGet, 1}, number(0), []byte{opEqual, opIf, nothing}, number(allowAt), []byte{opReturn, opEnd},
	[]byte{opLocalGet, 1}, number(1), []byte{opEqual, opIf, nothing}, number(decisionAt), []byte{opReturn, opEnd},
	number(conditionsAt),
)

// when runs a body for every input but that of the first evaluation, which is short.
func when(body ...byte) []byte {
	return slices.Concat([]byte{opLocalGet, 4}, number(40), []byte{opGreater, opIf, nothing}, body, []byte{opEnd}, answers)
}

func (m *module) text(at uint32) string {
	if s, ok := m.texts[at]; ok {
		return s
	}
	return map[uint32]string{
		builtinsAt:    `{}`,
		entrypointsAt: `{"lictor/authz/allow":0,"lictor/authz/conditions":2,"lictor/authz/decision":1}`,
		allowAt:       `[{"result":false}]`,
		decisionAt:    `[{"result":{"code":"no_grant","decision":"DENY","policies":[]}}]`,
		conditionsAt:  `[{"result":{}}]`,
	}[at]
}

// encode writes the module in the binary format.
func (m *module) encode() []byte {
	names := slices.Sorted(maps.Keys(signatures))
	var types, functions, exports, code, data [][]byte
	for _, n := range names {
		s := signatures[n]
		types = append(types, slices.Concat([]byte{0x60}, vector(slices.Repeat([][]byte{{0x7f}}, s.params)...),
			vector(slices.Repeat([][]byte{{0x7f}}, s.results)...)))
	}
	typ := func(n string) []byte { return []byte{byte(slices.Index(names, n))} }
	imports := slices.Clone(m.more)
	for _, n := range []string{"opa_abort", "opa_builtin0"} {
		if n != m.without {
			imports = append(imports, slices.Concat(name("env"), name(n), []byte{0}, typ(n)))
		}
	}
	if m.without != "memory" {
		imports = append(imports, slices.Concat(name("env"), name("memory"), []byte{2, 0}, binary.AppendUvarint(nil, uint64(max(2, m.pages)))))
	}
	for i, n := range exported {
		functions = append(functions, typ(n))
		code = append(code, sized(slices.Concat([]byte{0}, m.body(n), []byte{opEnd})))
		if n != m.without {
			exports = append(exports, slices.Concat(name(n), []byte{0, byte(firstFunction + i)}))
		}
	}
	for _, b := range append([][]byte{m.start}, m.extra...) {
		functions, code = append(functions, typ("")), append(code, sized(slices.Concat([]byte{0}, b, []byte{opEnd})))
	}
	for i, n := range []string{"opa_wasm_abi_version", "opa_wasm_abi_minor_version"} {
		if n != m.without {
			exports = append(exports, slices.Concat(name(n), []byte{3, byte(i)}))
		}
	}
	for _, at := range []uint32{builtinsAt, entrypointsAt, allowAt, decisionAt, conditionsAt} {
		data = append(data, slices.Concat([]byte{0}, number(int32(at)), []byte{opEnd}, name(m.text(at))))
	}
	out := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	add := func(id byte, content []byte) { out = append(append(out, id), sized(content)...) }
	add(1, vector(types...))
	add(2, vector(imports...))
	add(3, vector(functions...))
	add(4, slices.Concat([]byte{1, 0x70, 0}, binary.AppendUvarint(nil, uint64(m.table))))
	add(6, vector(append(append([]byte{0x7f, 0}, number(int32(1+m.major))...), opEnd), append(append([]byte{0x7f, 0}, number(int32(3-m.minor))...), opEnd)))
	add(7, vector(exports...))
	if m.start != nil {
		add(8, []byte{byte(firstFunction + len(exported))})
	}
	add(10, vector(code...))
	add(11, vector(data...))
	return append(out, m.section...)
}
