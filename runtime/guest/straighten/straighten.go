// Package straighten rewrites WebAssembly modules that Go's compiler wrote, so that they run faster and are smaller, and do
// the same.
//
// Go compiles each function to one that can be left and resumed at any call, for goroutines: a loop around a table of
// places, by way of which every jump goes. A runtime that compiles such a function sees a loop that everything goes around, and
// keeps all variables in memory. Here jumps that go forward become branches; and functions that are called often are
// written once more with blocks and loops and without places to resume at. Callers that begin a function call that one. When it is
// left in the middle, because a goroutine waits or its stack grows, it returns 1 as the other would, with the
// same return addresses in memory, and Go's scheduler resumes the other.
//
// Start reading at [Module], then function.go.
package straighten

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Options say what is written once more.
type Options struct {
	Exports  []string // functions from which calls are followed
	Prefixes []string // of the names of functions that are followed and written once more, as the name section has them
	Entries  []string // of the names of those that others call once more, beside what calls the exports; nil for all
}

// Guests is for the modules of this project: the path of a check in its packages.
var Guests = Options{
	Exports:  []string{"lictor_check", "lictor_decide", "lictor_has_role"},
	Prefixes: []string{"main.", "github.com_lictor_dev_lictor_"},
	Entries:  []string{"main.", "github.com_lictor_dev_lictor_runtime_table.__Engine_.Deci", "github.com_lictor_dev_lictor_runtime_table.__Engine_.HasRole"},
}

// The sections that are looked at (section 5.5.2 of the specification).
const (
	sectionCustom   = 0
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionMemory   = 5
	sectionExport   = 7
	sectionCode     = 10
)

const magic = "\x00asm\x01\x00\x00\x00"

// Module returns the rewritten module, without names and custom sections. It needs the names that "go build" writes
// without -s. The same module gives the same bytes.
func Module(module []byte, o Options) ([]byte, error) {
	m, err := read(module)
	if err != nil {
		return nil, err
	}
	if err := m.decode(); err != nil {
		return nil, err
	}
	m.follow(o)
	if err := m.rewrite(o); err != nil {
		return nil, err
	}
	return m.write(), nil
}

type section struct {
	id      byte
	content []byte
}

// module is one that was taken apart.
type module struct {
	sections []section
	imported int64
	types    []uint64 // of the functions
	exports  map[string]int64
	names    map[int64]string
	bodies   [][]byte
	code     []*body
	never    map[int64]bool  // those that are known to return, or not
	twins    map[int64]int64 // the function without places to resume at, for each that has one
	order    []int64         // those that have one, ascending
	goType   uint64          // of a function that takes where to resume, and returns whether it was left
}

// body is the code of a function.
type body struct {
	locals   []byte
	code     []instruction
	function *function // nil for one of another form
}

func read(content []byte) (*module, error) {
	if !bytes.HasPrefix(content, []byte(magic)) {
		return nil, errors.New("no WebAssembly module of version 1")
	}
	m := &module{exports: map[string]int64{}, names: map[int64]string{}, twins: map[int64]int64{}, never: map[int64]bool{}}
	r := &reader{data: content[len(magic):]}
	for len(r.data) > 0 && r.err == nil {
		s := section{id: r.byte()}
		s.content = r.sized()
		m.sections = append(m.sections, s)
		part := &reader{data: s.content}
		switch s.id {
		case sectionCustom:
			m.readNames(part)
		case sectionType:
			m.readTypes(part)
		case sectionImport:
			m.readImports(part)
		case sectionFunction:
			for range part.unsigned() {
				m.types = append(m.types, part.unsigned())
			}
		case sectionExport:
			for range part.unsigned() {
				name, kind := string(part.sized()), part.byte()
				if n := part.unsigned(); kind == 0 {
					m.exports[name] = int64(n)
				}
			}
		case sectionCode:
			for range part.unsigned() {
				m.bodies = append(m.bodies, part.sized())
			}
		}
		r.err = errors.Join(r.err, part.err)
	}
	if r.err == nil && len(m.types) != len(m.bodies) {
		r.fail("functions and bodies that differ in number")
	}
	return m, r.err
}

// readTypes finds the type of Go's functions, the first that takes an i32 and returns one.
func (m *module) readTypes(r *reader) {
	m.goType = 1 << 32
	for n := range r.unsigned() {
		r.byte()
		params, results := r.sized(), r.sized()
		if m.goType == 1<<32 && bytes.Equal(params, []byte{0x7f}) && bytes.Equal(results, []byte{0x7f}) {
			m.goType = n
		}
	}
}

// readImports counts functions; Go imports nothing else.
func (m *module) readImports(r *reader) {
	for range r.unsigned() {
		r.sized()
		r.sized()
		if kind := r.byte(); kind != 0 {
			r.fail("an import that is no function")
		}
		r.unsigned()
		m.imported++
	}
}

func (m *module) readNames(r *reader) {
	if string(r.sized()) != "name" {
		return
	}
	for len(r.data) > 0 {
		kind, part := r.byte(), &reader{data: r.sized()}
		for range part.unsigned() {
			if kind != 1 || part.err != nil {
				break
			}
			n := int64(part.unsigned())
			m.names[n] = string(part.sized())
		}
	}
}

