// Package guard reads a WebAssembly module that says it is a policy compiled by OPA, refuses what does not keep to
// OPA's ABI, and rewrites the rest so that a host stays in charge of it:
//
//   - The module owns its memory, which it would import, and the memory has a bound.
//   - It asks its host now and then whether it may go on ([Tick]): at every turn of a loop, and where functions begin that
//     call one another in a circle or cost much, as soon as what it has run since it asked last is worth [Slice] bytes of
//     code. So a host can end what runs for ever, and Go's scheduler and garbage collector get their turn meanwhile.
//
// Only WebAssembly 1.0 with sign extension, multiple values and saturating conversion is accepted: no instruction
// then does an unbounded amount of work.
//
// The formats are those of the WebAssembly core specification, section 5 (binary format), and of OPA's
// documentation, "Wasm modules: ABI".
package guard

import "math"

// Tick is the id of the built-in without arguments by which a guarded module asks its host whether it may go on. The
// answer is the number of bytes it may run until it asks again; usually [Slice]. OPA's ids are not negative.
const Tick = math.MaxUint32

// Slice is how many bytes of code a module runs until it asks, give or take the length of a function. What it skips in them
// counts too, so that a policy of OPA's asks every few ten microseconds.
const Slice = 1 << 23

// The bounds of a module beside those that a caller sets.
const (
	MaxModule = 64 << 20 // bytes
	maxTable  = 1 << 16  // entries
)

// Rewrite returns a module that does what the given one does, within maxPages pages of 64 KiB of memory. The errors
// are [*FormatError], [*ImportError], [*ExportError], [*VersionError] and [*LimitError]. What is left to find for
// whoever compiles the result is whether its instructions are typed well.
func Rewrite(module []byte, maxPages uint32) ([]byte, error) {
	if len(module) > MaxModule {
		return nil, &LimitError{What: "bytes of module", Got: uint64(len(module)), Limit: MaxModule}
	}
	s, err := split(module)
	if err != nil {
		return nil, err
	}
	l, err := s.layout()
	if err != nil {
		return nil, err
	}
	if err := l.check(maxPages); err != nil {
		return nil, err
	}
	code, err := l.meter(s[sectionCode])
	if err != nil {
		return nil, err
	}
	s[sectionImport].bytes = l.imports
	s[sectionMemory].bytes = appendU32(appendU32([]byte{1, 1}, l.minPages), maxPages)
	s[sectionGlobal].bytes = l.withFuel(s[sectionGlobal].bytes)
	s[sectionCode].bytes = code
	return s.join(), nil
}
