// Package expectation turns the tests of definitions into the golden decisions that the bundle carries. It
// refuses tests whose outcome depends on the clock, and warns of those that fail.
//
// Start reading at [Run].
package expectation

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
)

// Codes of the diagnostics this package makes; diag/CODES.md describes them.
const (
	CodeTimeless = "E0702"
	CodeRequest  = "E0703"
	CodeFails    = "W0108"
)

// Subject is what tests are asked about: a model, and an engine that was made of it.
type Subject struct {
	Model  *policy.Model
	Engine decision.Engine
}

// Run returns the tests of d, which passed its checks, as a bundle carries them, in their order. The
// diagnostics are sorted. With errors among them the tests are not to be used.
func Run(d *source.Definitions, s Subject) ([]golden.Test, diag.List) {
	r := runner{Subject: s, defs: d, timed: newTimed(s.Model)}
	tests := make([]golden.Test, 0, len(d.Tests))
	for i := range d.Tests {
		if t, ok := r.test(&d.Tests[i]); ok {
			tests = append(tests, t)
		}
	}
	r.list.Sort()
	return tests, r.list
}

type runner struct {
	Subject
	defs  *source.Definitions
	timed timed
	list  diag.List
}

// test returns a test as an edge will read it.
func (r *runner) test(written *source.Test) (golden.Test, bool) {
	t, err := r.carried(written)
	if err != nil {
		if syntax, ok := errors.AsType[*golden.SyntaxError](err); ok && syntax.Err != nil {
			err = syntax.Err
		}
		written.Name.Errorf(&r.list, CodeRequest, "test %s is no request that an edge would take: %s", diag.Quote(written.Name.Value), err)
		return golden.Test{}, false
	}
	if written.Now == nil && r.dependsOnTime(written, &t) {
		return golden.Test{}, false
	}
	if m := t.Run(r.Engine); m != nil {
		written.Name.Warnf(&r.list, CodeFails, "test %s fails: expected %s, got %s", diag.Quote(m.Name), m.Expected, m.Got).
			Hint = `no edge takes up a bundle whose tests fail; "lictor test" says why this one does`
	}
	return t, true
}

// carried writes a test into a bundle and reads it again, so that whatever an edge would not take is found
// here.
func (r *runner) carried(written *source.Test) (golden.Test, error) {
	t := golden.Test{
		Name:   written.Name.Value,
		Place:  fmt.Sprintf("%s:%d", written.Name.Pos.File, written.Name.Pos.Line),
		Reason: written.ExpectReason.Value,
	}
	if written.Expect.Value == policy.Deny.String() {
		t.Expect = policy.Deny
	}
	var err error
	if t.Request, err = r.request(written); err != nil {
		return t, err
	}
	text, err := golden.Encode([]golden.Test{t}, r.Model.Grammar())
	if err != nil {
		return t, err
	}
	read, err := golden.Decode(text, r.Model.Grammar())
	if err != nil {
		return t, err
	}
	return read[0], nil
}

func (r *runner) request(t *source.Test) (decision.Request, error) {
	g := r.defs.Options.Grammar(t.Namespace)
	g.Namespace = cmp.Or(g.Namespace, r.Model.Namespace)
	p, err := g.Parse(t.Permission.Value)
	if err != nil {
		return decision.Request{}, err
	}
	request := decision.Request{
		Subject: decision.Subject{
			Type: r.subjectType(t), ID: t.SubjectID.Value, Properties: t.SubjectProperties,
		},
		Permissions:        []permission.Permission{p},
		ActionProperties:   t.ActionProperties,
		ResourceProperties: t.ResourceProperties,
		Context:            t.Context,
		Organisation:       t.Organisation.Value,
		Now:                golden.Moment,
	}
	if t.Now != nil {
		request.Now = *t.Now
	}
	return request, nil
}

// subjectType returns the type that a test names, or else that of the stored subject, or else "user".
func (r *runner) subjectType(t *source.Test) string {
	if t.SubjectType.Set() {
		return t.SubjectType.Value
	}
	if s, found := stored(r.Model, t.SubjectID.Value); found {
		return s.Type
	}
	return "user"
}
