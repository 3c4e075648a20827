package source

import (
	"math"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source/form"
)

// assigned is what makes two assignments of one subject the same.
type assigned struct {
	name, organisation string
	from, to           int64
}

// checkRepeats reports an assignment that says nothing but what another one of the subject said.
func checkRepeats(r *form.Reader, what string, assignments []Assignment) {
	if len(assignments) < 2 {
		return
	}
	seen := make(map[assigned]diag.Pos, len(assignments))
	for _, a := range assignments {
		key := assigned{a.Name.Value, a.Validity.Organisation.Value, a.Validity.From, a.Validity.To}
		if first, again := seen[key]; again {
			d := a.Name.Errorf(r.List, assignedTwice, "%s %s is assigned twice", what, diag.Quote(a.Name.Value))
			d.Related = []diag.Related{{Pos: first, Message: "first assigned here"}}
			continue
		}
		seen[key] = a.Name.Pos
	}
}

// always sets a validity to what counts where nothing is written.
func always(v *Validity) { v.From, v.To = math.MinInt64, math.MaxInt64 }

// checkValidity reports a time span in which no moment lies.
func checkValidity(r *form.Reader, n *yaml.Node, v *Validity) {
	if v.From < v.To {
		return
	}
	at := form.Child(n, "valid_to")
	if at == nil {
		at = n
	}
	r.Errorf(at, emptyValidity, "valid_to is not after valid_from: this never counts")
}
