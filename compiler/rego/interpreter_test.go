package rego_test

import (
	"slices"
	"strings"
)

// term is an operand of an item of a condition, and statement an expression of a body. They are interpreted slowly, from
// what is promised of conditions alone:
//
//   - what is made of constants and the request alone (ground) is evaluated wherever it stands, and what it says keeps
//     nothing from being evaluated; so are a comprehension and what is negated, if all their variables are their own;
//   - what depends on a variable is evaluated, from left to right, for the values that what stands before leaves;
//   - a pattern is a part without a value where what it stands for has another shape;
//   - one part without a value makes the whole item unknown.
type term struct {
	op   string // of a table of operations below, or "literal", "root", "local", "member", "index", "each", "collect"
	name string // of a variable, a root or a member; the brackets of a collection
	args []*term
	body []*statement // of what is collected
	val  any          // of a literal
	uses []string     // variables that are not ground; "_" for a wildcard
}

// statement is a test, or gives variables their values.
type statement struct {
	kind  string // "test", "not", "some", "every", "let" or "pattern"
	names []string
	value *term
	body  []*statement
	uses  []string
}

func (t *term) isGround() bool { return len(t.uses) == 0 }

// none is what an interpreter panics with where something has no value.
type none struct{}

func must(ok bool) {
	if !ok {
		panic(none{})
	}
}

type interpreter struct {
	input  map[string]any
	ground map[string]any // variables that stand for something ground
}

// solution is what variables are at a place. It is not live when a test of something ground failed.
type solution struct {
	vars *binding
	dead bool
}

type binding struct {
	name  string
	value any
	outer *binding
}

type found struct {
	value any
	vars  *binding
}

// interpret returns what an item is in an environment: "true", "false" or "unknown".
func interpret(item []*statement, input map[string]any) (truth string) {
	in := &interpreter{input, map[string]any{}}
	defer func() {
		if p := recover(); p == (none{}) {
			truth = "unknown"
		} else if p != nil {
			panic(p)
		}
	}()
	in.prepare(item)
	if holds(in.run(item, solution{})) {
		return "true"
	}
	return "false"
}

func holds(all []solution) bool {
	return slices.ContainsFunc(all, func(s solution) bool { return !s.dead })
}

// prepare evaluates what is ground, anywhere in a body.
func (in *interpreter) prepare(body []*statement) {
	for _, s := range body {
		in.prepareTerm(s.value)
		if (s.kind == "not" || s.kind == "every") && len(s.uses) == 0 {
			in.step(s, solution{})
		}
		if s.value.isGround() {
			v := in.eval(s.value, nil)[0].value
			switch s.kind {
			case "test", "not":
				boolean(v)
			case "some", "every":
				entries(v)
			case "let":
				in.ground[s.names[0]] = v
			case "pattern":
				p := pair(v)
				in.ground[s.names[0]], in.ground[s.names[1]] = p[0], p[1]
			}
		}
		in.prepare(s.body)
	}
}

func (in *interpreter) prepareTerm(t *term) {
	in.prepare(t.body)
	for _, a := range t.args {
		in.prepareTerm(a)
	}
	if t.op == "collect" || t.op == "[]" || t.op == "{}" || t.op == "{:}" {
		in.prepareItems(t)
	}
	switch {
	case t.isGround():
		in.eval(t, nil)
	case t.op == "each" && t.args[0].isGround():
		entries(in.eval(t.args[0], nil)[0].value)
	}
}

// prepareItems looks at what is ground of what a collection is made of: names and values.
func (in *interpreter) prepareItems(t *term) {
	for i, a := range t.args {
		if !a.isGround() {
			continue
		}
		v := in.eval(a, nil)[0].value
		if isName := i%2 == 0 && (t.op == "{:}" || len(t.args) == 2 && t.op == "collect"); isName {
			str(v)
		} else {
			exact(v)
		}
	}
}

func (in *interpreter) run(body []*statement, start solution) []solution {
	all := []solution{start}
	for _, s := range body {
		var next []solution
		for _, before := range all {
			next = append(next, in.step(s, before)...)
		}
		all = next
	}
	return all
}

func (in *interpreter) step(s *statement, at solution) (next []solution) {
	switch s.kind {
	case "every":
		for _, f := range in.eval(s.value, at.vars) {
			good := true
			for _, e := range entries(f.value) {
				good = holds(in.run(s.body, solution{vars: bind(f.vars, s.names, e)})) && good
			}
			next = append(next, solution{f.vars, at.dead}.leave(good, len(s.uses) == 0)...)
		}
	case "some":
		for _, f := range in.eval(s.value, at.vars) {
			for _, e := range entries(f.value) {
				next = append(next, solution{bind(f.vars, s.names, e), at.dead})
			}
		}
	case "let":
		if _, ok := in.variable(s.value.name, at.vars); s.value.op == "local" && !ok {
			return []solution{at} // another name that nobody uses, of a variable that nothing else uses either
		}
		for _, f := range in.eval(s.value, at.vars) {
			next = append(next, solution{&binding{s.names[0], f.value, f.vars}, at.dead})
		}
	case "pattern":
		for _, f := range in.eval(s.value, at.vars) {
			next = append(next, solution{bind(f.vars, s.names, pair(f.value)), at.dead})
		}
	case "not":
		good := true
		for _, f := range in.eval(s.value, at.vars) {
			good = !boolean(f.value) && good
		}
		return at.leave(good, len(s.uses) == 0)
	default:
		for _, f := range in.eval(s.value, at.vars) {
			next = append(next, solution{f.vars, at.dead}.leave(boolean(f.value), len(s.uses) == 0)...)
		}
	}
	return next
}

