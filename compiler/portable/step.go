package portable

import "slices"

// step is one part of a body that is evaluated on its own.
type step struct {
	kind     kind
	name     string   // bind, collect: what it gives a value; loop, every: the variable of values, "" for none
	key      string   // loop, every: the variable of keys, "" for none
	text     string   // bind, filter: Rego; loop, every: the name of the collection; collect: what is collected
	uses     []string // names that text refers to
	brackets string   // collect: the two around it
	inner    *scope   // collect, every: the body
	level    int      // of what it depends on, see expr
	fallible bool     // bind: it may have no value
}

type kind uint8

const (
	bind    kind = iota // name := text
	filter              // text holds or does not
	loop                // some key, name in text
	collect             // name := [text | inner]
	every               // every key, name in text { inner }
)

// scope is a body: of the item, of a comprehension, of "every" or of what is negated.
type scope struct {
	outer   *scope
	nest    int // 1 for the body of the item
	negated bool
	ordered bool // what it gives stands in an array, so the order of its loops tells
	steps   []step
	vars    map[string]*variable
}

// variable is a local variable as it is written.
type variable struct {
	value *expr // nil while it has none
}

// expr is a value in Rego.
type expr struct {
	text     string
	uses     []string // names in the text
	level    int      // 0: made of constants and the request alone; else the nest of the innermost variable in it
	fallible bool     // it may have no value
	simple   bool     // it is a name or a constant
	constant bool
	typed    bool // OPA knows more of its type than that it is any value, and refuses what cannot be below it
	truth    truth
}

// truth is what is known of a value.
type truth uint8

const (
	perhaps truth = iota // it may be a boolean
	always               // it is a boolean
	never                // it is none
)

// open begins a body.
func (r *reader) open(outer *scope) *scope {
	s := &scope{outer: outer, nest: 1, vars: map[string]*variable{}}
	if outer != nil {
		s.nest = outer.nest + 1
	}
	return s
}

// find returns the variable of a name; nil if there is none.
func (s *scope) find(name string) *variable {
	for ; s != nil; s = s.outer {
		if v := s.vars[name]; v != nil {
			return v
		}
	}
	return nil
}

// loops reports whether the steps give values to variables.
func (s *scope) loops() bool {
	return slices.ContainsFunc(s.steps, step.binds)
}

// binds reports whether a step gives values to variables, none or many.
func (st step) binds() bool { return st.kind == loop }

// hold gives an expression a name, unless it needs none: at the top where it depends on no variable, else in s.
func (r *reader) hold(s *scope, e expr) expr {
	if e.simple {
		return e
	}
	if name, known := r.named[e.text]; known && e.level == 0 {
		return expr{text: name, uses: []string{name}, simple: true, truth: e.truth, typed: e.typed}
	}
	held := r.fresh("", e.level)
	held.truth, held.typed = e.truth, e.typed
	r.place(s, step{kind: bind, name: held.text, text: e.text, uses: e.uses, level: e.level, fallible: e.fallible})
	if e.level == 0 {
		r.named[e.text] = held.text
	}
	return held
}

// place adds a step that gives a name a value.
func (r *reader) place(s *scope, st step) {
	if st.level == 0 {
		r.item.ground = append(r.item.ground, st)
		return
	}
	s.steps = append(s.steps, st)
}

// fresh returns a new name, which tells the variable it stands for.
func (r *reader) fresh(variable string, level int) expr {
	r.names++
	name := "v" + itoa(r.names)
	if variable != "" {
		name = variable + "_" + itoa(r.names)
	}
	r.levels[name] = level
	return expr{text: name, uses: []string{name}, level: level, simple: true}
}

// free returns the level of a body for those around it: of the innermost variable from outside that it, or what is
// collected from it, refers to.
func (r *reader) free(s *scope, uses []string) int {
	level := 0
	for _, name := range append(s.uses(), uses...) {
		if l := r.levels[name]; l < s.nest {
			level = max(level, l)
		}
	}
	return level
}

// uses lists the names that a body refers to.
func (s *scope) uses() []string {
	var all []string
	for i := range s.steps {
		all = append(all, s.steps[i].uses...)
		if inner := s.steps[i].inner; inner != nil {
			all = append(all, inner.uses()...)
		}
	}
	return all
}
