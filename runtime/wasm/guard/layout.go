package guard

import (
	"slices"
	"strings"
)

// layout is what has to be known of a module to check and to meter it.
type layout struct {
	types     []string // signatures as [signature] writes them
	functions []uint32 // types, imported functions first
	imported  int      // how many functions are imported
	tick      uint32   // index of opa_builtin0
	imports   []byte   // the import section without memory

	minPages uint32
	table    uint32  // entries
	globals  []int64 // initial values
	exports  map[string]export
}

type export struct {
	kind  byte
	index uint32
}

// The kinds of imports and exports.
const (
	kindFunction = iota
	kindTable
	kindMemory
	kindGlobal
)

func (s *sections) layout() (*layout, error) {
	l := &layout{exports: map[string]export{}}
	for _, step := range []struct {
		id   int
		read func(*reader)
	}{
		{sectionType, l.readTypes},
		{sectionImport, l.readImports},
		{sectionFunction, l.readFunctions},
		{sectionTable, l.readTable},
		{sectionGlobal, l.readGlobals},
		{sectionExport, l.readExports},
		{sectionData, l.readData},
	} {
		r := s[step.id].reader()
		if s[step.id].bytes == nil {
			continue
		}
		step.read(r)
		if r.more() {
			r.fail("section is longer than what it holds")
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	if s[sectionMemory].bytes != nil {
		return nil, &FormatError{s[sectionMemory].offset, "a memory beside the one that is imported"}
	}
	return l, nil
}

// signature writes a type as "iI:i": a letter for each parameter, then for each result.
func signature(params, results []byte) string {
	letters := strings.NewReplacer("\x7f", "i", "\x7e", "I", "\x7d", "f", "\x7c", "F")
	return letters.Replace(string(params)) + ":" + letters.Replace(string(results))
}

func (l *layout) readTypes(r *reader) {
	for range r.u32() {
		if form := r.byte(); form != 0x60 {
			r.fail("type of form 0x%02x", form)
		}
		params := r.take(r.u32())
		l.types = append(l.types, signature(params, r.take(r.u32())))
		if r.err != nil {
			break
		}
	}
}

// hostFunctions are what OPA's ABI lets a module import, by name.
var hostFunctions = map[string]string{
	"opa_abort": "i:", "opa_println": "i:",
	"opa_builtin0": "ii:i", "opa_builtin1": "iii:i", "opa_builtin2": "iiii:i", "opa_builtin3": "iiiii:i", "opa_builtin4": "iiiiii:i",
}

// readImports keeps the imported functions and takes the bounds of the memory.
func (l *layout) readImports(r *reader) {
	var kept []byte
	memory, tick := false, false
	for range r.u32() {
		start := r.at
		from, name, kind := r.name(), r.name(), r.byte()
		switch {
		case r.err != nil:
			return
		case from != "env":
			r.refuse(&ImportError{from, name, "not in OPA's ABI"})
			return
		case kind == kindMemory && name == "memory" && !memory:
			l.minPages = r.limits()
			memory = true
			continue
		case kind != kindFunction || hostFunctions[name] == "":
			r.refuse(&ImportError{from, name, "not in OPA's ABI"})
			return
		}
		t := r.u32()
		if int(t) >= len(l.types) || l.types[t] != hostFunctions[name] {
			r.refuse(&ImportError{from, name, "not of the type that OPA's ABI gives it"})
			return
		}
		if name == "opa_builtin0" {
			l.tick, tick = uint32(len(l.functions)), true
		}
		l.functions = append(l.functions, t)
		kept = append(kept, r.bytes[start:r.at]...)
	}
	l.imported = len(l.functions)
	l.imports = append(appendU32(nil, uint32(l.imported)), kept...)
	switch {
	case r.err != nil:
	case !memory:
		r.refuse(&ImportError{"env", "memory", "not imported"})
	case !tick:
		r.refuse(&ImportError{"env", "opa_builtin0", "not imported"})
	}
}

func (l *layout) readFunctions(r *reader) {
	for range r.u32() {
		t := r.u32()
		if r.err != nil {
			break
		}
		if int(t) >= len(l.types) {
			r.fail("function of type %d of %d", t, len(l.types))
		}
		l.functions = append(l.functions, t)
	}
}

func (l *layout) readTable(r *reader) {
	if n := r.u32(); n > 1 {
		r.fail("%d tables", n)
	}
	if r.more() {
		if kind := r.byte(); kind != 0x70 {
			r.fail("table of 0x%02x", kind)
		}
		l.table = r.limits()
	}
}

func (l *layout) readGlobals(r *reader) {
	for range r.u32() {
		r.take(2) // type and whether it may change
		l.globals = append(l.globals, r.constant())
		if r.err != nil {
			break
		}
	}
}

func (l *layout) readExports(r *reader) {
	for range r.u32() {
		name, kind, index := r.name(), r.byte(), r.u32()
		if r.err != nil {
			break
		}
		if _, twice := l.exports[name]; twice {
			r.refuse(&ExportError{name, "exported twice"})
		}
		if kind == kindGlobal && int(index) >= len(l.globals) {
			r.fail("export of global %d of %d", index, len(l.globals))
		}
		l.exports[name] = export{kind, index}
	}
}

// withFuel adds a global to those of the module: how much it may run until it asks its host.
func (l *layout) withFuel(section []byte) []byte {
	r := &reader{bytes: section}
	r.u32()
	out := appendU32(nil, uint32(len(l.globals)+1))
	out = append(out, section[r.at:]...)
	return append(appendS32(append(out, 0x7f, 1, 0x41), Slice), opEnd)
}

// The version of OPA's ABI that is accepted: this one, and later minor ones.
const (
	Major    = 1
	MinMinor = 3
)

// required are the functions of OPA's ABI that a host needs.
var required = map[string]string{
	"opa_eval": "iiiiiii:i", "opa_malloc": "i:i", "opa_json_parse": "ii:i", "opa_json_dump": "i:i",
	"opa_heap_ptr_get": ":i", "opa_heap_ptr_set": "i:", "opa_heap_blocks_stash": ":", "builtins": ":i", "entrypoints": ":i",
}

// check looks for what OPA's ABI promises, the version first: another one may promise something else.
func (l *layout) check(maxPages uint32) error {
	major, err := l.version("opa_wasm_abi_version")
	if err != nil {
		return err
	}
	minor, err := l.version("opa_wasm_abi_minor_version")
	switch {
	case err != nil:
		return err
	case major != Major || minor < MinMinor:
		return &VersionError{major, minor}
	case l.minPages > maxPages:
		return &LimitError{"pages of memory", uint64(l.minPages), uint64(maxPages)}
	case l.table > maxTable:
		return &LimitError{"table entries", uint64(l.table), maxTable}
	}
	names := make([]string, 0, len(required))
	for name := range required {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch e, found := l.exports[name]; {
		case !found:
			return &ExportError{name, "missing"}
		case e.kind != kindFunction || int(e.index) >= len(l.functions) || l.types[l.functions[e.index]] != required[name]:
			return &ExportError{name, "not of the type that OPA's ABI gives it"}
		}
	}
	return nil
}

func (l *layout) version(name string) (int32, error) {
	e, found := l.exports[name]
	switch {
	case !found:
		return 0, &ExportError{name, "missing"}
	case e.kind != kindGlobal:
		return 0, &ExportError{name, "not a global"}
	}
	return int32(l.globals[e.index]), nil
}
