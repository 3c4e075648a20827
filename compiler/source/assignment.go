package source

import "github.com/lictor-dev/lictor/compiler/diag"

// assigned is what makes two assignments of one subject the same.
type assigned struct {
	name, organisation string
	from, to           int64
}

// checkRepeats reports an assignment that says nothing but what another one of the subject said.
func (r *reader) checkRepeats(what string, assignments []Assignment) {
	if len(assignments) < 2 {
		return
	}
	seen := make(map[assigned]diag.Pos, len(assignments))
	for _, a := range assignments {
		key := assigned{a.Name.Value, a.Validity.Organisation.Value, a.Validity.From, a.Validity.To}
		if first, again := seen[key]; again {
			d := a.Name.Errorf(r.list, assignedTwice, "%s %s is assigned twice", what, diag.Quote(a.Name.Value))
			d.Related = []diag.Related{{Pos: first, Message: "first assigned here"}}
			continue
		}
		seen[key] = a.Name.Pos
	}
}
