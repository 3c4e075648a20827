package golden

import (
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/manifest"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// Decode reads what [Encode] writes, and refuses every member that it does not know: a test that is half
// understood proves nothing. Requests are read in the project's grammar, as those of callers are. The error is a
// [*SyntaxError] or a [*LimitError].
func Decode(text []byte, g permission.Grammar) ([]Test, error) {
	if len(text) > manifest.MaxTests {
		return nil, &LimitError{What: "bytes of tests", Got: len(text), Limit: manifest.MaxTests}
	}
	_, v, err := value.Parse(nil, text)
	if err != nil {
		return nil, &SyntaxError{Reason: "not JSON", Err: err}
	}
	list := v.Get("tests")
	switch {
	case list.Kind() != value.Array || list.Len() == 0:
		return nil, &SyntaxError{Reason: "expected an object with a list of tests"}
	case list.Len() > MaxTests:
		return nil, &LimitError{What: "tests", Got: list.Len(), Limit: MaxTests}
	}
	if reason := stray(v, "tests"); reason != "" {
		return nil, &SyntaxError{Reason: reason}
	}
	tests := make([]Test, list.Len())
	items := list.Items()
	for i := range tests {
		_, item, _ := items.Next()
		if err := tests[i].decode(item, g); err != nil {
			err.Test = i + 1
			return nil, err
		}
	}
	return tests, nil
}

func (t *Test) decode(v value.Value, g permission.Grammar) *SyntaxError {
	if reason := frameFault(v); reason != "" {
		return &SyntaxError{Reason: reason}
	}
	t.Name, t.Place = v.Get("name").Text(), v.Get("place").Text()
	if v.Get("expect").Text() == policy.Deny.String() {
		t.Expect = policy.Deny
	}
	t.Reason = v.Get("expect_reason").Text()
	asked := v.Get("input")
	if reason := inputFault(asked); reason != "" {
		return &SyntaxError{Reason: reason}
	}
	if err := input.Decode(&t.Request, asked, g); err != nil {
		return &SyntaxError{Reason: "no request", Err: err}
	}
	return nil
}

// frameFault says what is wrong with a test around its request.
func frameFault(v value.Value) string {
	if reason := stray(v, "name", "place", "input", "expect", "expect_reason"); reason != "" {
		return reason
	}
	for _, name := range []string{"name", "place", "expect"} {
		if v.Get(name).Kind() != value.String {
			return name + " is not a string"
		}
	}
	if e := v.Get("expect").Text(); e != policy.Allow.String() && e != policy.Deny.String() {
		return "expect is neither ALLOW nor DENY"
	}
	reason := v.Get("expect_reason")
	if _, known := decision.ParseCode(reason.Text()); reason.Kind() != value.Missing && !known {
		return "expect_reason is no reason code"
	}
	return ""
}

// inputFault says what a request holds that a test may not, or lacks that it must have.
func inputFault(v value.Value) string {
	if reason := stray(v, "subject", "permission", "action", "resource", "context", "organisation", "now"); reason != "" {
		return reason
	}
	if reason := stray(v.Get("subject"), "type", "id", "properties"); reason != "" {
		return "subject: " + reason
	}
	for _, name := range []string{"action", "resource"} {
		if v.Get(name).Kind() == value.Missing {
			continue
		}
		if reason := stray(v.Get(name), "properties"); reason != "" {
			return name + ": " + reason
		}
	}
	for _, name := range []string{"permission", "now"} {
		if v.Get(name).Kind() == value.Missing {
			return name + " is missing"
		}
	}
	return ""
}

// stray says that v is no object, or names a member that is not among those known.
func stray(v value.Value, known ...string) string {
	if v.Kind() != value.Object {
		return "not an object"
	}
	for items := v.Items(); ; {
		name, _, more := items.Next()
		switch {
		case !more:
			return ""
		case !slices.Contains(known, name):
			return "member " + quote(name) + " is not among " + strings.Join(known, ", ")
		}
	}
}
