package value

import (
	"fmt"
	"strings"
)

// maxPicked is how many members a plan can name.
const maxPicked = 24

// Plan names members of an object, and members of those, that whoever reads a text wants at hand: [Plan.Parse] finds
// them while it reads, which saves walking over the value afterwards. A Plan is immutable and safe for concurrent use.
type Plan struct {
	paths int
	root  planned
}

// planned is one named member, and what is named below it.
type planned struct {
	name    string
	slot    int // -1 for the root
	members []*planned
}

// NewPlan returns the plan for members with the given paths, such as "subject" and "subject.id". What stands on the way
// must be named before. It panics where that is not so.
func NewPlan(paths ...string) *Plan {
	p := &Plan{paths: len(paths), root: planned{slot: -1}}
	if len(paths) > maxPicked {
		panic(fmt.Sprintf("BUG: a plan of more than %d members", maxPicked))
	}
	for slot, path := range paths {
		at := &p.root
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			if at = at.find([]byte(name)); at == nil {
				panic("BUG: a plan that names " + path + " before what it is in")
			}
		}
		at.members = append(at.members, &planned{name: names[len(names)-1], slot: slot})
	}
	return p
}

// find returns the named member, nil when the name means nothing here.
func (p *planned) find(name []byte) *planned {
	for _, m := range p.members {
		if m.name == string(name) {
			return m
		}
	}
	return nil
}

// span is a part of the parser's buffer; the zero span is none.
type span struct{ start, end uint32 }

// Parse is [Parse] for a text that may hold the members of the plan. It sets picked, which must be as long as the plan,
// to them in the order of their paths: Missing for one that is not there, or not in an object. The text must be shorter
// than 512 MiB.
func (p *Plan) Parse(dst, text []byte, picked []Value) (buf []byte, v Value, err error) {
	reader := parser{text: text, dst: dst}
	clear(picked)
	if buf, v, err = reader.whole(&p.root); err != nil {
		return buf, v, err
	}
	for i := range picked[:p.paths] {
		if s := reader.spans[i]; s.end > 0 {
			picked[i] = Value(buf[s.start:s.end:s.end])
		}
	}
	return buf, v, nil
}
