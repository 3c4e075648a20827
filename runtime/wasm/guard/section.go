package guard

import "bytes"

// The sections, in the order of a module.
const (
	sectionCustom = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionCount
)

var magic = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

type section struct {
	bytes  []byte // nil: it is not there
	offset int    // in the module
}

func (s section) reader() *reader { return &reader{bytes: s.bytes, base: s.offset} }

// sections are a module without its custom ones.
type sections [sectionCount]section

func split(module []byte) (*sections, error) {
	s := &sections{}
	if !bytes.HasPrefix(module, magic) {
		return nil, &FormatError{Reason: "no WebAssembly 1.0"}
	}
	r := &reader{bytes: module, at: len(magic)}
	for last := byte(0); r.more(); {
		id := r.byte()
		size := r.u32()
		offset := r.at
		content := r.take(size)
		switch {
		case r.err != nil:
		case id == sectionCustom:
			continue
		case id >= sectionCount:
			r.fail("section of kind %d", id)
		case id <= last:
			r.fail("section of kind %d after one of kind %d", id, last)
		default:
			s[id], last = section{content, offset}, id
		}
	}
	return s, r.err
}

func (s *sections) join() []byte {
	size := len(magic)
	for _, part := range s {
		size += len(part.bytes) + 6
	}
	out := append(make([]byte, 0, size), magic...)
	for id, part := range s {
		if part.bytes != nil {
			out = append(appendU32(append(out, byte(id)), uint32(len(part.bytes))), part.bytes...)
		}
	}
	return out
}
