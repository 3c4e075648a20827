package rego_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
)

// itemWriter makes random items of conditions, whose operands are of the type that an operation takes, mostly.
type itemWriter struct {
	*rand.Rand
	scope []*term // variables in scope
	kinds []string
	names int
}

func oneOf[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func literal(text string, v any) *term { return &term{op: "literal", name: text, val: v} }

func number(n int64) *term { return literal(strconv.FormatInt(n, 10), big.NewRat(n, 1)) }

func quoted(s string) *term { return literal(`"`+s+`"`, s) }

func apply(op string, args ...*term) *term {
	t := &term{op: op, args: args}
	for _, a := range args {
		t.uses = append(t.uses, a.uses...)
	}
	return t
}

func field(x *term, name string) *term {
	t := apply("member", x)
	t.name, t.val = "."+name, name
	return t
}

func (w *itemWriter) each(x *term) *term {
	t := apply("each", x)
	t.name = "_"
	t.uses = append(slices.Clone(t.uses), "_")
	return t
}

// names of members, by the kind of their value.
var members = map[string]string{"number": "a", "text": "s", "boolean": "t", "numbers": "xs", "objects": "us", "object": "m"}

// ref reads a value of a kind from the request or from a variable.
func (w *itemWriter) ref(kind string) *term {
	var of, objects []*term
	for i, v := range w.scope {
		if w.kinds[i] == kind {
			of = append(of, v)
		}
		if w.kinds[i] == "object" {
			objects = append(objects, v)
		}
	}
	if len(of) > 0 && w.IntN(3) > 0 {
		return oneOf(w.Rand, of...)
	}
	if len(objects) > 0 && kind != "objects" && kind != "object" && w.IntN(3) > 0 {
		return field(oneOf(w.Rand, objects...), members[kind])
	}
	return w.read(kind)
}

// read reads a value of a kind from the request.
func (w *itemWriter) read(kind string) *term {
	context := &term{op: "root", name: "context"}
	switch w.IntN(6) {
	case 0:
		if kind == "number" {
			return w.below(w.ref("numbers"))
		}
		if kind == "object" {
			return w.below(w.ref("objects"))
		}
	case 1:
		if kind != "objects" && kind != "object" {
			return field(w.ref("object"), members[kind])
		}
	}
	return field(context, members[kind])
}

// below is an item of a list.
func (w *itemWriter) below(list *term) *term {
	switch w.IntN(4) {
	case 0:
		return apply("index", list, number(w.Int64N(2)))
	case 1:
		return apply("index", list, field(&term{op: "root", name: "context"}, "a"))
	}
	return w.each(list)
}

var kinds = []string{"number", "text", "boolean", "numbers", "objects", "object", "set"}

// operand is a term of a kind, mostly; depth bounds it.
func (w *itemWriter) operand(kind string, depth int) *term {
	if w.IntN(40) == 0 {
		kind = oneOf(w.Rand, kinds...)
	}
	if kind == "set" {
		return w.set(depth)
	}
	if depth <= 0 || w.IntN(2) == 0 {
		return w.ref(kind)
	}
	switch kind {
	case "number":
		return w.number(depth - 1)
	case "text":
		return oneOf(w.Rand, quoted("a"), apply("lower", w.operand("text", depth-1)), apply("concat", quoted(","), w.collect(depth-1, "[]", "text")))
	case "boolean":
		return w.test(depth - 1)
	case "numbers":
		return oneOf(w.Rand, apply("[]", w.operand("number", depth-1), w.operand("number", depth-1)), w.collect(depth-1, "[]", "number"))
	case "objects":
		return w.collect(depth-1, "[]", "object")
	}
	return oneOf(w.Rand, w.collect(depth-1, "{}", "text", "number"),
		apply("{:}", quoted("a"), w.operand("number", depth-1), quoted("s"), w.operand("text", depth-1)))
}

func (w *itemWriter) number(depth int) *term {
	switch w.IntN(6) {
	case 0:
		return apply(oneOf(w.Rand, "+", "-", "*", "%"), w.ref("number"), oneOf(w.Rand, number(2), w.ref("number")))
	case 1:
		return apply("count", w.operand(oneOf(w.Rand, "numbers", "object", "objects", "set", "text"), depth))
	case 2:
		return apply(oneOf(w.Rand, "max", "sum"), w.operand(oneOf(w.Rand, "numbers", "set"), depth))
	case 3:
		return apply("object.get", w.operand("object", depth), quoted("a"), w.operand("number", depth))
	case 4:
		return w.below(w.operand("numbers", depth))
	}
	return number(w.Int64N(4))
}

func (w *itemWriter) set(depth int) *term {
	switch {
	case depth > 0 && w.IntN(3) == 0:
		return apply(oneOf(w.Rand, "|", "&", "-"), w.set(depth-1), w.set(depth-1))
	case w.IntN(2) == 0:
		return apply("{}", w.operand("number", depth-1), number(1))
	}
	return w.collect(depth-1, "{}", "number")
}

// test is a term that is true or false.
func (w *itemWriter) test(depth int) *term {
	kind := oneOf(w.Rand, kinds...)
	switch w.IntN(12) {
	case 0:
		return w.ref("boolean")
	case 1:
		return apply("in", w.operand("number", depth-1), w.operand(oneOf(w.Rand, "numbers", "set"), depth-1))
	case 2:
		return apply("startswith", w.operand("text", depth-1), quoted("a"))
	case 3:
		return apply(oneOf(w.Rand, "is_string", "is_number"), w.operand(kind, depth-1))
	case 4, 5:
		return apply(oneOf(w.Rand, "==", "!="), w.operand(kind, depth-1), w.operand(kind, depth-1))
	case 6:
		return apply(oneOf(w.Rand, "<", ">="), w.operand("text", depth-1), w.operand("text", depth-1))
	}
	return apply(oneOf(w.Rand, "==", "<", "<=", ">", ">="), w.operand("number", depth-1), w.operand("number", depth-1))
}

// collect is a comprehension, of pairs if there are two kinds.
func (w *itemWriter) collect(depth int, brackets string, heads ...string) *term {
	outer := len(w.scope)
	t := &term{op: "collect", name: brackets, body: []*statement{w.loop(depth)}}
	for range w.IntN(2) {
		t.body = append(t.body, w.statement(depth))
	}
	for _, kind := range heads {
		t.args = append(t.args, w.operand(kind, 0))
	}
	for _, a := range t.args {
		t.uses = append(t.uses, a.uses...)
	}
	t.uses = w.close(outer, append(t.uses, usesOf(t.body)...))
	return t
}

// close ends a body, and returns which of the variables that it uses are from outside.
func (w *itemWriter) close(outer int, uses []string) []string {
	var from []string
	for _, v := range w.scope[:outer] {
		if slices.Contains(uses, v.name) {
			from = append(from, v.name)
		}
	}
	w.scope, w.kinds = w.scope[:outer], w.kinds[:outer]
	return from
}

func usesOf(body []*statement) (all []string) {
	for _, s := range body {
		all = append(all, s.uses...)
	}
	return all
}

func (w *itemWriter) declare(kind string, ground bool) string {
	w.names++
	name := "x" + strconv.Itoa(w.names)
	v := &term{op: "local", name: name}
	if !ground {
		v.uses = []string{name}
	}
	w.scope, w.kinds = append(w.scope, v), append(w.kinds, kind)
	return name
}

// variables declares those of a loop, over what is returned.
func (w *itemWriter) variables(s *statement, depth int) {
	switch w.IntN(5) {
	case 0:
		s.value = w.operand("set", depth-1)
		s.names = []string{w.declare("number", false)}
	case 1, 2:
		s.value = w.operand("numbers", depth-1)
		if w.IntN(2) == 0 {
			s.names = []string{w.declare("number", false)}
		}
		s.names = append(s.names, w.declare("number", false))
	case 3:
		s.value = w.operand("objects", depth-1)
		s.names = []string{w.declare("object", false)}
	default:
		s.value = w.operand("object", depth-1)
		s.names = []string{w.declare("text", false), w.declare("any", false)}
	}
}

func (w *itemWriter) loop(depth int) *statement {
	s := &statement{kind: "some"}
	w.variables(s, depth)
	s.uses = append(slices.Clone(s.value.uses), s.names...)
	return s
}

func (w *itemWriter) statement(depth int) *statement {
	switch w.IntN(10) {
	case 0:
		return w.loop(depth)
	case 1:
		kind := oneOf(w.Rand, kinds...)
		s := &statement{kind: "let", value: w.operand(kind, depth)}
		s.uses = s.value.uses
		s.names = []string{w.declare(kind, s.value.isGround())}
		if s.value.op == "local" { // another name of the same
			s.uses, w.scope[len(w.scope)-1].uses = nil, s.value.uses
		}
		return s
	case 2:
		s := &statement{kind: "pattern", value: w.operand("numbers", depth)}
		ground := s.value.isGround()
		s.names = []string{w.declare("number", ground), w.declare("number", ground)}
		s.uses = s.value.uses
		if !ground {
			s.uses = append(slices.Clone(s.value.uses), s.names...)
		}
		return s
	case 3:
		return w.every(depth)
	case 4, 5:
		s := &statement{kind: "not", value: w.test(depth)}
		s.uses = slices.DeleteFunc(slices.Clone(s.value.uses), func(name string) bool { return name == "_" })
		return s
	default:
		s := &statement{kind: "test", value: w.test(depth)}
		s.uses = s.value.uses
		return s
	}
}

func (w *itemWriter) every(depth int) *statement {
	s := &statement{kind: "every"}
	outer := len(w.scope)
	w.variables(s, depth)
	for range 1 + w.IntN(2) {
		s.body = append(s.body, w.statement(depth-1))
	}
	s.uses = append(w.close(outer, usesOf(s.body)), s.value.uses...)
	return s
}

// item is a whole one, with its text.
func (w *itemWriter) item() ([]*statement, string) {
	w.scope, w.kinds, w.names = nil, nil, 0
	var body []*statement
	for range 1 + w.IntN(3) {
		body = append(body, w.statement(3))
	}
	return body, bodyText(body, "; ")
}
