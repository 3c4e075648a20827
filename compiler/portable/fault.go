package portable

import (
	"slices"
	"strings"
)

// clause is one way in which a body may have a part without a value.
type clause struct {
	lines  []string
	needed map[string]bool // names that the lines refer to, among others
}

// faults writes the rules that are true when a step behind a loop or a condition has no value. Each step is written
// twice: where it is tested, and where it stands before what follows. So what is written grows as the item does.
func (w *writer) faults() string {
	rules := writer{name: w.name, out: &strings.Builder{}}
	var all []clause
	ground := w.item.ground
	for i := range ground {
		if inner := ground[i].inner; inner != nil {
			all = append(all, rules.behind(nil, ground[:i], inner.steps)...)
		}
	}
	all = append(all, rules.behind(nil, ground, w.item.body.steps)...)
	for _, c := range all {
		rules.rule(w.name+"_fault", c.lines)
	}
	return rules.out.String()
}

// behind returns the clauses about steps that stand behind others; known are names from before all of them. Where there
// are many clauses they become a function, which is called behind the steps.
func (w *writer) behind(known []string, before, steps []step) []clause {
	known = append(slices.Clone(known), names(before)...)
	all := w.search(known, steps)
	if len(all) > 1 {
		all = []clause{w.function(known, all)}
	}
	for i := range all {
		all[i].lines = append(written(before, all[i].needed, false), all[i].lines...)
	}
	return all
}

// search returns the clauses about steps: that the first ones, up to a loop or a condition, have no value, and what is
// behind.
func (w *writer) search(known []string, steps []step) []clause {
	// What depends on no variable is always evaluated, so no condition on it stands before anything.
	steps = slices.DeleteFunc(slices.Clone(steps), func(st step) bool { return st.level == 0 && st.kind == filter })
	end := slices.IndexFunc(steps, func(st step) bool { return st.kind != bind && st.kind != collect })
	if end < 0 {
		end = len(steps)
	}
	run := steps[:end]
	var all []clause
	if slices.ContainsFunc(run, func(st step) bool { return st.fallible }) {
		needed := map[string]bool{}
		tested := written(run, needed, true)
		all = append(all, clause{[]string{"[true | " + strings.Join(tested, "; ") + "] == []"}, needed})
	}
	for i := range run {
		if inner := run[i].inner; inner != nil {
			all = append(all, w.behind(known, run[:i], inner.steps)...)
		}
	}
	if end == len(steps) {
		return all
	}
	if st := steps[end]; st.kind == every {
		around := step{kind: loop, key: st.key, name: st.name, text: st.text, uses: st.uses, level: st.inner.nest}
		all = append(all, w.behind(known, append(slices.Clone(run), around), st.inner.steps)...)
	}
	return append(all, w.behind(known, steps[:end+1], steps[end+1:])...)
}

// function writes clauses as a function of those known names that they need, and returns its call.
func (w *writer) function(known []string, all []clause) clause {
	call := clause{needed: map[string]bool{}}
	var args []string
	for _, name := range known {
		if slices.ContainsFunc(all, func(c clause) bool { return c.needed[name] }) {
			args = append(args, name)
			call.needed[name] = true
		}
	}
	w.functions++
	function := w.name + "_fault_" + itoa(w.functions)
	for _, one := range all {
		own := slices.Clone(args)
		for i, name := range own {
			if !one.needed[name] {
				own[i] = "_"
			}
		}
		w.rule(function+list(own), one.lines)
	}
	call.lines = []string{function + list(args)}
	return call
}

// list writes arguments. A function without any is a rule.
func list(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return "(" + strings.Join(args, ", ") + ")"
}

// names lists what steps give values to.
func names(steps []step) []string {
	var all []string
	for i := range steps {
		for _, name := range []string{steps[i].key, steps[i].name} {
			if name != "" && steps[i].kind != every {
				all = append(all, name)
			}
		}
	}
	return all
}
