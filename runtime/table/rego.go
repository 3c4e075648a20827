package table

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// ConditionsError says that tables have expressions that only Rego can evaluate, and nobody to ask for them.
type ConditionsError struct {
	Count int    // how many
	First string // the first of them, as it is written
}

func (e *ConditionsError) Error() string {
	return strconv.Itoa(e.Count) + " expressions of conditions need Rego, which is not there: " + quote(e.First)
}

// regoEffort is what evaluating an expression in Rego counts for, in bytes that a native condition looks through in
// the same time, and regoBytes what each byte of its environment does, which is written and read as JSON.
const (
	regoEffort = 8 << 10
	regoBytes  = 16
)

// rego holds what only Rego can evaluate: by number less one, as [tables.Tables.Rego] has them.
type rego struct {
	asked decision.Conditions
	rules []string
	reads []policy.RootSet
	most  int // of these expressions in one condition
}

func newRego(t *tables.Tables, asked decision.Conditions) (rego, error) {
	list := t.Rego()
	if len(list) > 0 && asked == nil {
		return rego{}, &ConditionsError{Count: len(list), First: list[0].Text}
	}
	r := rego{asked: asked}
	for i := range list {
		r.rules = append(r.rules, policy.RegoName(i+1))
		r.reads = append(r.reads, list[i].Reads)
	}
	conditions := t.Conditions()
	for i := range conditions {
		one := policy.Model{Conditions: conditions[i : i+1]}
		r.most = max(r.most, len(one.Rego()))
	}
	return r, nil
}

// Weight implements [decision.Weigher]: it counts as many expressions of Rego as any one condition has.
func (e *Engine) Weight(r *decision.Request) int {
	if e.rego.most == 0 {
		return 0
	}
	return e.rego.most * (regoEffort + regoBytes*r.Bytes())
}

// ask evaluates an expression of Rego for the query's atom, once.
func (e *Engine) ask(q *query, number int) truth {
	w := q.workspace()
	if !q.asked {
		q.asked = true
		w.answers = slices.Grow(w.answers[:0], len(e.rego.rules))[:len(e.rego.rules)]
		clear(w.answers)
	}
	answer := &w.answers[number]
	if *answer == notAsked {
		*answer = answerOf(e.answer(q, number))
	}
	return answer.truth()
}

func (e *Engine) answer(q *query, number int) decision.Truth {
	if !q.isText() {
		return decision.Unknown
	}
	w := q.workspace()
	w.environment = e.environment(w.environment[:0], q, e.rego.reads[number])
	q.effort += regoEffort + regoBytes*len(w.environment)
	return e.rego.asked.Condition(e.rego.rules[number], w.environment)
}

// isText reports whether JSON can say who asks for what: writing it must not make two texts the same.
func (q *query) isText() bool {
	a := &q.atom
	for _, s := range []string{q.r.Subject.Type, q.r.Subject.ID, q.r.Organisation, a.Parts[typePart], a.Parts[actionPart], a.Parts[idPart]} {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}

// answer is what Rego said about an expression for an atom.
type answer uint8

const (
	notAsked answer = iota
	saysUnknown
	saysNo
	saysYes
)

// answerOf reads an answer; whatever is no truth value is unknown.
func answerOf(t decision.Truth) answer {
	switch t {
	case decision.True:
		return saysYes
	case decision.False:
		return saysNo
	}
	return saysUnknown
}

func (a answer) truth() truth {
	switch a {
	case saysYes:
		return yes
	case saysNo:
		return no
	}
	return unknown
}
