// Package golden is the decisions that a bundle expects of whoever runs it: the tests of the definitions,
// carried in the member lictor/tests.json, whose rules G1 to G4 are in bundles/FORMAT.md.
//
// The compiler writes them with [Encode]. An edge calls [Prove] before it takes a bundle up: an engine that
// decides one of them otherwise is not the engine that the bundle was made for. "lictor test" runs the same
// [Test.Run] on the same tests.
package golden

import (
	"github.com/lictor-dev/lictor/bundles/manifest"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Moment is the time of a test that gives none: the start of 1970, in seconds since then. Which moment it is
// cannot matter, because the compiler refuses a test without a time whose outcome depends on it. It is the
// same everywhere and always, so that even a bundle of another compiler is accepted by every clock or by none.
const Moment = 0

// Test is one golden decision.
type Test struct {
	Name    string
	Place   string           // "file:line" in the definitions
	Request decision.Request // asks for one permission, with a time and without a token
	Expect  policy.Effect
	Reason  string // the expected reason code; empty for any
}

// Mismatch is a test that an engine does not reproduce.
type Mismatch struct {
	Name     string
	Place    string // "file:line"
	Expected string // such as "DENY", or "DENY no_grant" where the test minds the reason
	Got      string // such as "ALLOW allowed", or the error of the engine
}

func (m *Mismatch) String() string {
	return capped(m.Place) + " " + quote(m.Name) + ": expected " + m.Expected + ", got " + m.Got
}

// Run asks the engine and returns how the test fails, nil when its decision and its code, where the test minds
// it, are those expected.
func (t *Test) Run(e decision.Engine) *Mismatch {
	d, err := e.Decide(&t.Request)
	got := describe(effect(d), d.Code.String())
	switch {
	case err != nil:
		got = capped(err.Error())
	case effect(d) == t.Expect && (t.Reason == "" || t.Reason == d.Code.String()):
		return nil
	}
	return &Mismatch{Name: t.Name, Place: t.Place, Expected: describe(t.Expect, t.Reason), Got: got}
}

func effect(d decision.Decision) policy.Effect {
	if d.Allowed {
		return policy.Allow
	}
	return policy.Deny
}

func describe(effect policy.Effect, code string) string {
	if code == "" {
		return effect.String()
	}
	return effect.String() + " " + code
}

// Check runs every test. The error is a [*MismatchError].
func Check(e decision.Engine, tests []Test) error {
	failed := &MismatchError{Total: len(tests)}
	for i := range tests {
		m := tests[i].Run(e)
		if m == nil {
			continue
		}
		if failed.Failed++; len(failed.First) < maxNamed {
			failed.First = append(failed.First, *m)
		}
	}
	if failed.Failed > 0 {
		return failed
	}
	return nil
}

// Bundle is what carries tests: a [*bundles.Bundle].
type Bundle interface {
	Member(name string) (manifest.Member, bool)
}

// Read returns the tests that a bundle carries, none for a bundle without. The bundle must have been opened
// with its tests kept, as [bundles.Serving] does. The errors are [ErrNotKept], [*SyntaxError] and [*LimitError].
func Read(b Bundle, g permission.Grammar) ([]Test, error) {
	member, found := b.Member(manifest.TestsName)
	switch {
	case !found:
		return nil, nil
	case member.Bytes == nil && member.Size > 0:
		return nil, ErrNotKept
	default:
		return Decode(member.Bytes, g)
	}
}

// Prove checks that an engine that was made of a bundle reproduces the bundle's golden decisions. The errors are
// those of [Read] and [Check].
func Prove(b Bundle, e decision.Engine, g permission.Grammar) error {
	tests, err := Read(b, g)
	if err != nil {
		return err
	}
	return Check(e, tests)
}
