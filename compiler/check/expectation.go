package check

import (
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// checkTests checks the project's own tests.
func (c *checker) checkTests() {
	for i := range c.defs.Tests {
		t := &c.defs.Tests[i]
		c.permission(t.Namespace, t.Permission)
		c.checkReason(t)
		if c.defs.Incomplete {
			continue
		}
		if t.Organisation.Set() && !c.organisations.has(t.Organisation.Value) {
			d := t.Organisation.Warnf(&c.list, unknownInTest, "organisation %s is not defined", diag.Quote(t.Organisation.Value))
			d.Hint = c.organisations.hint(t.Organisation.Value)
		}
		if t.SubjectID.Set() && !t.SubjectType.Set() && !c.subjects.has(t.SubjectID.Value) {
			d := t.SubjectID.Warnf(&c.list, unknownInTest, "subject %s is not defined", diag.Quote(t.SubjectID.Value))
			d.Hint = c.subjects.hint(t.SubjectID.Value)
			if d.Hint == "" {
				d.Hint = "define it under subjects, or, if a stranger is meant, write {type: user, id: …}"
			}
		}
	}
}

func (c *checker) checkReason(t *source.Test) {
	code, ok := decision.ParseCode(t.ExpectReason.Value)
	if !ok || !t.Expect.Set() {
		return
	}
	if (t.Expect.Value == "ALLOW") != (code == decision.Allowed) {
		t.ExpectReason.Errorf(&c.list, impossibleReason, "the reason %s never comes with %s", t.ExpectReason.Value, t.Expect.Value)
	}
}
