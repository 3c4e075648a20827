package check

import (
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// checkCycles reports roles that include themselves, directly or through others. Each circle is
// reported once, at the inclusion that closes it.
func (c *checker) checkCycles() {
	w := walk{c: c, state: make([]progress, len(c.defs.Roles))}
	for i := range c.defs.Roles {
		w.visit(i)
	}
}

type progress uint8

const (
	untouched progress = iota
	open               // on the path that is being followed
	done
)

// walk follows inclusions depth first, without recursion.
type walk struct {
	c     *checker
	state []progress
	path  []step
}

// step is a role on the path, and which of its inclusions comes next.
type step struct{ role, next int }

func (w *walk) visit(start int) {
	if w.state[start] != untouched {
		return
	}
	w.push(start)
	for len(w.path) > 0 {
		top := &w.path[len(w.path)-1]
		includes := w.c.defs.Roles[top.role].Includes
		if top.next == len(includes) {
			w.state[top.role] = done
			w.path = w.path[:len(w.path)-1]
			continue
		}
		include := includes[top.next]
		top.next++
		w.follow(include)
	}
}

func (w *walk) push(role int) {
	w.state[role] = open
	w.path = append(w.path, step{role: role})
}

func (w *walk) follow(include source.Text) {
	target, ok := w.c.roles.at[include.Value]
	switch {
	case !ok || w.state[target] == done:
	case w.state[target] == untouched:
		w.push(target)
	default:
		w.report(include, target)
	}
}

// report names the circle from the role that is included again.
func (w *walk) report(include source.Text, target int) {
	from := len(w.path) - 1
	for w.path[from].role != target {
		from--
	}
	var names []string
	var related []diag.Related
	for _, s := range w.path[from:] {
		role := &w.c.defs.Roles[s.role]
		names = append(names, diag.Quote(role.Name.Value))
		through := role.Includes[s.next-1]
		if through.Pos != include.Pos && len(related) < 10 {
			related = append(related, diag.Related{Pos: through.Pos, Message: "includes " + diag.Quote(through.Value)})
		}
	}
	const shown = 10
	if len(names) > shown {
		names = append(names[:shown], "…")
	}
	names = append(names, diag.Quote(include.Value))
	include.Errorf(&w.c.list, includeCycle, "roles include one another in a circle: %s", strings.Join(names, ", ")).Related = related
}
