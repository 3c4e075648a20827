// Package binary reads how large the functions of a WebAssembly module are, without running it. It knows the binary
// format of version 1 (https://www.w3.org/TR/wasm-core-2/#binary-format) with the instructions of the first
// version, sign extension, saturating conversion and bulk memory: all that OPA writes, and more.
//
// Start reading at [Decode], then instructions.go.
package binary

import (
	"bytes"
	"fmt"
	"slices"
)

// Module is what was read.
type Module struct {
	Functions []Function // those with a body, in the order of their indices
}

// Function is a function that the module defines.
type Function struct {
	Index        uint32   // among all functions, imported ones first
	Name         string   // from the name section; empty when it names none
	Size         int      // bytes of its body
	Instructions int      // in its body; "else" and "end" belong to their block and do not count
	Calls        []uint32 // indices of the functions that it calls directly, ascending, each once; none through tables
}

// Instructions returns how many instructions all functions have.
func (m *Module) Instructions() int {
	n := 0
	for i := range m.Functions {
		n += m.Functions[i].Instructions
	}
	return n
}

// Function returns the function of a name, the first if several have it.
func (m *Module) Function(name string) (Function, bool) {
	for _, f := range m.Functions {
		if f.Name == name {
			return f, true
		}
	}
	return Function{}, false
}

// Called returns the functions that are reached by direct calls from one, itself first, each once. Those for which
// follow is false are left out, with what is reached through them alone.
func (m *Module) Called(from Function, follow func(Function) bool) []Function {
	if len(m.Functions) == 0 {
		return nil
	}
	imported := m.Functions[0].Index
	called, seen := []Function{from}, map[uint32]bool{from.Index: true}
	for i := 0; i < len(called); i++ {
		for _, index := range called[i].Calls {
			if index < imported || int(index-imported) >= len(m.Functions) || seen[index] {
				continue
			}
			seen[index] = true
			if f := m.Functions[index-imported]; follow(f) {
				called = append(called, f)
			}
		}
	}
	return called
}

// FormatError says where a module does not have the binary format.
type FormatError struct {
	Offset int // bytes from the beginning
	Reason string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("wasm module, byte %d: %s", e.Offset, e.Reason)
}

// OpcodeError says that a function has an instruction that this package does not know.
type OpcodeError struct {
	Offset int    // bytes from the beginning
	Opcode uint32 // with the prefix 0xfc, the number behind it plus 0xfc00
}

func (e *OpcodeError) Error() string {
	return fmt.Sprintf("wasm module, byte %d: unknown instruction %#x", e.Offset, e.Opcode)
}

// The sections that are read (section 5.5.2 of the specification).
const (
	customSection   = 0
	importSection   = 2
	functionSection = 3
	codeSection     = 10
)

// header is the magic number and the version.
var header = []byte("\x00asm\x01\x00\x00\x00")

// Decode reads a module. What it does not need it does not look at, so that a module it reads may still be invalid.
// The error is a [*FormatError] or an [*OpcodeError]. Memory grows with the functions that are there, never with
// a number that the module claims.
func Decode(module []byte) (*Module, error) {
	r := &reader{all: module, end: len(module)}
	if !bytes.HasPrefix(module, header) {
		return nil, r.fault("no module of version 1")
	}
	r.at = len(header)
	d := decoder{module: &Module{}}
	for r.at < r.end {
		id := r.byte()
		section, err := r.sized("section")
		if err == nil {
			err = d.section(id, section)
		}
		if err != nil {
			return nil, err
		}
	}
	if declared := len(d.module.Functions); uint64(declared) != d.declared {
		return nil, r.fault("functions and bodies differ in number")
	}
	d.name()
	return d.module, nil
}

// decoder is what is known of the sections so far.
type decoder struct {
	module   *Module
	imported uint32 // functions
	declared uint64 // functions with a body
	names    map[uint32]string
}

func (d *decoder) section(id byte, r *reader) error {
	var err error
	switch id {
	case customSection:
		return d.custom(r)
	case importSection:
		err = d.imports(r)
	case functionSection:
		var n uint32
		n, err = r.u32()
		d.declared = uint64(n)
		r.at = r.end // types are not looked at
	case codeSection:
		err = d.code(r)
	default:
		return nil
	}
	if err == nil && r.at != r.end {
		return r.fault("section goes on behind its content")
	}
	return err
}

// imports counts the imported functions, which take the first indices.
func (d *decoder) imports(r *reader) error {
	n, err := r.u32()
	for ; n > 0 && err == nil; n-- {
		if err = r.skipName(); err == nil {
			err = r.skipName()
		}
		if err == nil {
			err = d.descriptor(r)
		}
	}
	return err
}

// descriptor reads what is imported: a function, a table, a memory or a global.
func (d *decoder) descriptor(r *reader) error {
	switch kind := r.byte(); kind {
	case 0:
		d.imported++
		_, err := r.u32()
		return err
	case 1:
		r.byte()
		return r.skipLimits()
	case 2:
		return r.skipLimits()
	case 3:
		r.byte()
		r.byte()
		return r.short()
	default:
		return r.fault("unknown kind of import")
	}
}

func (d *decoder) code(r *reader) error {
	n, err := r.u32()
	for i := uint32(0); i < n && err == nil; i++ {
		var body *reader
		if body, err = r.sized("function"); err != nil {
			return err
		}
		f := Function{Index: d.imported + i, Size: body.end - body.at}
		if f.Instructions, err = body.body(); err == nil {
			slices.Sort(body.calls)
			f.Calls = slices.Compact(body.calls)
			d.module.Functions = append(d.module.Functions, f)
		}
	}
	return err
}

// custom reads the names of functions (section 7.4.1 of the specification), if it is them.
func (d *decoder) custom(r *reader) error {
	if name, err := r.name(); err != nil || name != "name" {
		return err
	}
	for r.at < r.end {
		id := r.byte()
		part, err := r.sized("names")
		if err == nil && id == 1 {
			err = d.functionNames(part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) functionNames(r *reader) error {
	d.names = map[uint32]string{}
	n, err := r.u32()
	for ; n > 0 && err == nil; n-- {
		var index uint32
		if index, err = r.u32(); err == nil {
			d.names[index], err = r.name()
		}
	}
	return err
}

// name gives the functions their names, which stand behind the code.
func (d *decoder) name() {
	for i := range d.module.Functions {
		f := &d.module.Functions[i]
		f.Name = d.names[f.Index]
	}
}
