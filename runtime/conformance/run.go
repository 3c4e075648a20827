package conformance

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// Run puts every request of a case to an engine that was built from the case's definitions, compiled
// to model, and reports each answer that differs from what the case expects.
func Run(t *testing.T, c *Case, model *policy.Model, engine decision.Engine) {
	t.Helper()
	for i := range c.Requests {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Helper()
			runRequest(t, &c.Requests[i], model, engine)
		})
	}
}

// answer is what is compared.
type answer struct {
	Decision, Code string
	Policies       []string
}

func runRequest(t *testing.T, want *Request, model *policy.Model, engine decision.Engine) {
	t.Helper()
	r, err := want.Decode(model)
	var member *input.MemberError
	switch {
	case errors.As(err, &member):
		if member.Member != want.Malformed {
			t.Errorf("%s\nis refused for %q (%v), want %q", want.Input, member.Member, err, want.Malformed)
		}
		return
	case err != nil:
		t.Fatalf("%s: %v", want.Input, err)
	case want.Malformed != "":
		t.Fatalf("%s\nis accepted, want it refused for %q", want.Input, want.Malformed)
	}
	checkRoles(t, want, r, engine)
	if want.Code == "" {
		return
	}
	d, ids, err := engine.Deciding(r, nil)
	if err != nil {
		t.Fatalf("%s: %v", want.Input, err)
	}
	if short, err := engine.Decide(r); err != nil || short != d {
		t.Errorf("%s: Decide says %v, %v; Deciding says %v", want.Input, short, err, d)
	}
	got := answer{Decision: "DENY", Code: d.Code.String()}
	if d.Allowed {
		got.Decision = "ALLOW"
	}
	for _, id := range ids {
		got.Policies = append(got.Policies, PolicyText(model, id))
	}
	if diff := cmp.Diff(answer{want.Decision, want.Code, want.Policies}, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", want.Input, diff)
	}
}

func checkRoles(t *testing.T, want *Request, r *decision.Request, engine decision.Engine) {
	t.Helper()
	for role, held := range want.Roles {
		if got, err := engine.HasRole(r, role); err != nil || got != held {
			t.Errorf("%s: role %q: %v, %v, want %v", want.Input, role, got, err, held)
		}
	}
}

// Decode returns the request as an engine takes it. The error is a [*input.MemberError] for one that is
// malformed.
func (r *Request) Decode(model *policy.Model) (*decision.Request, error) {
	_, body, err := value.Parse(nil, r.Input)
	if err != nil {
		return nil, err
	}
	decoded := &decision.Request{Now: Now, Strict: r.Strict}
	switch r.Callers {
	case "stored":
		decoded.Callers = decision.Stored
	case "ignore":
		decoded.Callers = decision.Ignore
	}
	return decoded, input.Decode(decoded, body, model.Grammar())
}