// decode takes the functions apart.
func (m *module) decode() error {
	for n, content := range m.bodies {
		locals, code, err := decode(content)
		if err != nil {
			return fmt.Errorf("function %s: %w", m.names[m.imported+int64(n)], err)
		}
		b := &body{locals: locals, code: code}
		if m.types[n] == m.goType {
			b.function, _ = split(locals, code)
		}
		m.code = append(m.code, b)
	}
	for _, b := range m.code {
		for n := 0; b.function != nil && n < len(b.function.segments); n++ {
			b.function.segments[n] = m.ended(b.function.segments[n])
		}
	}
	return nil
}

// follow finds the functions that are written once more.
func (m *module) follow(o Options) {
	var queue []int64
	for _, name := range o.Exports {
		if n, ok := m.exports[name]; ok {
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if n < m.imported {
			continue
		}
		for _, i := range m.code[n-m.imported].code {
			if i.op != opCall || m.twins[i.n] != 0 || !m.repeated(i.n, o) {
				continue
			}
			m.twins[i.n] = -1
			m.order = append(m.order, i.n)
			queue = append(queue, i.n)
		}
	}
	slices.Sort(m.order)
	for n, of := range m.order {
		m.twins[of] = m.imported + int64(len(m.code)+n)
	}
}

func (m *module) repeated(n int64, o Options) bool {
	if n < m.imported || m.code[n-m.imported].function == nil {
		return false
	}
	if _, err := newGraph(m.code[n-m.imported].function); err != nil {
		return false
	}
	return slices.ContainsFunc(o.Prefixes, func(prefix string) bool { return strings.HasPrefix(m.names[n], prefix) })
}

// rewrite writes the code anew.
func (m *module) rewrite(o Options) error {
	sizes := 0
	for _, b := range m.code {
		if b.function == nil {
			b.code = shorten(b.code)
			sizes += b.hide()
			continue
		}
		for n, s := range b.function.segments {
			b.function.segments[n] = shorten(s)
		}
		b.code = b.function.resumable()
	}
	if sizes != 1 { // in runtime.currentMemory
		return errors.New("the module asks for the size of memory elsewhere than expected")
	}
	return m.repeat(o)
}

// repeat writes functions once more.
func (m *module) repeat(o Options) error {
	s := stack{code: map[int64][]instruction{}, asks: map[int64]bool{}, needs: map[int64]int64{}, within: map[int64]bool{}}
	for _, n := range m.order {
		code, err := m.code[n-m.imported].function.direct()
		if err != nil {
			return err
		}
		s.code[n] = code
	}
	for _, b := range m.code {
		m.redirect(b.code, func(n int64) bool {
			begins := b.function == nil || m.begins(n, o)
			s.asks[n] = s.asks[n] || begins
			return begins
		})
	}
	s.settle(m.order)
	for _, n := range m.order {
		m.redirect(s.code[n], func(int64) bool { return true })
		code, locals, first := remembering(s.code[n], m.code[n-m.imported].function.locals)
		m.code = append(m.code, &body{locals: locals, code: touching(based(code, first), first)})
		m.types = append(m.types, m.goType)
	}
	return nil
}

// begins reports whether functions that may be resumed call the twin of a function.
func (m *module) begins(n int64, o Options) bool {
	return o.Entries == nil || slices.ContainsFunc(o.Entries, func(prefix string) bool { return strings.HasPrefix(m.names[n], prefix) })
}

// hide makes a function see one page less than memory has, and returns how often it asks.
func (b *body) hide() (sizes int) {
	for at := len(b.code) - 1; at >= 0; at-- {
		if b.code[at].op == opMemorySize {
			b.code = slices.Insert(b.code, at+1, instruction{op: opI32Const, n: 1}, instruction{op: opI32Sub})
			sizes++
		}
	}
	return sizes
}

// redirect makes calls that begin a function calls of its twin, where that is wanted.
func (m *module) redirect(code []instruction, wanted func(n int64) bool) {
	for at := range code {
		if i := &code[at]; i.op == opCall && at > 0 && code[at-1].is(opI32Const, 0) && m.twins[i.n] > 0 && wanted(i.n) {
			i.n = m.twins[i.n]
		}
	}
}

func (m *module) write() []byte {
	out := []byte(magic)
	for _, s := range m.sections {
		content := s.content
		switch s.id {
		case sectionCustom:
			continue
		case sectionFunction:
			content = binary.AppendUvarint(nil, uint64(len(m.types)))
			for _, t := range m.types {
				content = binary.AppendUvarint(content, t)
			}
		case sectionMemory:
			content = spare(content)
		case sectionCode:
			content = binary.AppendUvarint(nil, uint64(len(m.code)))
			for _, b := range m.code {
				one := slices.Clone(b.locals)
				for n := range b.code {
					one = b.code[n].append(one)
				}
				one = append(one, byte(opEnd))
				content = append(binary.AppendUvarint(content, uint64(len(one))), one...)
			}
		}
		out = append(out, s.id)
		out = append(binary.AppendUvarint(out, uint64(len(content))), content...)
	}
	return out
}

// heap is how many pages of memory a module has at once that Go takes when it begins: a runtime need not move memory for them.
const heap = 18

// spare returns a memory section for memory that is a page larger than Go's program knows (rewrite), so that what is a little behind its
// end may be read.
func spare(content []byte) []byte {
	r := &reader{data: content}
	count, flags := r.unsigned(), r.byte()
	pages := r.unsigned() + heap + 1
	return append(binary.AppendUvarint(append(binary.AppendUvarint(nil, count), flags), pages), r.data...)
}