// leave is what a test leaves of a solution.
func (s solution) leave(good, ground bool) []solution {
	if ground {
		return []solution{{s.vars, s.dead || !good}}
	}
	if good {
		return []solution{s}
	}
	return nil
}

// pair returns the two items of an array that has two.
func pair(v any) [2]any {
	items, ok := v.([]any)
	must(ok && len(items) == 2)
	return [2]any{items[0], items[1]}
}

// bind gives variables a pair of values: one name stands for the second.
func bind(vars *binding, names []string, pair [2]any) *binding {
	if len(names) == 2 {
		vars = &binding{names[0], pair[0], vars}
	}
	return &binding{names[len(names)-1], pair[1], vars}
}

// eval returns the values of a term: many where a wildcard runs over them.
func (in *interpreter) eval(t *term, vars *binding) []found {
	switch t.op {
	case "literal":
		return []found{{t.val, vars}}
	case "root":
		v, ok := in.input[t.name]
		must(ok)
		return []found{{v, vars}}
	case "local":
		v, ok := in.variable(t.name, vars)
		if !ok {
			panic("BUG: " + t.name + " has no value")
		}
		return []found{{v, vars}}
	case "collect":
		return []found{{in.collect(t, vars), vars}}
	case "each":
		var all []found
		for _, f := range in.eval(t.args[0], vars) {
			for _, e := range entries(f.value) {
				next := f.vars
				if t.name != "_" {
					next = &binding{t.name, e[0], next}
				}
				all = append(all, found{e[1], next})
			}
		}
		return all
	}
	var all []found
	for _, f := range in.product(t.args, vars) {
		all = append(all, found{operate(t, f.value.([]any)), f.vars})
	}
	return all
}

func (in *interpreter) variable(name string, vars *binding) (any, bool) {
	for ; vars != nil; vars = vars.outer {
		if vars.name == name {
			return vars.value, true
		}
	}
	v, ok := in.ground[name]
	return v, ok
}

// product returns the values of terms as arrays, from left to right.
func (in *interpreter) product(terms []*term, vars *binding) []found {
	all := []found{{[]any{}, vars}}
	for _, t := range terms {
		var next []found
		for _, before := range all {
			for _, f := range in.eval(t, before.vars) {
				next = append(next, found{append(slices.Clone(before.value.([]any)), f.value), f.vars})
			}
		}
		all = next
	}
	return all
}

func (in *interpreter) collect(t *term, vars *binding) any {
	var items []any
	pairs := map[string]any{}
	for _, s := range in.run(t.body, solution{vars: vars}) {
		for _, f := range in.product(t.args, s.vars) {
			heads := f.value.([]any)
			head := exact(heads[len(heads)-1])
			name := ""
			if len(heads) == 2 {
				name = str(heads[0])
			}
			if s.dead {
				continue
			}
			if old, taken := pairs[name]; len(heads) == 2 && taken {
				must(collate(old, head) == 0)
			}
			items, pairs[name] = append(items, head), head
		}
	}
	switch {
	case len(t.args) == 2:
		return pairsOf(t, pairs, items)
	case t.name == "{}":
		return setOf(items)
	}
	return append([]any{}, items...)
}

func pairsOf(_ *term, pairs map[string]any, items []any) map[string]any {
	if len(items) == 0 {
		return map[string]any{}
	}
	return pairs
}

// String returns the text of a term.
func (t *term) String() string {
	args := make([]string, len(t.args))
	for i, a := range t.args {
		args[i] = a.String()
	}
	switch t.op {
	case "literal", "root", "local":
		return t.name
	case "member":
		return args[0] + t.name
	case "index":
		return args[0] + "[" + args[1] + "]"
	case "each":
		return args[0] + "[" + t.name + "]"
	case "collect":
		return t.name[:1] + strings.Join(args, ": ") + " | " + bodyText(t.body, "; ") + t.name[1:]
	case "[]", "{}":
		return t.op[:1] + strings.Join(args, ", ") + t.op[1:]
	case "{:}":
		var members []string
		for i := 0; i < len(args); i += 2 {
			members = append(members, args[i]+": "+args[i+1])
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	if strings.ContainsAny(t.op, "=<>+-*%|&!") || t.op == "in" {
		return "(" + args[0] + " " + t.op + " " + args[1] + ")"
	}
	return t.op + "(" + strings.Join(args, ", ") + ")"
}

func bodyText(body []*statement, separator string) string {
	var all []string
	for _, s := range body {
		text := s.value.String()
		switch s.kind {
		case "some":
			text = "some " + strings.Join(s.names, ", ") + " in " + text
		case "every":
			text = "every " + strings.Join(s.names, ", ") + " in " + text + " { " + bodyText(s.body, "; ") + " }"
		case "let":
			text = s.names[0] + " := " + text
		case "pattern":
			text = "[" + strings.Join(s.names, ", ") + "] := " + text
		case "not":
			text = "not " + text
		}
		all = append(all, text)
	}
	return strings.Join(all, separator)
}
