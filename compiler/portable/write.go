package portable

import (
	"slices"
	"strings"
)

// Write writes the rules of an item, whose names begin with name: the rule of that name is true, false, or undefined when
// the item cannot be evaluated. They refer to packages lictor.operators, lictor.builtins and custom.
func (i *Item) Write(b *strings.Builder, name string) {
	w := writer{item: i, name: name, out: b}
	faults := w.faults()
	if len(i.body.steps) == 1 && i.body.steps[0].kind == filter && faults == "" && i.body.steps[0].level == 0 {
		w.direct(&i.body.steps[0])
		return
	}
	w.general(faults)
}

type writer struct {
	item *Item
	name string
	out  *strings.Builder

	functions int // written so far
}

// direct writes an item that is one value.
func (w *writer) direct(value *step) {
	text := strings.TrimSuffix(value.text, " == true")
	if negated, isNegated := strings.CutSuffix(value.text, " == false"); isNegated {
		text = "operators.negate(" + negated + ")"
	}
	w.rule(w.name+" := "+text, ground(w.item.ground, value.uses))
}

// general writes an item in three rules: whether all that it is made of has a value, whether it holds, and what it is.
func (w *writer) general(faults string) {
	lines := ground(w.item.ground, nil)
	if faults != "" {
		lines = append(lines, "not "+w.name+"_fault")
	}
	holds, _ := lively(append(slices.Clone(w.item.ground), w.item.body.steps...), nil)
	w.out.WriteString("\n" + w.name + " := true if {\n\t" + w.name + "_defined\n\t" + w.name + "_holds\n} else := false if {\n\t" + w.name + "_defined\n}\n")
	w.rule(w.name+"_defined", lines)
	w.out.WriteString(faults)
	w.rule(w.name+"_holds", holds)
}

// rule writes one rule, whose body may be empty.
func (w *writer) rule(head string, body []string) {
	if len(body) == 0 {
		body = []string{"true"}
	}
	w.out.WriteString("\n" + head + " if {\n\t" + strings.Join(body, "\n\t") + "\n}\n")
}

// ground writes the steps that may have no value, and those that these or uses need.
func ground(steps []step, uses []string) []string {
	needed := map[string]bool{}
	for _, name := range uses {
		needed[name] = true
	}
	return written(steps, needed, true)
}

// lively writes steps without those that only give names to what nobody needs, and returns the names that are needed.
func lively(steps []step, uses []string) ([]string, map[string]bool) {
	needed := map[string]bool{}
	for _, name := range uses {
		needed[name] = true
	}
	return written(steps, needed, false), needed
}

// written writes steps from the last to the first, so that it is known what is needed of each. With fallible, steps that
// may have no value are written also if nobody needs it.
func written(steps []step, needed map[string]bool, fallible bool) []string {
	var lines []string
	for i := len(steps) - 1; i >= 0; i-- {
		st := &steps[i]
		isNamed := st.kind == bind || st.kind == collect
		if isNamed && !needed[st.name] && (!fallible || !st.fallible) {
			continue
		}
		lines = append(lines, st.line(needed))
		for _, name := range st.uses {
			needed[name] = true
		}
	}
	slices.Reverse(lines)
	return lines
}

// line writes a step; needed are the names that are needed behind it, and what its body needs is added.
func (st *step) line(needed map[string]bool) string {
	name := func(name string) string {
		if name == "" || !needed[name] {
			return "_"
		}
		return name
	}
	switch st.kind {
	case bind:
		if !needed[st.name] {
			return "_ = " + st.text
		}
		return st.name + " := " + st.text
	case collect:
		body := st.body(needed, st.uses)
		return st.name + " := " + st.brackets[:1] + st.text + " | " + strings.Join(body, "; ") + st.brackets[1:]
	case loop, every:
		return st.over(name, needed)
	default:
		return st.text
	}
}

func (st *step) over(name func(string) string, needed map[string]bool) string {
	opening, shut := "some ", ""
	if st.kind == every {
		opening, shut = "every ", " {\n"+strings.Join(st.body(needed, nil), "\n")+"\n}"
	}
	variables := name(st.name)
	if key := name(st.key); key != "_" {
		variables = key + ", " + variables
	}
	return opening + variables + " in " + st.text + shut
}

// body writes the body of a step and adds what it needs.
func (st *step) body(needed map[string]bool, uses []string) []string {
	lines, inner := lively(st.inner.steps, uses)
	for name := range inner {
		needed[name] = true
	}
	if len(lines) == 0 {
		return []string{"true"}
	}
	return lines
}
